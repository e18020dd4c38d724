"""The door of evaluators. Each subject has a room of its own, built like a door."""

from surveytool.evaluate.collections import views as _collections  # noqa: F401
from surveytool.evaluate.common import bp
from surveytool.evaluate.exports import views as _exports  # noqa: F401
from surveytool.evaluate.responses import views as _responses  # noqa: F401
from surveytool.evaluate.results import views as _results  # noqa: F401

__all__ = ["bp"]
