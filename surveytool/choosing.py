"""Which forms are chosen, by country, language, way of answering, organisation or answer: read, and said in words."""

from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from surveytool import as_of
from surveytool.definitions import Questionnaire, Wording
from surveytool.intake import MODES
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Organisation, db
from surveytool.tabulate import ANSWER, RECEIVED, Filter

#: What is typed of a choice of forms, in an address and on the command line.
PARAMETERS = ("country", "language", "mode", "kind", "partner", "organisation", "answer")

_MODES = {"web": "on the web", "paper": "on paper", "e-mail": "by e-mail", "ODK": "by ODK"}
_KINDS = {
    "government": "government bodies",
    "ngo": "NGOs",
    "ingo": "international NGOs",
    "un": "UN agencies",
    "other": "other organisations",
}
_PARTNER = {"yes": "direct partners", "no": "not direct partners"}
#: What the group is called that is in no other, by what forms are grouped by.
_NOWHERE = {"country": "No country given", "kind": "Organisation not known", "partner": "Organisation not known"}


@dataclass(frozen=True)
class Offered:
    """What the forms of a collection can be chosen and grouped by: codes and what they are called.

    Kinds of organisation and partners are offered only where the register has organisations.
    """

    countries: Mapping[str, str]
    languages: Mapping[str, str]
    modes: Mapping[str, str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    partner: Mapping[str, str] = field(default_factory=dict)
    #: Organisations of the register, as far as they were asked for, by id in digits.
    organisations: Mapping[str, str] = field(default_factory=dict)
    #: For each item that may filter, by variable: its title, and its codes with their labels.
    answers: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    #: The time zone that moments are said in.
    zone: str = "UTC"

    @property
    def dimensions(self) -> dict[str, str]:
        """What forms can be grouped by, as an address has it and in words."""
        found = {"country": "country"} if self.countries else {}
        found |= {"language": "language", "mode": "way of answering"}
        if self.kinds:
            found |= {"kind": "type of organisation", "partner": "direct partner or not"}
        return found | {f"{ANSWER}{name}": title for name, (title, _) in self.answers.items()}

    def groups(self, by: str) -> dict[str, str]:
        """Return the groups of one dimension, by code and name; last the group of forms that are in no other."""
        if by.startswith(ANSWER):
            return {**self.answers[by.removeprefix(ANSWER)][1], "": "No answer that counts"}
        named = {"country": self.countries, "language": self.languages, "mode": self.modes}
        named |= {"kind": self.kinds, "partner": self.partner}
        groups = {code: name[:1].upper() + name[1:] for code, name in named[by].items()}
        return groups | ({"": _NOWHERE[by]} if by in _NOWHERE else {})


def offered(
    collection: Collection, countries: Mapping[str, str] | None = None, organisations: Several[int] = ()
) -> Offered:
    """Return what the forms of a collection that has been opened can be chosen by.

    Countries may be some alone; single organisations are those that are named, by id.
    """
    assert collection.version is not None
    q, english = collection.version.questionnaire, collection.revision("en").wording
    registered = db.session.scalar(select(Organisation.id).limit(1)) is not None
    single = select(Organisation.id, Organisation.name).where(Organisation.id.in_(organisations))
    named = db.session.execute(single.order_by(Organisation.name, Organisation.id)) if organisations else ()
    return Offered(
        countries=country_names(q, english) if countries is None else countries,
        languages={each.language: LANGUAGES[each.language].english for each in collection.wordings},
        modes={mode: _MODES[mode] for mode in MODES},
        kinds=_KINDS if registered else {},
        partner=_PARTNER if registered else {},
        organisations={str(id_): name for id_, name in named},
        answers={name: _answers(q, english, name) for name in q.filters},
        zone=collection.zone,
    )


def country_names(q: Questionnaire, english: Wording) -> dict[str, str]:
    """Return the English names of the countries that a questionnaire lists, by code."""
    if not q.country:
        return {}
    item = q.items[q.country]
    return {code: english.choice(item.choice_list, code) for code in item.codes}


def _answers(q: Questionnaire, english: Wording, name: str) -> tuple[str, dict[str, str]]:
    item = q.items[name]
    titles = {line.number: line.title for line in q.report}
    codes = [code for code in item.codes if code not in item.missing_codes]
    return titles.get(item.number, english.label(name)), {c: english.choice(item.choice_list, c) for c in codes}


def read(offered: Offered, given: Mapping[str, Sequence[str]]) -> tuple[Filter, list[str]]:
    """Return the filter that was typed, each parameter once or several times, and what in it is not known.

    An answer is typed as item:code; of one item only one answer can be chosen.
    """
    unknown: list[str] = []

    def chosen(name: str, known: Mapping[str, str]) -> tuple[str, ...]:
        unknown.extend(value for value in given.get(name, ()) if value and value not in known)
        return tuple(code for code in known if code in given.get(name, ()))

    countries, languages = chosen("country", offered.countries), chosen("language", offered.languages)
    modes, kinds = chosen("mode", offered.modes), chosen("kind", offered.kinds)
    partner, organisations = chosen("partner", offered.partner), chosen("organisation", offered.organisations)
    codes = {f"{name}:{code}": (name, code) for name, (_, labels) in offered.answers.items() for code in labels}
    answers: dict[str, str] = {}
    for each in filter(None, given.get("answer", ())):
        name, code = codes.get(each, ("", ""))
        if not name:
            unknown.append(each)
        elif answers.setdefault(name, code) != code:
            unknown.append(f"{each} (only one answer of an item can be chosen)")
    return Filter(
        countries=countries,
        languages=languages,
        modes=modes,
        kinds=kinds,
        direct_partner=partner == ("yes",) if len(partner) == 1 else None,
        organisations=tuple(map(int, organisations)),
        answers=tuple(answers.items()),
    ), unknown


def available(offered: Offered) -> str:
    """Return what can be chosen, as it is typed."""
    answers = [f"{name}={code}" for name, (_, labels) in offered.answers.items() for code in labels]
    parts = {"countries": offered.countries, "languages": offered.languages, "modes": offered.modes}
    parts |= {"types": offered.kinds, "answers": dict.fromkeys(answers, "")}
    return "There are " + "; ".join(f"{what} {', '.join(codes)}" for what, codes in parts.items() if codes) + "."


def written(where: Filter) -> dict[str, list[str]]:
    """Return what has to stand in an address for the same forms, beside which decisions count."""
    partner = {True: ["yes"], False: ["no"], None: []}[where.direct_partner]
    found = {
        "country": list(where.countries),
        "language": list(where.languages),
        "mode": list(where.modes),
        "kind": list(where.kinds),
        "partner": partner,
        "organisation": list(map(str, where.organisations)),
        "answer": [f"{name}:{code}" for name, code in where.answers],
    }
    return {name: values for name, values in found.items() if values}


def said(where: Filter, offered: Offered) -> str:
    """Return in words which forms are chosen and which decisions count; "" for all forms as they stand now."""
    parts = []
    if where.countries:
        parts.append(f"from {_listed(where.countries, offered.countries)}")
    if where.languages:
        parts.append(f"in {_listed(where.languages, offered.languages)}")
    if where.modes:
        parts.append(f"answered {_listed(where.modes, offered.modes)}")
    if where.kinds:
        parts.append(f"from {_listed(where.kinds, offered.kinds)}")
    if where.direct_partner is not None:
        parts.append(
            "from direct partners" if where.direct_partner else "from organisations that are no direct partner"
        )
    if where.organisations:
        quoted = {code: f"“{name}”" for code, name in offered.organisations.items()}
        parts.append(f"from {_listed(list(map(str, where.organisations)), quoted)}")
    for name, code in where.answers:
        title, labels = offered.answers.get(name, (name, {}))
        parts.append(f"with the answer “{labels.get(code, code)}” to “{title}”")
    if where.stand == RECEIVED:
        parts.append("counted as received, whoever judged them")
    elif where.moment:
        parts.append(f"counted {as_of.named(where.moment, offered.zone)}")
    return ", ".join(parts)


def _listed(codes: Sequence[str], names: Mapping[str, str]) -> str:
    words = [names.get(code, code or "no country") for code in codes]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
