"""Results can be shown as received, as validated, or as of a moment, and for part of the forms."""

import datetime
from dataclasses import replace

import pytest

from surveytool import tabulate
from surveytool.judge import exclude_answer, exclude_form, withdraw
from surveytool.models import Affiliation, Collection, Organisation, Response, db
from surveytool.models.base import now
from surveytool.tabulate import RECEIVED, VALID, Filter
from tests.test_intake import keep

WHO = "evaluator@example.org"


@pytest.fixture
def forms(collection: Collection) -> list[Response]:
    kept = [keep(collection, trained="yes", training_useful="4") for _ in range(3)]
    kept.append(keep(collection, mode="paper", trained="no"))
    db.session.commit()
    return kept


def counted(collection: Collection, where: Filter) -> tuple[int, dict[str, int]]:
    """How many forms are valid, and who was trained."""
    trained = tabulate.variables(collection.id, where).get("trained", tabulate.Counted())
    return tabulate.forms(collection.id, where).valid, dict(trained.codes)


def test_a_decision_counts_from_the_moment_it_was_made_until_it_is_withdrawn(
    collection: Collection, forms: list[Response]
) -> None:
    before = now()
    judgement = exclude_form(forms[0], WHO, "A trial of the form.")
    exclude_answer(forms[1], "trained", WHO, "Says elsewhere that it was not.")
    db.session.commit()
    between = now()
    withdraw(judgement, WHO, "It was meant.")
    db.session.commit()

    assert counted(collection, Filter(stand=before)) == (4, {"yes": 3, "no": 1})
    assert counted(collection, Filter(stand=between)) == (3, {"yes": 1, "no": 1})
    assert counted(collection, Filter()) == (4, {"yes": 2, "no": 1})
    assert counted(collection, Filter(stand=now())) == counted(collection, Filter())
    assert counted(collection, Filter(stand=RECEIVED)) == (4, {"yes": 3, "no": 1})
    assert counted(collection, Filter(stand=before - datetime.timedelta(days=1))) == (0, {})


@pytest.mark.parametrize("moment", [VALID, RECEIVED, "now"])
def test_forms_are_chosen_by_mode_by_an_answer_and_by_what_the_register_says(
    collection: Collection, forms: list[Response], moment: str
) -> None:
    ministry = Organisation(name="Ministry", kind="government", direct_partner=True, country="thailand")
    db.session.add(ministry)
    db.session.flush()
    db.session.add(Affiliation(response_id=forms[0].id, organisation_id=ministry.id, made_by=WHO))
    db.session.commit()
    stand = now() if moment == "now" else moment

    for where, expected in (
        (Filter(modes=("paper",)), (1, {"no": 1})),
        (Filter(answers=(("training_useful", "4"),)), (3, {"yes": 3})),
        (Filter(kinds=("government",)), (1, {"yes": 1})),
        (Filter(kinds=("ngo",)), (0, {})),
        (Filter(direct_partner=True, organisations=(ministry.id,)), (1, {"yes": 1})),
        (Filter(direct_partner=False), (0, {})),
    ):
        assert counted(collection, replace(where, stand=stand)) == expected
