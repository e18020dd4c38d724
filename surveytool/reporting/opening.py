"""The first part of a report: which collection, which forms, which were left out and why, in which languages."""

from collections.abc import Iterator, Mapping

from surveytool.languages import LANGUAGES
from surveytool.models import Collection
from surveytool.reporting.document import Block, Heading, Paragraph, Ref, Table, Text
from surveytool.reporting.figures import Figure
from surveytool.reporting.settings import Settings, as_words
from surveytool.results import Results
from surveytool.translations import review_words

INTERVALS = (
    "Every number leads to the list of sources at the end, which says of which item, which forms and how many it is. "
    "Intervals are computed as if these respondents were a random sample, which they were not. Per cents are not given "
    "where n is below 10. Small counts are not withheld in this report."
)


def opening(
    collection: Collection, settings: Settings, results: Results, known: Mapping[str, Figure]
) -> Iterator[Block]:
    """Yield the blocks that say what the report is of."""
    yield Heading(1, ("About this report",))
    yield Paragraph(_occasion(collection))
    yield Paragraph((as_words(settings.where.stand, collection.zone),))
    yield _ledger(results)
    if "organisations.asked" in known:
        yield Paragraph(_REACHED)
    yield from _divided(collection, known)
    yield from _languages(collection, known)
    if settings.language != "en":
        name = LANGUAGES[settings.language].english
        says = (
            f"Questions and choices are in {name}, as respondents read them; headings and sentences are in English, "
            "and so are the names that answers in words were coded under."
        )
        yield Paragraph((says,), "note")
    yield Paragraph((INTERVALS,), "note")


def _occasion(collection: Collection) -> Text:
    version = collection.version
    assert version is not None
    said = [f"This report is on the collection “{collection.title}” ({collection.code})"]
    if collection.organiser:
        said.append(f"organised by {collection.organiser}")
    if collection.place:
        said.append(f"held in {collection.place}")
    if collection.starts_on:
        until = f" to {collection.ends_on}" if collection.ends_on and collection.ends_on != collection.starts_on else ""
        said.append(f"on {collection.starts_on}{until}" if not until else f"from {collection.starts_on}{until}")
    asked = f"It asked the questionnaire {version.name}, version {version.version} ({version.digest})."
    states = f"It was opened on {collection.opened_at:%Y-%m-%d}" if collection.opened_at else ""
    states += f" and closed on {collection.closed_at:%Y-%m-%d}." if collection.closed_at else " and is open."
    return (f"{', '.join(said)}. {asked} {states}",)


def _ledger(results: Results) -> Table:
    rows: list[tuple[Text, ...]] = [(("Forms received",), (Ref("forms.received"),))]
    rows.append((("Forms excluded",), (Ref("forms.excluded"),)))
    for number, reason in enumerate(results.forms.reasons, 1):
        rows.append(((f"    because: {reason}",), (Ref(f"forms.reason.{number}"),)))
    rows.append((("Forms valid, the base of all results",), (Ref("forms.valid"),)))
    rows.append((("    of these flagged and not decided; they count",), (Ref("forms.flagged"),)))
    rows.append((("Forms withdrawn by who sent them, not among the received",), (Ref("forms.withdrawn"),)))
    return Table(("Forms received, excluded and valid.",), (("Forms",), ("Number",)), tuple(rows), numbers=(1,))


_REACHED: Text = (
    *("Of ", Ref("organisations.asked"), " organisations asked, ", Ref("organisations.answered"), " answered: "),
    *("a response rate of ", Ref("organisations.rate"), " per cent of organisations. "),
    *(Ref("organisations.respondents"), " respondents are from these organisations, so that several are from one; "),
    *(Ref("organisations.direct"), " of ", Ref("forms.valid"), " valid forms are from direct partners. "),
    *(Ref("organisations.unasked"), " organisations answered without having been asked; the organisation of "),
    *(Ref("organisations.unknown"), " valid forms is not known."),
)

_HEAD: tuple[Text, ...] = (("Received",), ("Excluded",), ("Valid",))


def _counts(place: str) -> tuple[Text, ...]:
    return tuple((Ref(f"{place}.{name}"),) for name in ("received", "excluded", "valid"))


def _divided(collection: Collection, known: Mapping[str, Figure]) -> Iterator[Table]:
    """Yield the forms by country and by mode."""
    assert collection.version is not None
    q, english = collection.version.questionnaire, collection.revision("en").wording
    if q.country:
        item = q.items[q.country]
        named = {code: english.choice(item.choice_list, code) for code in item.codes} | {"none": "Not said"}
        rows = [
            ((name,), *_counts(f"forms.country.{code}"))
            for code, name in named.items()
            if _there("country", code, known)
        ]
        yield Table(("Forms by country.",), (("Country",), *_HEAD), tuple(rows), numbers=(1, 2, 3))
    modes = sorted({figure_id.split(".")[2] for figure_id in known if figure_id.startswith("forms.mode.")})
    rows = [((mode,), *_counts(f"forms.mode.{mode}")) for mode in modes]
    yield Table(("Forms by mode.",), (("Mode",), *_HEAD), tuple(rows), numbers=(1, 2, 3))


def _there(column: str, code: str, known: Mapping[str, Figure]) -> bool:
    return f"forms.{column}.{code}.received" in known


def _languages(collection: Collection, known: Mapping[str, Figure]) -> Iterator[Table]:
    rows = [
        (
            (LANGUAGES[served.language].english,),
            *(_counts(f"forms.language.{served.language}") if _there("language", served.language, known) else _NONE),
            (review_words(served.revision.review),),
        )
        for served in collection.wordings
        if served.language in collection.languages or _there("language", served.language, known)
    ]
    head: tuple[Text, ...] = (("Language",), *_HEAD, ("Translation of the questions",))
    yield Table(("Forms by language, and how far the translation was reviewed.",), head, tuple(rows), numbers=(1, 2, 3))


_NONE: tuple[Text, ...] = (("–",), ("–",), ("–",))
