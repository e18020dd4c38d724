"""Snapshots of what was asked: versions of questionnaires, and revisions of their wording."""

import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.definitions import Questionnaire, Wording
from surveytool.definitions.loading import build
from surveytool.models.base import Model, Moment, now

#: What was built from snapshots already read. A snapshot never changes, and its digest names its content.
_built: dict[str, Questionnaire] = {}
_worded: dict[tuple[str, str], Wording] = {}


class QuestionnaireVersion(Model):
    """Names, codes, routing and rules of a questionnaire, as they were when a collection was opened."""

    __tablename__ = "questionnaire_versions"
    __table_args__ = (UniqueConstraint("name", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The questionnaire's name, such as partner_survey.
    name: Mapped[str] = mapped_column(String(80))
    #: The version it calls itself.
    version: Mapped[str] = mapped_column(String(40))
    #: Digest over the structure: two versions with one digest are the same.
    digest: Mapped[str] = mapped_column(String(16))
    #: The definition without words for respondents.
    structure: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    created_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)

    @property
    def questionnaire(self) -> Questionnaire:
        """The questionnaire built from the snapshot."""
        if self.digest not in _built:
            _built[self.digest] = build(self.structure)
        return _built[self.digest]


class WordingRevision(Model):
    """The words of one version in one language; a better translation makes a new revision, not a new version."""

    __tablename__ = "wordings"
    __table_args__ = (UniqueConstraint("version_id", "language", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"))
    language: Mapped[str] = mapped_column(String(8))
    #: Digest over the strings alone.
    digest: Mapped[str] = mapped_column(String(16))
    strings: Mapped[dict[str, str]] = mapped_column(JSON, deferred=True)
    #: The state of review when it was last taken up: machine-drafted, reviewed by whom, pretested.
    review: Mapped[dict[str, Any]] = mapped_column(JSON)

    version: Mapped[QuestionnaireVersion] = relationship()

    @property
    def wording(self) -> Wording:
        """The wording built from the snapshot."""
        key = (self.language, self.digest)
        if key not in _worded:
            _worded[key] = Wording(self.language, self.strings)
        return _worded[key]
