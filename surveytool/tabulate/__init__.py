"""Responses to counts: the only SQL that aggregates. What leaves this package knows no person.

The statements keep to SQL that SQLite and PostgreSQL share.
"""

from surveytool.tabulate.answers import Counted, any_of, variables, variables_by_country
from surveytool.tabulate.clusters import Affiliated, Clustered, affiliated, organisation_sums
from surveytool.tabulate.crosstabs import UNCODED, Crossed, Side, crossed
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
from surveytool.tabulate.groups import ANSWER, BY, answer_sizes, group_sizes, named_by, register_sizes, variables_by
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
from surveytool.tabulate.patterns import cautioned, left_empty, patterns
from surveytool.tabulate.words import Named, Worded, code_labels, named, top_codes, worded

__all__ = [
    "ANSWER",
    "Affiliated",
    "Arrivals",
    "BY",
    "Clustered",
    "Counted",
    "Crossed",
    "EVERYTHING",
    "FORM_STATES",
    "Facets",
    "Filter",
    "Forms",
    "Named",
    "RECEIVED",
    "Selection",
    "Side",
    "UNCODED",
    "VALID",
    "Worded",
    "affiliated",
    "answered",
    "answer_sizes",
    "any_of",
    "arrivals",
    "cautioned",
    "cautions",
    "code_labels",
    "crossed",
    "facets",
    "form_states",
    "forms",
    "group_sizes",
    "judged",
    "left_empty",
    "named",
    "named_by",
    "organisation_sums",
    "patterns",
    "received_by",
    "register_sizes",
    "selected",
    "standing",
    "top_codes",
    "variables",
    "variables_by",
    "variables_by_country",
    "waiting_corrections",
    "worded",
]
