"""The register of organisations: reading one from a spreadsheet, adding and changing, writing it out, who was asked.

Whatever changes it lets the rule that matches forms by name decide anew, in the same transaction.
"""

import re
from collections.abc import Collection as Several
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import delete, insert, select

from surveytool.audit_log import record
from surveytool.definitions.loading import questionnaire_names, read_raw
from surveytool.filled_sheets import Line, SheetError, read
from surveytool.judge import affiliations
from surveytool.judge.affiliations import CHANGED_REGISTER, key
from surveytool.models import KINDS, Affiliation, Collection, Invitation, Organisation, db
from surveytool.models.base import Base
from surveytool.text import clean

#: What the columns of the spreadsheet are called, in their order.
COLUMNS = ("name", "type", "country", "direct partner", "other names")
#: What the kinds of organisation are called.
KIND_NAMES: Mapping[str, str] = {
    "government": "government",
    "ngo": "NGO",
    "ingo": "INGO",
    "un": "UN",
    "other": "other",
}
#: How else they are written, as keys.
_KINDS = {
    **dict.fromkeys(("governmental", "gov", "govt", "go", "governmentagency", "state", "ministry"), "government"),
    **dict.fromkeys(("ngos", "nongovernmental", "nongovernmentalorganisation", "localngo", "nationalngo"), "ngo"),
    **dict.fromkeys(("nongovernmentalorganization", "cso", "civilsociety"), "ngo"),
    **dict.fromkeys(("ingos", "internationalngo", "internationalnongovernmentalorganisation"), "ingo"),
    **dict.fromkeys(("unagency", "unagencies", "unitednations", "unorganisation", "unorganization", "uno"), "un"),
    **dict.fromkeys(("others", "otherorganisation", "otherorganization"), "other"),
}
_YES, _NO = {"yes", "y", "true", "1", "x"}, {"no", "n", "false", "0"}
#: What countries are called besides, as keys, and their codes.
_CALLED = {"laos": "lao_pdr", "lao": "lao_pdr", "burma": "myanmar", "thai": "thailand"}
#: What fits into a name, how many other names there may be, and what stands between them.
LONGEST, MOST = 200, 50
BETWEEN = re.compile(r"[;|\n]")


class RegisterError(ValueError):
    """What cannot be taken in; `faults` say what is wrong, by the field or the line it is in."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Entry:
    """One organisation as somebody wrote it, checked."""

    name: str
    kind: str
    country: str = ""
    direct_partner: bool = False
    other_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, organisation: Organisation) -> "Entry":
        """Return what the register has of an organisation."""
        o = organisation
        return cls(o.name, o.kind, o.country, o.direct_partner, tuple(o.other_names))

    @property
    def called(self) -> tuple[str, str]:
        """What tells it from others: its name, however it is spelled, and its country."""
        return key(self.name), self.country


@dataclass(frozen=True)
class Imported:
    """What an import did, by the names of the organisations."""

    added: Sequence[str]
    #: What was changed of each.
    changed: Mapping[str, Sequence[str]]
    unchanged: int
    #: Forms that the rule affiliates otherwise now.
    forms: int = 0
    #: How many organisations the collection asked, where one was named.
    asked: int | None = None
    #: What is worth a look, such as a name that two organisations share.
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        """Say it in one line."""
        changed = [f"{name} ({', '.join(what)})" for name, what in self.changed.items()]
        said = [f"Added: {len(self.added)}", f"changed: {len(changed)}", f"unchanged: {self.unchanged}"]
        whole = "; ".join(said) + f". Forms matched anew by name: {self.forms}."
        return whole + (f" The collection asked {self.asked} organisations." if self.asked is not None else "")


# What is in it --------------------------------------------------------------------------------------------------------


def organisations() -> Sequence[Organisation]:
    """List the register, by name."""
    return db.session.scalars(select(Organisation).order_by(Organisation.name, Organisation.id)).all()


def rows() -> Iterator[Sequence[str]]:
    """Yield the register as the spreadsheet that `take_in` reads, header first."""
    countries = country_names()
    yield COLUMNS
    for each in organisations():
        partner = "yes" if each.direct_partner else "no"
        country = countries.get(each.country, each.country)
        yield each.name, KIND_NAMES[each.kind], country, partner, "; ".join(each.other_names)


def template() -> Iterator[Sequence[str]]:
    """Yield a spreadsheet to fill in, with two made-up organisations."""
    yield COLUMNS
    yield "Example Department of Welfare (replace)", "government", "Thailand", "yes", "EDW; กรมตัวอย่าง"
    yield "Example Network (replace)", "INGO", "", "no", ""


def country_names() -> dict[str, str]:
    """Return the English names of the countries an organisation can be of, by their codes."""
    found = dict(_shipped_countries())
    for collection in db.session.scalars(select(Collection).where(Collection.version_id.is_not(None))):
        assert collection.version is not None
        q = collection.version.questionnaire
        if q.country and not set(q.items[q.country].codes) <= found.keys():
            item, english = q.items[q.country], collection.revision("en").wording
            found |= {code: english.choice(item.choice_list, code) for code in item.codes if code not in found}
    return found


@cache
def _shipped_countries() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in questionnaire_names():
        raw = read_raw(name)
        items = [item for section in raw["sections"] for item in section["items"]]
        for item in items:
            if item["name"] == raw.get("country"):
                found |= {choice["name"]: choice["label"] for choice in raw["choice_lists"][item["choices"]]}
    return found


# What somebody wrote --------------------------------------------------------------------------------------------------


def checked(name: str, kind: str, country: str, partner: str, others: str) -> Entry:
    """Return an organisation as it was written, in fields or in a line. Raises RegisterError."""
    faults: dict[str, str] = {}
    name = _one_line(name)
    if not name:
        faults["name"] = "There is no name."
    elif len(name) > LONGEST:
        faults["name"] = f"The name has more than {LONGEST} characters."
    found_kind = _kind(kind)
    if not found_kind:
        faults["type"] = f"“{kind}” is no type. Write one of: {', '.join(KIND_NAMES.values())}."
    found_country = _country(country)
    if found_country is None:
        faults["country"] = f"“{country}” is no country here. Write one of: {', '.join(country_names().values())}."
    if (folded := key(partner)) not in _YES | _NO:
        faults["direct partner"] = f"“{partner}” does not say whether it is a direct partner. Write yes or no."
    called, wrong = _other_names(others, name)
    if wrong:
        faults["other names"] = wrong
    if faults:
        raise RegisterError(faults)
    return Entry(name, found_kind, found_country or "", folded in _YES, called)


def _kind(text: str) -> str:
    folded = key(text)
    return folded if folded in KINDS else _KINDS.get(folded, "")


def _country(text: str) -> str | None:
    """Return the code of a country, "" where none is given, None for what is no country."""
    if not text.strip():
        return ""
    names, folded = country_names(), key(text)
    by_key = {key(each): code for code, name in names.items() for each in (code, name)}
    code = by_key.get(folded) or _CALLED.get(folded)
    return code if code in names else None


def _other_names(text: str, name: str) -> tuple[tuple[str, ...], str]:
    """Return other names, each once and none of them the name itself; and what is wrong with them."""
    found: dict[str, str] = {}
    for each in map(_one_line, BETWEEN.split(text)):
        if each and key(each) != key(name):
            found.setdefault(key(each), each)
    if any(len(each) > LONGEST for each in found.values()):
        return (), f"One of the other names has more than {LONGEST} characters; write ; or | between them."
    return tuple(found.values()), f"There are more than {MOST} other names." if len(found) > MOST else ""


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


# From a spreadsheet ---------------------------------------------------------------------------------------------------


@dataclass
class _Sheet:
    """The lines of a spreadsheet as entries, and what is wrong with them."""

    entries: list[Entry] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)


def take_in(content: bytes, who: str, collection: Collection | None = None) -> Imported:
    """Add and change the organisations that stand in a spreadsheet, all or none; none is taken away.

    One with the name and country of one in the register is that one. With a collection, just these organisations are
    those it asked. Raises RegisterError with every wrong line. The caller commits.
    """
    return take_in_entries(read_sheet(content), who, collection)


def read_sheet(content: bytes) -> list[Entry]:
    """Return the organisations that stand in a spreadsheet. Raises RegisterError with every wrong line."""
    sheet = _read(content)
    if sheet.faults:
        raise RegisterError(sheet.faults)
    return sheet.entries


def take_in_entries(entries: Sequence[Entry], who: str, collection: Collection | None = None) -> Imported:
    """Add and change organisations, as `take_in` does. The caller commits."""
    before = {Entry.of(each).called: each for each in organisations()}
    added, changed, taken = [], {}, []
    for entry in entries:
        organisation = before.get(entry.called)
        if organisation is None:
            organisation = Organisation()
            db.session.add(organisation)
            added.append(entry.name)
        elif what := _differences(Entry.of(organisation), entry):
            changed[entry.name] = what
        _write(organisation, entry)
        taken.append(organisation)
    db.session.flush()
    if collection is not None:
        ask(collection, [each.id for each in taken], who)
    record(who, CHANGED_REGISTER, "import", f"{len(added)} added, {len(changed)} changed")
    unchanged = len(taken) - len(added) - len(changed)
    return Imported(
        added=added,
        changed=changed,
        unchanged=unchanged,
        forms=affiliations.apply_rule(),
        asked=len(taken) if collection is not None else None,
        notes=shared_names(),
    )


def _read(content: bytes) -> _Sheet:
    """Read a spreadsheet; columns may be called direct_partner as well as direct partner."""
    found, lines = _Sheet(), [_line(each) for each in _lines(content)]
    named = {name for line in lines for name in line.cells}
    if lines and (missing := [name for name in ("name", "type", "direct partner") if name not in named]):
        found.faults["line 1"] = f"The first line must name the columns {', '.join(COLUMNS)}; not found: {missing[0]}."
        return found
    first: dict[tuple[str, str], int] = {}
    for line in lines:
        try:
            entry = checked(*(line[name] for name in COLUMNS))
        except RegisterError as wrong:
            found.faults[f"line {line.number}"] = str(wrong)
            continue
        if entry.called in first:
            said = f"“{entry.name}” stands in line {first[entry.called]} already, for the same country."
            found.faults[f"line {line.number}"] = said
        first.setdefault(entry.called, line.number)
        found.entries.append(entry)
    if not lines:
        found.faults["line 1"] = "The spreadsheet names no organisation."
    return found


def _lines(content: bytes) -> list[Line]:
    try:
        return read(content, [])
    except SheetError as fault:
        raise RegisterError({"the file": str(fault)}) from None


def _line(line: Line) -> Line:
    return Line(line.number, {re.sub(r"[\s_-]+", " ", name): text for name, text in line.cells.items()})


def _differences(before: Entry, after: Entry) -> list[str]:
    words = {"name": "spelling of the name", "kind": "type", "direct_partner": "direct partner"}
    words |= {"other_names": "other names"}
    return [said for name, said in words.items() if getattr(before, name) != getattr(after, name)]


def _write(organisation: Organisation, entry: Entry) -> None:
    organisation.name, organisation.kind, organisation.country = entry.name, entry.kind, entry.country
    organisation.direct_partner, organisation.other_names = entry.direct_partner, list(entry.other_names)


# One by one -----------------------------------------------------------------------------------------------------------


def add(entry: Entry, who: str) -> Organisation:
    """Add an organisation to the register. Raises RegisterError."""
    organisation = Organisation()
    _only_one(entry, organisation)
    _write(organisation, entry)
    db.session.add(organisation)
    db.session.flush()
    _changed(organisation, who, "added")
    return organisation


def change(organisation: Organisation, entry: Entry, who: str) -> int:
    """Change what the register has of an organisation; return how many forms are matched otherwise by it."""
    if Entry.of(organisation) == entry:
        return 0
    _only_one(entry, organisation)
    _write(organisation, entry)
    db.session.flush()
    return _changed(organisation, who, "changed")


def call_also(organisation: Organisation, names: Iterable[str], who: str) -> int:
    """Give an organisation further names; return how many forms are matched by them. Raises RegisterError."""
    before = Entry.of(organisation)
    others, wrong = _other_names("\n".join([*before.other_names, *map(_one_line, names)]), before.name)
    if wrong:
        raise RegisterError({"other names": wrong})
    entry = Entry(before.name, before.kind, before.country, before.direct_partner, others)
    return change(organisation, entry, who)


def remove(organisation: Organisation, who: str) -> None:
    """Take an organisation out of the register, if no form was ever from it. Raises RegisterError."""
    query = select(Affiliation.id).where(Affiliation.organisation_id == organisation.id)
    if db.session.scalar(query.limit(1)) is not None:
        raise RegisterError({"name": "Forms are or were from this organisation, so it stays in the register."})
    id_ = organisation.id
    db.session.delete(organisation)
    db.session.flush()
    record(who, CHANGED_REGISTER, f"organisation {id_}", "removed")
    affiliations.apply_rule()


def _only_one(entry: Entry, itself: Organisation) -> None:
    others = select(Organisation).where(Organisation.country == entry.country)
    for each in db.session.scalars(others):
        if each is not itself and key(each.name) == key(entry.name):
            raise RegisterError({"name": f"The register has “{each.name}” for this country already."})


def _changed(organisation: Organisation, who: str, how: str) -> int:
    record(who, CHANGED_REGISTER, f"organisation {organisation.id}", how)
    return affiliations.apply_rule()


def shared_names() -> list[str]:
    """Say which names several organisations of one country share: no form is matched by these."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for each in organisations():
        for name in (each.name, *each.other_names):
            found.setdefault((key(name), each.country), {})[each.name] = name
    return [
        f"“{next(iter(called.values()))}” is a name of {' and of '.join(called)}; a person must say which one is meant."
        for called in found.values()
        if len(called) > 1
    ]


# Who was asked --------------------------------------------------------------------------------------------------------


def ask(collection: Collection, ids: Several[int], who: str) -> None:
    """Say which organisations a collection asked; none means the whole register."""
    db.session.execute(delete(Invitation).where(Invitation.collection_id == collection.id))
    if ids:
        rows = [{"collection_id": collection.id, "organisation_id": id_} for id_ in sorted(set(ids))]
        db.session.execute(insert(Base.metadata.tables["invitations"]), rows)
    which = f"{len(set(ids))} organisations" if ids else "the whole register"
    record(who, "said which organisations were asked", f"collection {collection.code}", which)


def asked(collection_id: int) -> set[int]:
    """Return the organisations that a collection asked; none means the whole register."""
    return set(db.session.scalars(select(Invitation.organisation_id).where(Invitation.collection_id == collection_id)))
