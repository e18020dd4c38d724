"""What is kept: the tables, one module a subject."""

from surveytool.models.account import ROLES, Grant, SignIn, User
from surveytool.models.aside import SetAside
from surveytool.models.audit_log import LogEntry, LogHead
from surveytool.models.base import db
from surveytool.models.coding import Code, CodeFrame, Coding
from surveytool.models.collection import Collection, CollectionWording
from surveytool.models.entry import Attachment, Entry
from surveytool.models.fact import Fact
from surveytool.models.identity import Identity
from surveytool.models.judgement import Judgement
from surveytool.models.questionnaire import QuestionnaireVersion, WordingRevision
from surveytool.models.response import Answer, Response
from surveytool.models.share import Share
from surveytool.models.standing import Standing
from surveytool.models.withdrawal import Withdrawal

__all__ = [
    "Answer",
    "Attachment",
    "Code",
    "CodeFrame",
    "Coding",
    "Collection",
    "CollectionWording",
    "Entry",
    "Fact",
    "Grant",
    "Identity",
    "Judgement",
    "LogEntry",
    "LogHead",
    "QuestionnaireVersion",
    "ROLES",
    "Response",
    "SetAside",
    "Share",
    "SignIn",
    "Standing",
    "User",
    "Withdrawal",
    "WordingRevision",
    "db",
]
