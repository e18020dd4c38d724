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
from surveytool.tabulate.ledger import (
    Arrivals,
    Facets,
    Forms,
    answered,
    arrivals,
    cautions,
    facets,
    forms,
    invalid_items,
    received_by,
    selected,
    waiting_corrections,
)
from surveytool.tabulate.queue import Queue, Unknown, has_register, queued, queued_by_kind, stamps, undecided
from surveytool.tabulate.words import Named, Worded, code_labels, named, top_codes, worded

__all__ = [
    "Arrivals",
    "Counted",
    "EVERYTHING",
    "FORM_STATES",
    "Facets",
    "Filter",
    "Forms",
    "Named",
    "Queue",
    "RECEIVED",
    "Selection",
    "Unknown",
    "VALID",
    "Worded",
    "answered",
    "any_of",
    "arrivals",
    "cautions",
    "code_labels",
    "facets",
    "form_states",
    "forms",
    "has_register",
    "invalid_items",
    "judged",
    "named",
    "queued",
    "queued_by_kind",
    "received_by",
    "selected",
    "stamps",
    "undecided",
    "standing",
    "top_codes",
    "variables",
    "variables_by_country",
    "waiting_corrections",
    "worded",
]
