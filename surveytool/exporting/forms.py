"""Reads forms with all that is known of them, a batch at a time; nothing of who sent them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, exists, or_, select

from surveytool.judge import translating
from surveytool.judge.translating import Shown
from surveytool.models import (
    Affiliation,
    Code,
    Coding,
    Judgement,
    Organisation,
    QuestionnaireVersion,
    Response,
    Standing,
    WordingRevision,
    db,
)
from surveytool.models.base import Base
from surveytool.models.response import STATES
from surveytool.tabulate import Filter

#: How many rows of a kind are read at a time; no more is ever held.
BATCH = 500
JUDGED = ("effect", "reason", "rule", "made_by", "made_at", "withdrawn_by", "withdrawn_at", "withdrawn_why")
JUDGEMENT = (Judgement.response_id, Judgement.variable, *(getattr(Judgement, name) for name in JUDGED))


class Held(NamedTuple):
    """What a form holds for a variable; the state is `invalid` where a value was judged so."""

    state: str
    code: str | None
    text: str | None
    date: str | None
    understood: str | None


@dataclass
class Form:
    """One form with all that is known of it."""

    row: Row[Any]
    held: dict[str, Held] = field(default_factory=dict)
    codings: dict[str, list[str]] = field(default_factory=dict)
    translations: dict[str, Shown] = field(default_factory=dict)
    judged: list[Row[Any]] = field(default_factory=list)
    excluded: bool = False
    #: Name, type and whether a direct partner, of the organisation it is from; None where that is not known.
    organisation: Row[Any] | None = None

    def reasons(self, effect: str) -> str:
        """Return the reasons of the judgements to an effect that stand."""
        live = [each.reason for each in self.judged if each.effect == effect and each.withdrawn_at is None]
        return "; ".join(dict.fromkeys(live))


def chosen(collection_id: int, where: Filter, only_valid: bool) -> list[ColumnElement[bool]]:
    """Return the conditions on the forms that are wanted."""
    conditions = where.on(Response, collection_id)
    if only_valid:
        conditions.append(~exists().where(Standing.response_id == Response.id, Standing.state == "excluded"))
    return conditions


def forms(collection_id: int, conditions: Sequence[ColumnElement[bool]], code_names: bool) -> Iterator[Form]:
    """Yield forms, oldest first, each with its answers, codings (by the names of codes, or labels) and judgements."""
    struck = {each.variable for each in of_items(collection_id) if each.withdrawn_at is None}
    batch: dict[int, Form] = {}
    for row in streamed(_responses().where(*conditions), Response.id):
        batch[row.id] = Form(row)
        if len(batch) == BATCH:
            yield from _filled(collection_id, batch, struck, code_names)
            batch = {}
    yield from _filled(collection_id, batch, struck, code_names)


def of_items(collection_id: int) -> Sequence[Row[Any]]:
    """Return what was judged of whole items of a collection."""
    mine = (Judgement.collection_id == collection_id, Judgement.response_id.is_(None))
    return db.session.execute(select(*JUDGEMENT).where(*mine).order_by(Judgement.id)).all()


def streamed(query: Any, key: Any) -> Iterator[Row[Any]]:
    """Yield the rows of a query in the order of a key; the database sorts once and hands them out bit by bit."""
    yield from db.session.execute(query.order_by(key), execution_options={"yield_per": BATCH})


def _responses() -> Select[Any]:
    own = ("id", "country", "language", "mode", "wave", "received_at", "filled_on", "typed_by", "supersedes_id")
    version, wording = QuestionnaireVersion.digest.label("version"), WordingRevision.digest.label("wording")
    return (
        select(*(getattr(Response, name) for name in own), version, wording)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Response.version_id)
        .join(WordingRevision, WordingRevision.id == Response.wording_id)
    )


# On the table itself: through the mapped class, each of millions of rows would be handled twice.
_ANSWERS = Base.metadata.tables["answers"]
_ANSWER = select(*(_ANSWERS.c[name] for name in ("response_id", "variable", *Held._fields)))


def _filled(collection_id: int, batch: Mapping[int, Form], struck: set[str | None], code_names: bool) -> Iterator[Form]:
    """Yield the forms of a batch with what belongs to them."""
    for each in db.session.execute(select(*JUDGEMENT).where(Judgement.response_id.in_(batch)).order_by(Judgement.id)):
        batch[each.response_id].judged.append(each)
    _give_answers(batch)
    _without_what_does_not_count(batch, struck)
    code = Code.name if code_names else Code.label
    codings = select(Coding.response_id, Coding.variable, code).join(Code, Code.id == Coding.code_id)
    live = (Coding.response_id.in_(batch), Coding.withdrawn_at.is_(None))
    for id_, variable, name in db.session.execute(codings.where(*live).order_by(Coding.id)):
        batch[id_].codings.setdefault(variable, []).append(name)
    of: Any = select(Affiliation.response_id, Organisation.name, Organisation.kind, Organisation.direct_partner)
    standing = (Affiliation.response_id.in_(batch), Affiliation.withdrawn_at.is_(None))
    for each in db.session.execute(of.join(Organisation).where(*standing)):
        batch[each.response_id].organisation = each
    for (id_, variable), shown in translating.shown(collection_id, None, batch).items():
        batch[id_].translations[variable] = shown
    yield from batch.values()


def _give_answers(batch: Mapping[int, Form]) -> None:
    """Give each form its answers. Most are one of a few codes, or missing; those objects are made once and shared."""
    coded: dict[str | None, Held] = {}
    # Straight from the driver: making a row object of each of millions of answers takes as long as reading them.
    cursor = db.session.execute(_ANSWER.where(_ANSWERS.c.response_id.in_(batch))).cursor  # type: ignore[attr-defined]
    for id_, variable, state, code, text, date, understood in cursor.fetchall():
        if state != "value":
            held = _MISSING[state]
        elif text is not None:
            held = Held(state, code, text, date, understood)
        elif code in coded:
            held = coded[code]
        else:
            held = coded[code] = Held(state, code, None, None, None)
        batch[id_].held[variable] = held


_MISSING = {state: Held(state, None, None, None, None) for state in STATES if state != "value"}


def _without_what_does_not_count(batch: Mapping[int, Form], struck: set[str | None]) -> None:
    """Mark what stands as invalid or excluded. In an excluded form, what was besides judged by itself is invalid."""
    query = select(Standing.response_id, Standing.variable, Standing.state).where(
        Standing.response_id.in_(batch), or_(Standing.state == "invalid", Standing.state == "excluded")
    )
    for id_, variable, state in db.session.execute(query):
        form = batch[id_]
        form.excluded |= state == "excluded"
        if state == "invalid" or (variable in struck | _struck(form) and form.held[variable].state == "value"):
            form.held[variable] = form.held[variable]._replace(state="invalid")


def _struck(form: Form) -> set[str | None]:
    return {each.variable for each in form.judged if each.effect == "exclude answer" and each.withdrawn_at is None}
