"""The door of evaluators. Each subject has a room of its own, built like a door."""

from surveytool.evaluate.aside import views as _aside  # noqa: F401
from surveytool.evaluate.blind import views as _blind  # noqa: F401
from surveytool.evaluate.coding import views as _coding  # noqa: F401
from surveytool.evaluate.collections import views as _collections  # noqa: F401
from surveytool.evaluate.common import bp
from surveytool.evaluate.comparing import views as _comparing  # noqa: F401
from surveytool.evaluate.corrections import views as _corrections  # noqa: F401
from surveytool.evaluate.entry import views as _entry  # noqa: F401
from surveytool.evaluate.exports import views as _exports  # noqa: F401
from surveytool.evaluate.judgements import views as _judgements  # noqa: F401
from surveytool.evaluate.judging import views as _judging  # noqa: F401
from surveytool.evaluate.matching import views as _matching  # noqa: F401
from surveytool.evaluate.pictures import views as _pictures  # noqa: F401
from surveytool.evaluate.politeness import views as _politeness  # noqa: F401
from surveytool.evaluate.poster import views as _poster  # noqa: F401
from surveytool.evaluate.printing import views as _printing  # noqa: F401
from surveytool.evaluate.register import views as _register  # noqa: F401
from surveytool.evaluate.reports import views as _reports  # noqa: F401
from surveytool.evaluate.rescue import views as _rescue  # noqa: F401
from surveytool.evaluate.responses import views as _responses  # noqa: F401
from surveytool.evaluate.results import views as _results  # noqa: F401
from surveytool.evaluate.scans import views as _scans  # noqa: F401
from surveytool.evaluate.shares import views as _shares  # noqa: F401
from surveytool.evaluate.tasks import views as _tasks  # noqa: F401
from surveytool.evaluate.tour import views as _tour  # noqa: F401
from surveytool.evaluate.translating import views as _translating  # noqa: F401
from surveytool.evaluate.treating import views as _treating  # noqa: F401
from surveytool.evaluate.validation import views as _validation  # noqa: F401
from surveytool.evaluate.workshops import views as _workshops  # noqa: F401

__all__ = ["bp"]
