"""Makes synthetic treatment appraisals, for trying out. Nobody's real answers.

In three countries enough that the last rung of the capacity ladder shows figures, in another too few; none in the last.
The same appraisals come out every time.
"""

import datetime
import random

from surveytool import collections, intake
from surveytool.audit_log import COMMAND_LINE
from surveytool.example_workshops import SYNTHETIC
from surveytool.models import Collection, db
from surveytool.treatment import grid

CODE, TITLE = "returns-example", "Returns of 2026 (synthetic)"
SEED = 2026
#: People by the country they returned to, and how well they were treated there on the whole.
RETURNED = {"cambodia": (27, 2.9), "viet_nam": (16, 2.4), "myanmar": (11, 2.1), "lao_pdr": (3, 2.6)}
#: How often a person had to do with an authority at a step, and how far kinds of authority differ from the whole.
CONTACT = {"departure": 0.6, "transit": 0.3, "destination": 0.8}
APART = {"police": -0.5, "immigration": -0.3, "shelter": 0.5, "ngo": 0.7, "court": -0.1, "embassy": 0.2, "health": 0.4}


def store() -> bool:
    """Make the collection with its appraisals if it is not there yet, commit, and return whether it was made."""
    if db.session.query(Collection.id).filter_by(code=CODE).first() is not None:
        return False
    made = collections.create(CODE, "treatment_appraisal", TITLE, synthetic=SYNTHETIC, who=COMMAND_LINE)
    collections.open_(made, COMMAND_LINE)
    db.session.flush()
    # Made-up answers, the same each time.
    rng = random.Random(SEED)  # noqa: S311
    people = [country for country, (number, _) in RETURNED.items() for _ in range(number)]
    rng.shuffle(people)
    for number, country in enumerate(people, 1):
        _enter(made, number, country, rng)
    db.session.commit()
    return True


def _enter(collection: Collection, number: int, country: str, rng: random.Random) -> None:
    assert collection.version is not None
    sent = {"country": [country]}
    treated = rng.gauss(RETURNED[country][1], 0.7)
    for step in grid(collection.version.questionnaire):
        for row in step.rows:
            meets = rng.random() < CONTACT[step.name]
            humanely = treated + APART[row.authority] + rng.gauss(0, 0.6)
            for scale, item in row.items.items():
                value = humanely if scale == "humanely" else humanely + rng.gauss(-0.2, 0.4)
                sent[item] = [str(min(4, max(0, round(value)))) if meets else "na"]
    moment = datetime.datetime(2026, 1, 12, 9, tzinfo=datetime.UTC) + datetime.timedelta(days=3 * number)
    outcome = intake.receive(
        collection, sent, submission=f"example-{CODE}-{number:03}", language="en", received_at=moment, commit=False
    )
    assert isinstance(outcome, intake.Kept), outcome
