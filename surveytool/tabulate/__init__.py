"""Responses to counts: the only SQL that aggregates. What leaves this package knows no person.

The statements keep to SQL that SQLite and PostgreSQL share.
"""

from surveytool.tabulate.answers import Counted, any_of, variables, variables_by_country
from surveytool.tabulate.filters import (
    EVERYTHING,
    FORM_STATES,
    RECEIVED,
    VALID,
    Filter,
    Selection,
    form_states,
    judged,
    standing,
)
from surveytool.tabulate.groups import Group, countries_in_whole_groups, in_whole_groups
from surveytool.tabulate.ledger import (
    Arrivals,
    Facets,
    Forms,
    answered,
    arrivals,
    cautions,
    facets,
    forms,
    received_by,
    selected,
    waiting_corrections,
)
from surveytool.tabulate.waves import Table, crossed, item_pairs, looking_back, steps, sums, sums_once
from surveytool.tabulate.words import Named, Worded, code_labels, named, top_codes, worded

__all__ = [
    "Arrivals",
    "Counted",
    "EVERYTHING",
    "FORM_STATES",
    "Facets",
    "Filter",
    "Forms",
    "Group",
    "Named",
    "RECEIVED",
    "Selection",
    "Table",
    "VALID",
    "Worded",
    "answered",
    "any_of",
    "arrivals",
    "cautions",
    "code_labels",
    "countries_in_whole_groups",
    "crossed",
    "facets",
    "form_states",
    "forms",
    "in_whole_groups",
    "item_pairs",
    "judged",
    "looking_back",
    "named",
    "received_by",
    "selected",
    "standing",
    "steps",
    "sums",
    "sums_once",
    "top_codes",
    "variables",
    "variables_by_country",
    "waiting_corrections",
    "worded",
]
