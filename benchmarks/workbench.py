"""Measures the pages of the evaluator's workbench at 10,000 responses, each beside its own bare queries.

To add a page: one entry in `PAGES`, with the queries that the page exists to answer. A page that lists 50 of many reads
these 50, and counts what it says of all.
"""

from pathlib import Path

from benchmarks import pages
from benchmarks.figures import Figure
from benchmarks.pages import Page

SIZE = 10_000

#: What forms can be chosen by, with how many there are of each: on every page that reads results.
CELLS = "SELECT country, language, mode, count(*) FROM responses WHERE collection_id = :id GROUP BY 1, 2, 3"
REGISTER = """
    SELECT kind, direct_partner, count(*) FROM affiliations a JOIN organisations o ON o.id = a.organisation_id
    JOIN responses r ON r.id = a.response_id WHERE a.withdrawn_at IS NULL AND r.collection_id = :id GROUP BY 1, 2
"""
CHOICES = (CELLS, REGISTER)

#: What stands, counted, and what verbatims were coded as.
COUNT = "SELECT variable, state, code, count(*) FROM standing WHERE collection_id = :id GROUP BY variable, state, code"
CODED = """
    SELECT c.variable, r.country, c.code_id, count(*) FROM codings c JOIN responses r ON r.id = c.response_id
    WHERE r.collection_id = :id AND c.withdrawn_at IS NULL AND EXISTS (SELECT 1 FROM standing s
        WHERE s.response_id = c.response_id AND s.variable = c.variable AND s.state = 'value') GROUP BY 1, 2, 3
"""
#: Under other decisions it has to be derived first, and so has the floor.
ANSWERS = """
    SELECT a.variable, a.state, a.code, count(*) FROM answers a JOIN responses r ON r.id = a.response_id
    WHERE r.collection_id = :id GROUP BY a.variable, a.state, a.code
"""
DERIVED = """
    SELECT a.variable, CASE WHEN r.id IN (SELECT response_id FROM judgements
            WHERE collection_id = :id AND effect = 'exclude form' AND made_at <= '2100' AND withdrawn_at IS NULL)
        THEN 'excluded' WHEN (a.response_id, a.variable) IN (SELECT response_id, variable FROM judgements
            WHERE collection_id = :id AND effect = 'exclude answer' AND made_at <= '2100' AND withdrawn_at IS NULL)
        THEN 'invalid' ELSE a.state END AS state, a.code, count(*)
    FROM answers a JOIN responses r ON r.id = a.response_id WHERE r.collection_id = :id GROUP BY a.variable, 2, a.code
"""

FLAGGED = """
    SELECT r.id, r.country, r.language, r.mode, j.rule, j.effect
    FROM judgements j JOIN responses r ON r.id = j.response_id
    WHERE j.collection_id = :id AND j.withdrawn_at IS NULL AND j.effect IN ('flag', 'caution', 'exclude form')
    ORDER BY r.id
"""
#: A check that is read off the register, and so of every form.
UNKNOWN = """
    SELECT count(*) FROM responses r WHERE r.collection_id = :id
    AND NOT EXISTS (SELECT 1 FROM affiliations a WHERE a.response_id = r.id AND a.withdrawn_at IS NULL)
"""
JUDGED = "SELECT id, response_id, variable, effect, reason, made_by FROM judgements WHERE collection_id = :id"
DECIDED = "SELECT id, response_id, effect, made_at FROM judgements WHERE collection_id = :id AND made_by != 'rule'"
LEDGER = "SELECT effect, count(DISTINCT response_id) FROM judgements WHERE collection_id = :id GROUP BY effect"
LISTED = """
    SELECT r.id, r.country, r.language, r.mode, r.received_at, count(a.variable) FROM responses r
    JOIN answers a ON a.response_id = r.id AND a.state = 'value'
    WHERE r.id IN (SELECT id FROM responses WHERE collection_id = :id ORDER BY id DESC LIMIT 50) GROUP BY r.id
"""
FORM = "SELECT variable, state, code, text FROM answers WHERE response_id = :form"
DAYS = "SELECT date(received_at), count(*) FROM responses WHERE collection_id = :id GROUP BY 1"
REACHED = """
    SELECT a.organisation_id, count(*) FROM affiliations a JOIN responses r ON r.id = a.response_id
    WHERE a.withdrawn_at IS NULL AND r.collection_id = :id GROUP BY 1
"""
#: Answers in words that nobody has coded.
UNCODED = """
    SELECT count(*) FROM standing s WHERE s.collection_id = :id AND s.variable IN ({coded}) AND s.state = 'value'
    AND NOT EXISTS (SELECT 1 FROM codings c WHERE c.response_id = s.response_id AND c.variable = s.variable
        AND c.withdrawn_at IS NULL)
"""
NAMED = """
    SELECT a.text, r.country, r.language, f.organisation_id, f.rule, count(*) FROM responses r
    LEFT JOIN answers a ON a.response_id = r.id AND a.variable = 'organisation'
    LEFT JOIN affiliations f ON f.response_id = r.id AND f.withdrawn_at IS NULL
    WHERE r.collection_id = :id GROUP BY 1, 2, 3, 4, 5
"""
_WORDS = """
    FROM standing s JOIN answers a ON a.response_id = s.response_id AND a.variable = s.variable
    WHERE s.collection_id = :id AND s.state = 'value' AND s.variable
"""
WORDS = f"SELECT s.response_id, s.variable, s.language, a.text {_WORDS} IN ({{words}})"
OF_ITEM = f"SELECT s.response_id, s.country, s.language, a.text {_WORDS} = 'body_national'"
DISTINCT = f"SELECT a.text, s.country, s.language, count(*) {_WORDS} = 'body_national' GROUP BY 1, 2, 3"
CODED_OF_ITEM = """
    SELECT a.text, c.code_id, count(*) FROM codings c JOIN responses r ON r.id = c.response_id
    JOIN answers a ON a.response_id = c.response_id AND a.variable = c.variable
    WHERE r.collection_id = :id AND c.withdrawn_at IS NULL AND c.variable = 'body_national' GROUP BY 1, 2
"""

BY_COUNTRY = """
    SELECT country, variable, state, code, count(*) FROM standing
    WHERE collection_id = :id AND variable IN ({scales}) GROUP BY country, variable, state, code
"""
BY_KIND = """
    SELECT kind, state, code, count(*) FROM standing s LEFT JOIN affiliations a ON a.response_id = s.response_id
    AND a.withdrawn_at IS NULL LEFT JOIN organisations o ON o.id = organisation_id
    WHERE collection_id = :id AND variable = 'coordination_national' GROUP BY kind, state, code
"""
CROSSED = """
    SELECT a.state, a.code, b.state, b.code, count(*) FROM standing a JOIN standing b USING (response_id)
    WHERE a.collection_id = :id AND a.variable = 'coordination_national' AND b.variable = 'prevention_important'
    GROUP BY a.state, a.code, b.state, b.code
"""
SUMS = """
    SELECT variable, organisation_id, count(*), sum(code), sum(code * code) FROM standing s
    LEFT JOIN affiliations a ON a.response_id = s.response_id AND a.withdrawn_at IS NULL
    WHERE collection_id = :id AND state = 'value' AND variable IN ({scales}, {yes_no}) GROUP BY 1, 2
"""
PATTERNS = """
    SELECT country, response_id, variable, state, code FROM standing
    WHERE collection_id = :id AND variable IN ({scales}, {yes_no})
"""
EMPTY = """
    SELECT country, response_id, sum(state = 'no_answer'), count(*) FROM standing
    WHERE collection_id = :id GROUP BY country, response_id
"""

PAGES = (
    Page("nothing on it: what every signed-in page costs", "aside", ("SELECT count(*) FROM set_aside",)),
    Page("results as validated", "", (*CHOICES, COUNT, CODED)),
    Page("results as received", "?as=received", (*CHOICES, ANSWERS, CODED)),
    Page("results as of this morning", "?as={today}", (*CHOICES, DERIVED, CODED)),
    Page("pictures", "pictures", (*CHOICES, COUNT, CODED)),
    Page("report", "report", (*CHOICES, COUNT, CODED, LEDGER, REACHED, OF_ITEM)),
    Page("scales compared by country", "compare?by=country", (*CHOICES, BY_COUNTRY)),
    Page("one item compared by type", "compare?item=21a&by=kind", (*CHOICES, BY_KIND)),
    Page("two items crossed", "cross?rows=21a&columns=26", (*CHOICES, CROSSED)),
    Page("by organisation", "by-organisation", (*CHOICES, SUMS)),
    Page("politeness", "politeness?by=country", (*CHOICES, PATTERNS, EMPTY, COUNT)),
    Page("collection", "collection", (CELLS, LEDGER, REACHED, UNKNOWN, UNCODED, DAYS)),
    Page("its counts, asked for again and again", "counts", (CELLS, LEDGER)),
    Page("list of forms", "responses", (CELLS, LEDGER, LISTED)),
    Page("one form", "responses/{form}", (FORM,)),
    Page("validation queue", "validation", (CELLS, FLAGGED, UNKNOWN)),
    Page("validation queue, one kind", "validation?signal=contradiction&show=undecided", (CELLS, FLAGGED, UNKNOWN)),
    Page("one form validated", "validation/{form}", (FLAGGED, UNKNOWN, FORM)),
    Page("judgements", "judgements", (JUDGED,)),
    Page("decisions", "decisions", (DECIDED,)),
    Page("organisations matched", "organisations", (NAMED,)),
    Page("coding: items", "coding", (COUNT, CODED)),
    Page("coding: one item", "coding/21a%20body", (DISTINCT, CODED_OF_ITEM, OF_ITEM)),
    Page("coding blind: one item", "coding/21a%20body/blind", (OF_ITEM,)),
    Page("translation: items", "translating", (WORDS,)),
)


def measure(folder: Path, repeats: int, size: int = SIZE) -> list[Figure]:
    """Measure on the instance of the results, which is filled with what it lacks."""
    return pages.measure(folder, repeats, PAGES, size)
