"""Where a collection stands: what waits for a decision, whom it reached, forms by day."""

from flask import url_for

from surveytool import access, tabulate
from surveytool.evaluate.collections.pages import Stands, Waiting
from surveytool.evaluate.common import covering
from surveytool.models import Collection
from surveytool.register import KIND_NAMES, country_names
from surveytool.tabulate import Arrivals


def stands(collection: Collection, came: Arrivals) -> Stands:
    """Count where a collection that has been opened stands, as far as the person may see it."""
    where = covering()
    reach = tabulate.reach(collection.id, where)
    countries = country_names()
    names = {code: countries.get(code, code) or "several countries, or none" for code in reach.countries}
    partners = {True: "direct partners", False: "not direct partners"}
    return Stands(
        waiting=_waiting(collection, came, reach.unknown),
        reach=reach if reach.total.asked or reach.unasked else None,
        groups=[
            ("Type", [(KIND_NAMES[kind], reach.kinds[kind]) for kind in KIND_NAMES if kind in reach.kinds]),
            ("Country", sorted(((names[c], r) for c, r in reach.countries.items()), key=lambda row: row[0])),
            ("Direct partner", [(partners[each], reach.partners[each]) for each in partners if each in reach.partners]),
        ],
        days=tabulate.days(collection.id, collection.zone, where),
        zone=collection.zone,
        respondents=came.total.valid,
        limited=access.countries() is not None,
    )


def _waiting(collection: Collection, came: Arrivals, unknown: int) -> list[Waiting]:
    assert collection.version is not None
    code, where = collection.code, covering()
    coded = [v.name for v in collection.version.questionnaire.variables.values() if v.kind == "coded"]
    flagged = url_for("evaluate.responses", code=code, state="flagged")
    corrections = tabulate.waiting_corrections(collection.id, where)
    found = [
        Waiting(came.total.flagged, "forms flagged and not decided; they count until then", flagged),
        Waiting(corrections, "corrections", url_for("evaluate.corrections", code=code)),
        Waiting(
            tabulate.uncoded(collection.id, coded, where),
            "answers to items with a code frame that nobody has coded",
            url_for("evaluate.coding", code=code),
        ),
    ]
    if collection.workshop_id is None:
        matching = url_for("evaluate.matching", code=code)
        found.insert(2, Waiting(unknown, "valid forms whose organisation is not known", matching))
    if access.countries() is None:
        found.insert(2, Waiting(came.total.aside, "forms kept aside", url_for("evaluate.aside", code=code)))
    return found
