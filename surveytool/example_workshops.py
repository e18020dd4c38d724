"""Makes a dozen synthetic workshops over the five countries, for trying out. Nobody's real answers.

People leave, come late, mistype their codes and answer twice about as often as in the literature. The same workshops
come out every time.
"""

import datetime
import random
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from stdnum import damm

from surveytool import intake, linking, workshops
from surveytool.audit_log import COMMAND_LINE
from surveytool.collection_settings import shipped_languages
from surveytool.models import Collection, LinkingCard, User, Workshop, db
from surveytool.workshop_questionnaire import BEFORE
from surveytool.workshops import Plan

#: What `synthetic` says of them: every page tells.
SYNTHETIC = "made up"
SEED = 2003

#: What it is about and where, country, first day, languages, audience, topic, people, how far they rise.
EXAMPLES = (
    ("Case management, Poipet", "cambodia", "2026-02-10", "km en", "government", "case management", 18, 1.1),
    ("Case management, Battambang", "cambodia", "2026-03-03", "km en", "government", "case management", 16, 0.9),
    ("Reintegration, Phnom Penh", "cambodia", "2026-04-14", "km en", "ngo", "reintegration", 17, 0.6),
    ("Identification, Sihanoukville", "cambodia", "2026-05-19", "km", "government", "identification", 13, 0.8),
    ("Follow-up, Siem Reap", "cambodia", "2026-06-09", "km en", "ngo", "follow-up", 9, 0.5),
    ("Return procedures, Hanoi", "viet_nam", "2026-03-17", "vi en", "government", "return", 17, 0.7),
    ("Family assessment, Can Tho", "viet_nam", "2026-05-05", "vi", "ngo", "reintegration", 16, 0.9),
    ("Victim assistance, Vientiane", "lao_pdr", "2026-02-24", "lo en", "government", "identification", 16, 1.2),
    ("Reintegration, Savannakhet", "lao_pdr", "2026-06-16", "lo", "ngo", "reintegration", 15, 0.4),
    ("Protection, Yangon", "myanmar", "2026-04-21", "my en", "ngo", "protection", 16, 0.8),
    ("Protection, Mandalay", "myanmar", "2026-07-07", "my", "ngo", "protection", 15, 1.0),
    ("Screening, Bangkok", "thailand", "2026-05-12", "th en", "government", "identification", 20, 0.5),
)
#: Where people make their codes themselves, and where they are asked what they could do before, looking back.
SELF, LOOKING_BACK = ("Identification, Sihanoukville",), ("Case management, Poipet",)
#: How often people leave before the end, come late, come back at follow-up, mistype a card's code.
LEAVE, LATE, COME_BACK, MISTYPE = 0.1, 0.06, 0.6, 0.06
#: How many competencies a workshop asks about.
ASKED = 6
LETTERS = {"km": "កខគងចជញដតថទធនបផពភមយរលវសហអ", "en": "abcdefghijklmnopqrstuvwxyz"}


@dataclass
class _Person:
    """One made-up trainee: a code, and what they can do, by competency, on a scale without steps."""

    code: dict[str, str]
    skill: dict[str, float]
    language: str
    growth: float


def missing() -> list[tuple[object, ...]]:
    """Return the examples that the instance does not hold."""
    have = set(db.session.scalars(select(Workshop.title).where(Workshop.synthetic == SYNTHETIC)))
    return [each for each in EXAMPLES if each[0] not in have]


def store(trainer: User | None = None) -> int:
    """Make the workshops that are not there yet, commit, and return how many were made."""
    examples = missing()
    for example in examples:
        # Made-up answers, the same each time.
        _store(example, random.Random(f"{SEED} {example[0]}"), trainer)  # noqa: S311
        db.session.commit()
    return len(examples)


def _store(example: tuple[object, ...], rng: random.Random, trainer: User | None) -> None:
    title, country, day, tags, audience, topic, people, growth = example
    worded = shipped_languages(workshops.QUESTIONNAIRE)
    languages = [tag for tag in str(tags).split() if tag in worded] or ["en"]
    start = datetime.date.fromisoformat(str(day))
    known = list(workshops.framework())
    asked = tuple(name for name in known if name in rng.sample(known, ASKED))
    plan = Plan(
        title=str(title),
        country=str(country),
        audience=str(audience),
        starts_on=start,
        ends_on=start + datetime.timedelta(days=3),
        languages=tuple(languages),
        competencies=asked,
        place=str(title).partition(", ")[2],
        topic=str(topic),
        linking="self" if title in SELF else "cards",
        retrospective=title in LOOKING_BACK,
        synthetic=SYNTHETIC,
    )
    workshop = workshops.create(plan, COMMAND_LINE, trainer=trainer)
    codes = _codes(workshop, int(str(people)), rng, languages[0])
    for wave in ("pre", "post", "follow-up"):
        workshops.open_wave(workshop, wave, COMMAND_LINE)
    db.session.flush()
    waves = workshops.waves(workshop)
    trainees = [_person(code, asked, rng, languages, float(str(growth))) for code in codes]
    for trainee in trainees:
        _answer(waves, workshop.retrospective, trainee, asked, rng, start)
    for wave in ("pre", "post"):
        workshops.close_wave(workshop, wave, COMMAND_LINE)


def _codes(workshop: Workshop, people: int, rng: random.Random, language: str) -> list[dict[str, str]]:
    if workshop.linking == "cards":
        codes = [f"{rng.randrange(10**linking.DIGITS):0{linking.DIGITS}}" for _ in range(people)]
        cards = [LinkingCard(workshop_id=workshop.id, code=code + damm.calc_check_digit(code)) for code in codes]
        db.session.add_all(cards)
        return [{"card_code": card.code} for card in cards]
    letters = LETTERS.get(language, LETTERS["en"])
    return [
        {
            "own_code.birth_day": str(rng.randint(1, 31)),
            "own_code.mother": rng.choice(letters),
            "own_code.father": rng.choice(letters),
            "own_code.older": str(min(9, int(rng.expovariate(0.5)))),
            "own_code.birthplace": rng.choice(letters),
        }
        for _ in range(people)
    ]


def _person(
    code: dict[str, str], asked: tuple[str, ...], rng: random.Random, languages: list[str], growth: float
) -> _Person:
    able = rng.gauss(1.7, 0.7)
    language = rng.choices(languages, [0.8, 0.2][: len(languages)])[0]
    return _Person(code, {name: able + rng.gauss(0, 0.6) for name in asked}, language, rng.gauss(growth, 0.5))


def _answer(
    waves: Mapping[str, Collection],
    looking_back: bool,
    trainee: _Person,
    asked: tuple[str, ...],
    rng: random.Random,
    start: datetime.date,
) -> None:
    """Let a person answer in the waves they come to."""
    late, leaves, back = rng.random() < LATE, rng.random() < LEAVE, rng.random() < COME_BACK
    if not late:
        _send(waves, "pre", trainee, _abilities(trainee, asked, 0.0, rng), rng, start)
    if not leaves:
        sent = _abilities(trainee, asked, trainee.growth, rng)
        if looking_back:
            then = _abilities(trainee, asked, -0.5, rng)
            sent |= {name + BEFORE: code for name, code in then.items()}
        sent |= {"useful": str(_step(rng.gauss(3.1, 0.7))), "expect_to_apply": "yes" if rng.random() < 0.85 else "no"}
        _send(waves, "post", trainee, sent, rng, start + datetime.timedelta(days=3))
    if back and not leaves:
        sent = _abilities(trainee, asked, trainee.growth * 0.8, rng)
        sent |= {"applied": "yes" if rng.random() < 0.7 else "no", "humane": str(_step(rng.gauss(2.7, 0.9)))}
        _send(waves, "follow-up", trainee, sent, rng, start + datetime.timedelta(days=100))


def _abilities(trainee: _Person, asked: tuple[str, ...], more: float, rng: random.Random) -> dict[str, str]:
    return {name: str(_step(trainee.skill[name] + more + rng.gauss(0, 0.4))) for name in asked if rng.random() < 0.995}


def _step(value: float) -> int:
    return min(4, max(0, round(value)))


def _send(
    waves: Mapping[str, Collection],
    wave: str,
    trainee: _Person,
    sent: Mapping[str, str],
    rng: random.Random,
    day: datetime.date,
) -> None:
    code = _mistyped(trainee.code, rng) if wave != "pre" and rng.random() < MISTYPE else trainee.code
    whole = {name: [value] for name, value in {**sent, **code}.items()}
    if "card_code" in code:
        # As someone does who is asked whether the code is right, and says yes.
        whole["card_code.confirmed"] = [code["card_code"]]
    submission = f"example-{waves[wave].code}-{rng.randrange(10**12):012}"
    moment = datetime.datetime.combine(day, datetime.time(9), datetime.UTC)
    outcome = intake.receive(
        waves[wave],
        whole,
        submission=submission,
        language=trainee.language,
        received_at=moment,
        commit=False,
    )
    assert isinstance(outcome, intake.Kept), outcome


def _mistyped(code: dict[str, str], rng: random.Random) -> dict[str, str]:
    """Return a code with one slip: one digit is another, or two neighbours changed places."""
    if "card_code" not in code:
        return code | {"own_code.older": str(rng.randint(0, 9))}
    digits = list(code["card_code"])
    place = rng.randrange(len(digits) - 1)
    if rng.random() < 0.5 and digits[place] != digits[place + 1]:
        digits[place], digits[place + 1] = digits[place + 1], digits[place]
    else:
        digits[place] = str((int(digits[place]) + rng.randint(1, 9)) % 10)
    return {"card_code": "".join(digits)}
