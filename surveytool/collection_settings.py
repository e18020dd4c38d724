"""What is set about a collection: title, place, dates, languages, how long names are kept; checked all at once."""

import datetime
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from surveytool.definitions.loading import questionnaire_folder, questionnaire_names, read_raw
from surveytool.devices import DEFAULT_ZONE, zones
from surveytool.models import Collection
from surveytool.models.base import now
from surveytool.text import clean

#: The most characters of a title, a place and an organiser.
TITLE_LIMIT = 200
#: The most characters of a code.
CODE_LIMIT = 39
#: Dates outside these years are slips, or years of the Buddhist era.
YEARS = (1990, 2100)
#: How many minutes a form can be left alone on a shared tablet before it is asked about.
IDLE_MINUTES = (1, 120)
#: What a shared tablet does with a form that was left alone.
ON_IDLE = ("seal", "clear")
#: How many years the Buddhist era is ahead.
BUDDHIST = 543


class CollectionError(ValueError):
    """What was asked of a collection cannot be done; `faults` says what is wrong with which setting."""

    def __init__(self, message: str = "", **faults: str):
        super().__init__(message or " ".join(faults.values()))
        self.faults: Mapping[str, str] = faults


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is set about a collection and may be changed later."""

    title: str
    #: Changed only before the first opening.
    questionnaire: str
    place: str = ""
    organiser: str = ""
    starts_on: datetime.date | None = None
    ends_on: datetime.date | None = None
    #: Tags of the languages it is served in; () means all that the questionnaire has.
    offered: tuple[str, ...] = ()
    #: The last day on which names are kept.
    identities_until: datetime.date | None = None
    #: The time zone its moments are shown in.
    zone: str = DEFAULT_ZONE
    #: What a shared tablet does with a form that is left alone, and after how long.
    on_idle: str = "seal"
    idle_minutes: int = 10

    @classmethod
    def of(cls, collection: Collection) -> "Settings":
        """Return what is set about a collection."""
        return cls(
            title=collection.title,
            questionnaire=collection.questionnaire_name,
            place=collection.place,
            organiser=collection.organiser,
            starts_on=collection.starts_on,
            ends_on=collection.ends_on,
            offered=tuple(collection.offered.split()),
            identities_until=collection.identities_until,
            zone=collection.zone,
            on_idle=collection.on_idle,
            idle_minutes=collection.idle_minutes,
        )

    def put_on(self, collection: Collection) -> None:
        """Set all this about a collection."""
        collection.title, collection.questionnaire_name = self.title, self.questionnaire
        collection.place, collection.organiser = self.place, self.organiser
        collection.starts_on, collection.ends_on = self.starts_on, self.ends_on
        collection.offered, collection.identities_until = " ".join(self.offered), self.identities_until
        collection.zone, collection.on_idle = self.zone, self.on_idle
        collection.idle_minutes = self.idle_minutes


def shipped_languages(questionnaire: str) -> tuple[str, ...]:
    """Return the languages that a shipped questionnaire is worded in, English first."""
    folder = questionnaire_folder(questionnaire)
    return ("en", *(tag for tag in read_raw(questionnaire)["languages"] if (folder / f"{tag}.yaml").is_file()))


def offered_languages(collection: Collection) -> tuple[str, ...]:
    """Return the languages a collection is served in, or will be once it is opened."""
    if collection.version is not None:
        return collection.languages
    chosen = collection.offered.split()
    return tuple(tag for tag in shipped_languages(collection.questionnaire_name) if not chosen or tag in chosen)


def checked(settings: Settings, before: Settings | None = None, served: tuple[str, ...] = ()) -> Settings:
    """Return settings with their text cleaned and their languages in order.

    `before` is what was set until now; `served` are the languages of a collection that has been opened, whose
    questionnaire stays. Raises CollectionError with everything that is wrong.
    """
    settings = replace(
        settings,
        title=_one_line(settings.title),
        place=_one_line(settings.place),
        organiser=_one_line(settings.organiser),
    )
    faults = dict(_faults(settings, before, served))
    if faults:
        raise CollectionError(**faults)
    available = served or shipped_languages(settings.questionnaire)
    offered = tuple(tag for tag in available if tag in settings.offered)
    return replace(settings, offered=() if offered == available else offered)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _faults(settings: Settings, before: Settings | None, served: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if not settings.title or len(settings.title) > TITLE_LIMIT:
        yield "title", f"A collection needs a title of at most {TITLE_LIMIT} characters."
    for name in ("place", "organiser"):
        if len(getattr(settings, name)) > TITLE_LIMIT:
            yield name, f"The {name} can have at most {TITLE_LIMIT} characters."
    if served and before and settings.questionnaire != before.questionnaire:
        yield "questionnaire", "The questionnaire stays the same from the first opening on."
    elif not served and settings.questionnaire not in questionnaire_names():
        known = ", ".join(questionnaire_names())
        yield "questionnaire", f"There is no questionnaire '{settings.questionnaire}'. Questionnaires: {known}."
    else:
        available = served or shipped_languages(settings.questionnaire)
        unknown = [tag for tag in settings.offered if tag not in available]
        if unknown:
            yield "offered", f"It is not worded in '{unknown[0]}'. Languages: {', '.join(available)}."
    yield from _faults_of_dates(settings, before)
    yield from _faults_of_devices(settings, before)


def _faults_of_devices(settings: Settings, before: Settings | None) -> Iterator[tuple[str, str]]:
    # What was set on a machine that knows more zones stays.
    if settings.zone not in zones() and not (before and settings.zone == before.zone):
        yield "zone", f"There is no time zone '{settings.zone}'. Write it like {DEFAULT_ZONE}."
    if settings.on_idle not in ON_IDLE:
        yield "on_idle", "A form left alone on a shared tablet is sealed or cleared."
    least, most = IDLE_MINUTES
    if not least <= settings.idle_minutes <= most:
        yield "idle_minutes", f"Write a whole number of minutes from {least} to {most}."


def _faults_of_dates(settings: Settings, before: Settings | None) -> Iterator[tuple[str, str]]:
    impossible = set()
    for name in ("starts_on", "ends_on", "identities_until"):
        day = getattr(settings, name)
        if day and not YEARS[0] <= day.year <= YEARS[1]:
            impossible.add(name)
            common = day.year - BUDDHIST
            asked = f"; {day.year} B.E. is {common}" if YEARS[0] <= common <= YEARS[1] else ""
            yield name, f"Please check the year {day.year}{asked}. Years are those of the common era."
    start, end, until = settings.starts_on, settings.ends_on, settings.identities_until
    if start and end and end < start and not impossible:
        yield "ends_on", f"It cannot end on {end}, before it starts on {start}."
    # What was set before, by whatever way, does not keep anyone from changing the rest.
    kept = before and (before.starts_on, before.ends_on, before.identities_until) == (start, end, until)
    if until and not kept and "identities_until" not in impossible:
        last = end or start
        if until < now().date():
            yield "identities_until", f"{until} is past: names would be erased at once. Choose a later day."
        elif last and until < last:
            yield "identities_until", f"Names would be erased on {until}, before the last day, {last}."


def suggested_code(title: str) -> str:
    """Return a code made from a title: small Latin letters, digits and hyphens; "" when the title has none."""
    latin = title.lower().replace("đ", "d")
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    code = re.sub("[^a-z0-9]+", "-", plain).strip("-")
    # Cut between words, where there are several.
    return code if len(code) <= CODE_LIMIT else (code[: CODE_LIMIT + 1].rpartition("-")[0] or code[:CODE_LIMIT])


def in_words(settings: Settings, before: Settings | None = None) -> str:
    """Return what is set, or what changes against before, in one line for the audit log; "" when nothing does."""
    parts = []
    for each in fields(Settings):
        new, old = getattr(settings, each.name), getattr(before, each.name) if before else None
        name = each.name.replace("_", " ")
        if before and new != old:
            parts.append(f"{name}: {_value(each.name, old)} → {_value(each.name, new)}")
        elif not before and new:
            parts.append(f"{name}: {_value(each.name, new)}")
    return "; ".join(parts)


def _value(name: str, value: object) -> str:
    if name == "offered":
        return " ".join(value) if isinstance(value, tuple) and value else "all languages"
    return str(value) if value else "none"
