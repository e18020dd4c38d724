"""Writes a report: what it is of, then its items in the order of the plan."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from string import Formatter

from surveytool import choosing, tabulate
from surveytool.collections import synthetic_notice
from surveytool.definitions import ReportLine
from surveytool.models import Collection
from surveytool.models.base import now
from surveytool.reporting import figures, pictures
from surveytool.reporting.document import (
    Block,
    Document,
    Heading,
    Paragraph,
    Picture,
    Ref,
    Table,
    Text,
    Words,
    cited,
)
from surveytool.reporting.figures import Figure
from surveytool.reporting.opening import opening
from surveytool.reporting.quotes import quotes
from surveytool.reporting.settings import Settings, sections
from surveytool.results import ALL, ItemResult, Results, Tally, collect, sentence_parts
from surveytool.tabulate import VALID

#: What hears how far the work is: steps done, of how many.
Tell = Callable[[int, int], None]

#: The ids of the figures that a sentence's places stand for; other places are plain words.
_PLACES = {
    "valid": "forms.valid",
    "n": "{}.n",
    "missing": "{}.without",
    "yes": "{}.count.yes",
    "no": "{}.count.no",
    "mean": "{}.mean",
    "sum": "{}.sum",
    "lowest": "{}.lowest",
    "highest": "{}.highest",
    "people": "{}.people",
    "mentions": "{}.mentions",
    "distinct": "{}.distinct",
    "invalid": "{}.invalid",
}
_MISSING = {
    "not_asked": "not asked",
    "not_applicable": "not applicable",
    "no_answer": "no answer",
    "invalid": "invalid",
}


def compute(collection: Collection, settings: Settings) -> tuple[Results, dict[str, Figure]]:
    """Return a collection's results and every figure that follows from them, as settings want them."""
    results = collect(collection, settings.where, settings.language)
    arrivals = tabulate.arrivals(collection.id, settings.where)
    reach = tabulate.reach(collection.id, settings.where)
    partners = tabulate.partners(collection.id, settings.where)
    return results, figures.of(results, arrivals, countries(collection, settings.language), reach, partners)


def compose(
    collection: Collection,
    settings: Settings,
    *,
    tell: Tell = lambda done, steps: None,
    key: Callable[[int], str] = lambda response_id: "",
) -> Document:
    """Write the report of a collection that has been opened; `key` names a form whose words are quoted."""
    assert collection.version is not None, "a collection can be reported once it has been opened"
    q = collection.version.questionnaire
    parts = sections(q, settings, collection.revision("en").wording)
    steps = 1 + sum(len(lines) for _, lines in parts)
    tell(0, steps)
    results, known = compute(collection, settings)
    tell(1, steps)
    writer = _Writer(results, known, settings, countries(collection, settings.language))
    blocks: list[Block] = list(opening(collection, settings, results, known))
    done = 1
    for title, lines in parts:
        blocks.append(Heading(1, (title or "Results",)))
        for line in lines:
            blocks += writer.item(line)
            if line.quote and settings.quotes:
                blocks += quotes(collection, q.numbered[line.number].name, settings, key)
            done += 1
            tell(done, steps)
    found = tuple(blocks)
    return Document(
        title=collection.title,
        subtitle=f"Report on the collection {collection.code}",
        synthetic=synthetic_notice(collection),
        language=settings.language,
        filtered=filter_words(collection, settings),
        made_at=now().strftime("%Y-%m-%d %H:%M UTC"),
        blocks=found,
        figures=cited(found, known),
    )


def countries(collection: Collection, language: str) -> dict[str, str]:
    """Return the codes of countries by what they are called in a language."""
    assert collection.version is not None
    q, wording = collection.version.questionnaire, collection.revision(language).wording
    if not q.country:
        return {}
    item = q.items[q.country]
    return {wording.choice(item.choice_list, code): code for code in item.codes}


def filter_words(collection: Collection, settings: Settings) -> str:
    """Return which forms a report is of, in words."""
    where = replace(settings.where, stand=VALID)  # which decisions figures rest on is said in a sentence of its own
    return choosing.said(where, choosing.offered(collection, organisations=where.organisations)) or "all forms"


class _Writer:
    """Writes the blocks of items."""

    def __init__(
        self, results: Results, known: Mapping[str, Figure], settings: Settings, places: Mapping[str, str]
    ) -> None:
        self.results, self.known, self.settings, self.places = results, known, settings, places

    def item(self, line: ReportLine) -> Iterator[Block]:
        """Yield the blocks of one item: its sentence first, then counts with their base, then what is missing."""
        item = self.results.items[line.number]
        yield Heading(2, (f"{item.number}. {item.title}",))
        yield Paragraph((self.words(item.label),), "question")
        yield Paragraph(sentence(line, item), "sentence")
        if not item.invalid and item.n:
            if drawing := pictures.of_item(item):
                says = f"{item.title}: how {item.n} answers divide."
                yield Picture(_name(item), drawing, says)
            yield from self.statistics(item)
            if item.tallies:
                for tally in item.tallies:
                    yield from self.tally(item, tally)
            elif item.counts and item.kind not in ("verbatim", "coded"):
                yield self.counts(item)
        yield Paragraph(account(item), "note")
        for number, reason in enumerate(item.cautions, 1):
            place = Ref(f"{item.number}.caution.{number}")
            yield Paragraph(("Caution, ", place, f" forms: {reason} Changes no figure."), "caution")
        if item.uncoded > 0:
            yield Paragraph((Ref(f"{item.number}.uncoded"), " answers in words are not coded yet."), "caution")

    def words(self, text: str) -> str | Words:
        """Return words of the questionnaire, marked by their language where that is not English."""
        return text if self.settings.language == "en" else Words(text, self.settings.language)

    def label(self, item: ItemResult, code: str) -> str | Words:
        """Return what a code is called; codes of frames, and whether a box was ticked, have English names alone."""
        label = item.labels.get(code, code)
        return label if item.variable.choice or item.tallies else self.words(label)

    def statistics(self, item: ItemResult) -> Iterator[Paragraph]:
        """Yield the figures that follow from the counts."""
        of = _Of(item.number, self.known)
        if item.kind == "yes_no":
            yes, n = Ref(of.id("count.yes")), Ref(of.id("n"))
            share: Text = (" (", Ref(of.id("percent.yes")), " %)") if of.has("percent.yes") else ()
            yield Paragraph(
                ("Yes: ", yes, " of ", n, *share, *of.interval(" %", "95 % interval of the share", "Wilson"), ".")
            )
        elif of.has("mean"):
            scale = item.variable.item.scale
            on: Text = (f" on a scale from {scale[0]} to {scale[1]}",) if scale else ()
            spread: Text = ("; standard deviation ", Ref(of.id("sd"))) if of.has("sd") else ()
            interval = of.interval("", "95 % interval", "Student’s t")
            none = "" if interval else f"; no interval: {item.reasons.get('ci95', 'too few answers')}"
            whole = ("Mean ", Ref(of.id("mean")), *on, ", n = ", Ref(of.id("n")), *interval, none, *spread)
            yield Paragraph((*whole, "; median ", Ref(of.id("median")), "."))

    def counts(self, item: ItemResult) -> Table:
        """Return the table of how many gave each answer."""
        of = _Of(item.number, self.known)
        base = ("Base: ", Ref(of.id("n")), f" {item.base}, of ", Ref("forms.valid"), " valid forms.")
        few = () if any(of.has(f"percent.{code}") for code in item.counts) else (" Below 10 no per cents are given.",)
        rows = []
        for code in item.counts:
            share: Text = (Ref(of.id(f"percent.{code}")), " %") if of.has(f"percent.{code}") else ()
            number = f"{code} · " if item.kind == "scale" else ""
            rows.append(((number, self.label(item, code)), (Ref(of.id(f"count.{code}")),), share))
        head: tuple[Text, ...] = (("Answer",), ("People",), ("of ", Ref(of.id("n"))))
        return Table((*base, *few), head, tuple(rows), numbers=(1, 2))

    def tally(self, item: ItemResult, tally: Tally) -> Iterator[Block]:
        """Yield one tally: who or what was named, and how concentrated that is."""
        place = figures.place_of(tally, self.places)
        of = _Of(f"{item.number}.{place}", self.known)
        country: Text = () if tally.where == ALL else (self.words(tally.where), ": ")
        if not tally.table:
            yield Paragraph((*country, "nothing named that is coded, in ", Ref(of.id("asked")), " valid forms."))
            return
        if drawing := pictures.of_tally(tally, item.labels):
            yield Picture(_name(item, place), drawing, f"{item.title}, {tally.where}: how many named what.")
        named = (Ref(of.id("people")), " of ", Ref(of.id("asked")), " valid forms name at least one; ")
        caption = (*country, *named, Ref(of.id("mentions")), " mentions.")
        rows = []
        for code in tally.table:
            rows.append(((item.labels.get(code, code),), (Ref(of.id(f"count.{code}")),)))
            for below in tally.detail.get(code, {}):
                rows.append(((f"    of these: {below}",), (Ref(of.id(f"count.{code}.{below}")),)))
        yield Table(caption, (("Named",), ("People",)), tuple(rows), numbers=(1,))
        most = ", ".join(item.labels.get(code, code) for code in tally.figures.most_named)
        yield Paragraph(
            (
                *(Ref(of.id("distinct")), f" different named, groups opened; the most named ({most}) has "),
                *(Ref(of.id("most_named")), " % of the mentions. Effective number: ", Ref(of.id("effective_number"))),
                ", as many as if all were named equally often.",
            )
        )


class _Of:
    """The figures whose ids begin alike."""

    def __init__(self, prefix: str, known: Mapping[str, Figure]) -> None:
        self.prefix, self.known = prefix, known

    def id(self, name: str) -> str:
        return f"{self.prefix}.{name}"

    def has(self, name: str) -> bool:
        return self.id(name) in self.known

    def interval(self, unit: str, words: str, method: str) -> Text:
        if not self.has("ci95.low"):
            return ()
        ends = (Ref(self.id("ci95.low")), f"{unit} to ", Ref(self.id("ci95.high")), unit)
        return (f"; {words} ", *ends, f" ({method})")


def sentence(line: ReportLine, item: ItemResult) -> Text:
    """Return an item's sentence with its numbers as references."""
    template, values = sentence_parts(line, item)
    runs: list[str | Ref] = []
    for words, name, _, _ in Formatter().parse(template):
        if words:
            runs.append(words)
        if name is not None:
            place = _PLACES.get(name)
            runs.append(Ref(place.format(item.number)) if place else str(values[name]))
    return tuple(runs)


def account(item: ItemResult) -> Text:
    """Return how the forms received divide for an item, as a sum: what was answered, what is missing and why."""
    runs: list[str | Ref] = [Ref(f"{item.number}.answered"), " answered"]
    for kind, words in _MISSING.items():
        if item.missing[kind]:
            runs += [" + ", Ref(f"{item.number}.{kind}"), f" {words}"]
    if item.excluded:
        runs += [" + ", Ref(f"{item.number}.excluded"), " in excluded forms"]
    return (*runs, " = ", Ref("forms.received"), " received.")


def _name(item: ItemResult, place: str = "") -> str:
    return "-".join(f"{item.number} {place}".split())
