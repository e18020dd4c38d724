"""What is kept: the tables, one module a subject."""

from surveytool.models.account import ROLES, Grant, SignIn, User
from surveytool.models.aside import SetAside
from surveytool.models.audit_log import LogEntry, LogHead
from surveytool.models.base import db
from surveytool.models.coding import BlindCoding, Code, CodeFrame, Coding
from surveytool.models.collection import Collection, CollectionWording
from surveytool.models.entry import Attachment, Entry
from surveytool.models.fact import Fact
from surveytool.models.identity import Identity
from surveytool.models.judgement import Judgement
from surveytool.models.organisation import KINDS, Affiliation, Invitation, Organisation
from surveytool.models.questionnaire import QuestionnaireVersion, WordingRevision
from surveytool.models.report import Report
from surveytool.models.response import Answer, Response
from surveytool.models.share import Share
from surveytool.models.standing import Standing
from surveytool.models.task import Task
from surveytool.models.translation import Translation
from surveytool.models.withdrawal import Withdrawal
from surveytool.models.workshop import AUDIENCES, WAVES, LinkDecision, LinkingCard, Workshop

__all__ = [
    "AUDIENCES",
    "Affiliation",
    "Answer",
    "Attachment",
    "BlindCoding",
    "Code",
    "CodeFrame",
    "Coding",
    "Collection",
    "CollectionWording",
    "Entry",
    "Fact",
    "Grant",
    "Identity",
    "Invitation",
    "Judgement",
    "KINDS",
    "LinkDecision",
    "LinkingCard",
    "LogEntry",
    "LogHead",
    "Organisation",
    "QuestionnaireVersion",
    "ROLES",
    "Report",
    "Response",
    "SetAside",
    "Share",
    "SignIn",
    "Standing",
    "Task",
    "Translation",
    "User",
    "WAVES",
    "Withdrawal",
    "WordingRevision",
    "Workshop",
    "db",
]
