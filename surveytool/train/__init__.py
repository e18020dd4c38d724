"""The door of trainers: their own workshops. Each subject has a room of its own, built like a door."""

from surveytool.train.appraisal import views as _appraisal  # noqa: F401
from surveytool.train.common import bp
from surveytool.train.joining import views as _joining  # noqa: F401
from surveytool.train.workshops import views as _workshops  # noqa: F401

__all__ = ["bp"]
