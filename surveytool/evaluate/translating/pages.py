"""What the desk of translation shows."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from surveytool.definitions.questionnaire import Variable
from surveytool.evaluate.common import Head, Option
from surveytool.evaluate.translating.forms import Asked
from surveytool.judge.translating import STATES, Shown
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Response, Translation
from surveytool.text import fold
from surveytool.verbatims import Translated

#: How many rows a page has, and to how many forms one row may speak at most.
ROWS, ALIKE = 20, 200


@dataclass(frozen=True)
class ChoosePage:
    """The collections there are to translate."""

    collections: Sequence[Collection]


@dataclass(frozen=True)
class ItemLine:
    """One open item in the list: how many of its answers to translate are in each state."""

    number: str
    label: str
    states: Mapping[str, int]

    @property
    def all(self) -> int:
        """Answers that are not in English."""
        return sum(self.states.values())


@dataclass(frozen=True)
class ListPage:
    """The open items of a collection, and the way through a spreadsheet."""

    head: Head
    items: Sequence[ItemLine]
    error: str = ""


@dataclass(frozen=True)
class Row:
    """Answers in the same words with the same translation, on one form or several."""

    #: Form and the id of the translation shown, 0 for none.
    seen: tuple[tuple[int, int], ...]
    text: str
    language: str
    countries: str
    shown: Shown | None
    #: Whether the person may approve it: it waits, and somebody else made it.
    approvable: bool = False
    #: A translation of the same words elsewhere; it is shown, and never taken over by itself.
    suggestion: str = ""
    #: What was typed, or stands; and why it was not saved.
    typed: str = ""
    error: str = ""

    @property
    def forms(self) -> list[int]:
        """The forms it stands on."""
        return [form for form, _ in self.seen]

    @property
    def pairs(self) -> str:
        """The forms with the translations shown, as the page sends them back."""
        return " ".join(f"{form}:{shown}" for form, shown in self.seen)

    @property
    def spoken(self) -> str:
        """The English name of the original's language."""
        return LANGUAGES[self.language].english if self.language in LANGUAGES else self.language


@dataclass(frozen=True)
class ItemPage:
    """The answers to one item, original and English side by side."""

    head: Head
    variable: Variable
    label: str
    asked: Asked
    #: Rows that were sent and not saved; they stand first, whatever was asked for.
    failed: Sequence[Row]
    rows: Sequence[Row]
    found: int
    page: int
    pages: int
    states: Sequence[Option]
    countries: Sequence[Option]
    languages: Sequence[Option]
    told: str = ""

    @property
    def numbered(self) -> list[tuple[int, Row]]:
        """The rows with their place on the page, which their fields are named after."""
        return list(enumerate([*self.failed, *self.rows]))


@dataclass(frozen=True)
class HistoryPage:
    """Every translation there was of one answer."""

    head: Head
    variable: Variable
    label: str
    response: Response
    text: str
    language: str
    shown: Shown | None
    #: Each translation, and the words it was made from where these are no longer the answer's.
    translations: Sequence[tuple[Translation, str]]
    error: str = ""
    reason: str = ""
    deed: str = ""


@dataclass(frozen=True)
class AsideGroup:
    """Rows of a spreadsheet about one item that were kept aside."""

    number: str
    label: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class TakenInPage:
    """What became of a spreadsheet: what was saved, and what was kept aside, line by line."""

    head: Head
    saved: int
    unchanged: int
    groups: Sequence[AsideGroup]
    #: Lines about answers that are not there, or not there any more.
    lost: Sequence[tuple[int, str, str]]

    @property
    def aside(self) -> int:
        """How many lines were kept aside."""
        return sum(len(group.rows) for group in self.groups) + len(self.lost)


@dataclass(frozen=True)
class Reader:
    """Who looks, and what is known to them: what countries are called, and how words were translated before."""

    me: str
    country_names: Mapping[str, str]
    known: Mapping[str, str]

    @classmethod
    def of(cls, me: str, country_names: Mapping[str, str], found: Iterable[Translated]) -> "Reader":
        """Note the usual translation of each wording among all answers to an item."""
        counts: dict[str, Counter[str]] = {}
        for each in found:
            if each.shown and not each.shown.stale:
                counts.setdefault(each.verbatim.text, Counter())[each.shown.text] += 1
        return cls(me, country_names, {words: n.most_common(1)[0][0] for words, n in counts.items()})

    def made(self, shown: Shown | None) -> bool:
        """Say whether a translation is the person's own."""
        return shown is not None and shown.made_by.casefold() == self.me.casefold()


def rows(found: Iterable[Translated], reader: Reader) -> list[Row]:
    """Return verbatims as rows: the same words with the same translation in one, whoever wrote them."""
    alike: dict[tuple[object, ...], list[Translated]] = {}
    for each in found:
        shown = each.shown
        said = (shown.text, shown.state, reader.made(shown)) if shown else ()
        alike.setdefault((each.verbatim.text, each.verbatim.language, *said), []).append(each)
    parts = [group[at : at + ALIKE] for group in alike.values() for at in range(0, len(group), ALIKE)]
    return [_row(part, reader) for part in parts]


def _row(part: Sequence[Translated], reader: Reader) -> Row:
    first, shown = part[0].verbatim, part[0].shown
    places = Counter(reader.country_names.get(each.verbatim.country, "no country") for each in part)
    spread = [f"{place} {n}" if len(part) > 1 else place for place, n in places.most_common()]
    return Row(
        seen=tuple((each.verbatim.response_id, each.shown.id if each.shown else 0) for each in part),
        text=first.text,
        language=first.language,
        countries=", ".join(spread),
        shown=shown,
        approvable=bool(shown and shown.state == "awaiting" and not reader.made(shown)),
        suggestion=reader.known.get(first.text, "") if shown is None or shown.stale else "",
        typed=shown.text if shown else "",
    )


def wanted(each: Translated, asked: Asked) -> bool:
    """Say whether a page that was asked for shows an answer; words are searched in the original and the translation."""
    verbatim = each.verbatim
    if asked.states and each.state not in asked.states:
        return False
    if asked.countries and verbatim.country not in asked.countries:
        return False
    if asked.languages and verbatim.language not in asked.languages:
        return False
    said = f"{verbatim.text} {each.shown.text if each.shown else ''}"
    return not asked.search or fold(asked.search) in fold(said)


def ordered(found: Sequence[Row], sort: str) -> list[Row]:
    """Return rows in the order asked for."""
    keys: dict[str, Callable[[Row], object]] = {
        "form": lambda row: row.seen[0],
        "people": lambda row: (-len(row.seen), row.seen[0]),
        "words": lambda row: (fold(row.text), row.seen[0]),
    }
    return sorted(found, key=keys[sort])  # type: ignore[arg-type]


def counted(found: Iterable[Translated]) -> dict[str, int]:
    """Return how many answers are in each state."""
    n = Counter(each.state for each in found)
    return {state: n[state] for state in STATES}


def failed(row: Row, typed: str, error: str) -> Row:
    """Return a row with what was typed and why it was not saved."""
    return replace(row, typed=typed, error=error)
