"""What is kept: the tables, one module a subject."""

from surveytool.models.account import ROLES, Grant, SignIn, User
from surveytool.models.aside import SetAside
from surveytool.models.audit_log import LogEntry, LogHead
from surveytool.models.base import db
from surveytool.models.coding import Code, CodeFrame, Coding
from surveytool.models.collection import Collection, CollectionWording
from surveytool.models.identity import Identity
from surveytool.models.judgement import Judgement
from surveytool.models.questionnaire import QuestionnaireVersion, WordingRevision
from surveytool.models.response import Answer, Response
from surveytool.models.standing import Standing

__all__ = [
    "Answer",
    "Code",
    "CodeFrame",
    "Coding",
    "Collection",
    "CollectionWording",
    "Grant",
    "Identity",
    "Judgement",
    "LogEntry",
    "LogHead",
    "QuestionnaireVersion",
    "ROLES",
    "Response",
    "SetAside",
    "SignIn",
    "Standing",
    "User",
    "WordingRevision",
    "db",
]
