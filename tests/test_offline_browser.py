"""The form without a connection, in a real browser: nothing typed is lost, nothing is stored twice, nothing is left."""

import datetime
import html
import json
import os
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.base import AXE_SCRIPT
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from surveytool.definitions import load_questionnaire
from surveytool.intake import CLOSED, UNFINISHED
from surveytool.languages import LANGUAGES
from surveytool.sealing import seal
from tests.conftest import program

pytestmark = pytest.mark.chromium

PHONE = {"width": 360, "height": 740}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: How long something that happens by itself may take, in seconds, on a busy machine.
PATIENCE = 60

FULL = pytest.param(200, marks=pytest.mark.full)


class Line:
    """A connection between a browser and a server that can be cut where a test wants it cut."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        #: How much of an answer to a form gets through before the line is cut: nothing (0) to all of it (1).
        self.cut_after = 1.0
        #: How many forms' answers are still to be cut.
        self.cuts = 0
        #: How many forms are still to be left without any answer, with the connection open.
        self.hangs = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    #: What is said to the server of the line before this one, as a reverse proxy does.
    reported: tuple[bytes, ...] = ()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Hand one request over and its answer back; the connection is closed after it."""
        with suppress(OSError), self._greeted(client) as client:
            request = _whole(client)
            if not request:
                return
            head, _, body = request.partition(b"\r\n\r\n")
            if head.startswith(b"POST") and self.hangs > 0:
                self.hangs -= 1
                client.recv(1)
                return
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            with socket.create_connection(("127.0.0.1", self.server_port)) as server:
                server.sendall(b"\r\n".join([*lines, *self.reported, b"Connection: close"]) + b"\r\n\r\n" + body)
                answer = b"".join(iter(lambda: server.recv(65536), b""))
            if head.startswith(b"POST") and self.cuts > 0:
                self.cuts -= 1
                answer = answer[: int(len(answer) * self.cut_after)]
            client.sendall(answer)

    def _greeted(self, client: socket.socket) -> socket.socket:
        return client

    def close(self) -> None:
        self.socket.close()


class Proxy(Line):
    """A reverse proxy that speaks https, with a certificate that nobody vouches for."""

    def __init__(self, server_port: int, folder: Path) -> None:
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(_certificate(folder))
        super().__init__(server_port)
        self.address = self.address.replace("http:", "https:")
        self.reported = (b"X-Forwarded-Proto: https", b"X-Forwarded-For: 203.0.113.7")

    def _greeted(self, client: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(client, server_side=True)


def _certificate(folder: Path) -> Path:
    """Make a key and a certificate for this machine, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(today).not_valid_after(today + datetime.timedelta(days=1))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return file


def _whole(client: socket.socket) -> bytes:
    """Read one request to its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    sizes = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < sum(sizes):
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


class Site:
    """A server that can be killed and started again, on an instance of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **settings: str) -> None:
        command = [sys.executable, "-u", "-m", "surveytool.cli", "--instance", str(self.folder), "serve"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)], stdout=subprocess.DEVNULL, env={**os.environ, **settings}
        )
        until = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/c/demo/en", timeout=5).close()
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def rows(self, statement: str) -> list[Any]:
        """Ask the database."""
        connection = sqlite3.connect(self.folder / "surveytool.db")
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def forms(self) -> dict[str, dict[str, list[str]]]:
        """Return what is stored, by identifier; each form must be there once."""
        demo = "SELECT id FROM collections WHERE code = 'demo'"
        found = self.rows(f"SELECT submission, sent FROM responses WHERE collection_id = ({demo})")  # noqa: S608
        assert len(found) == len({submission for submission, _ in found})
        return {submission: json.loads(sent) for submission, sent in found}

    def organisations(self) -> list[str]:
        """Return who answered, as every stored form says."""
        return sorted(name for sent in self.forms().values() for name in sent.get("organisation", []))


@pytest.fixture(scope="module")
def shared_site(filled_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for the whole file."""
    made = Site(Path(shutil.copytree(filled_instance, tmp_path_factory.mktemp("site") / "instance")))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def site(shared_site: Site) -> Site:
    """The server, with no forms of earlier tests in its open collection."""
    connection = sqlite3.connect(shared_site.folder / "surveytool.db", timeout=30)
    demo = "(SELECT id FROM responses WHERE collection_id = (SELECT id FROM collections WHERE code = 'demo'))"
    for table in ("answers", "identities", "judgements", "standing"):
        connection.execute(f"DELETE FROM {table} WHERE response_id IN {demo}")  # noqa: S608
    connection.execute(f"DELETE FROM responses WHERE id IN {demo}")  # noqa: S608
    connection.execute("DELETE FROM set_aside")
    connection.commit()
    connection.close()
    return shared_site


class Phone:
    """A browser on a phone: what is typed, what is sent, and what lies in its storage."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address, self.context = page, address, page.context

    def open(self, path: str = "/c/demo/en", *, ready: bool = False) -> None:
        self.page.goto(self.address + path)
        if ready:
            self.until("caches.match('/c/demo/en').then(Boolean)")

    def until(self, true: str, patience: float = PATIENCE) -> None:
        """Wait until something is true in the page; pages may come and go meanwhile."""
        until = time.monotonic() + patience
        while True:
            with suppress(Exception):
                if self.page.evaluate(true):
                    return
            assert time.monotonic() < until, true
            self.page.wait_for_timeout(100)

    def write(self, name: str, text: str) -> None:
        self.page.fill(f"[name='{name}']:not([type=hidden])", text)

    def value(self, name: str) -> str:
        return str(self.page.input_value(f"[name='{name}']:not([type=hidden])"))

    def choose(self, name: str, value: str) -> None:
        self.page.check(f"input[name='{name}'][value='{value}']", force=True)

    def send(self) -> None:
        self.page.click("main button.send")

    def records(self) -> list[dict[str, Any]]:
        """Return what the database of the device holds."""
        return json.loads(self.page.evaluate(RECORDS))

    def everything(self) -> str:
        """Return all that the device holds, in every storage a page has, as one text."""
        return str(self.page.evaluate(EVERYTHING))

    def queue(self, number: int, name: str) -> None:
        """Put forms into the queue as the page does, without typing each."""
        self.page.evaluate(QUEUE, [number, name])

    def empty(self) -> None:
        """Wait until the queue is empty, trying now and again as a page that stays open does."""
        self.until("Promise.all([ASK]).then(([forms]) => forms.every(f => !f.fields))".replace("ASK", ALL))


STORE = """import([...document.scripts].map(script => script.src).find(address => address.includes('/c/code/'))
    .replace(/(offline\\/)?[\\w-]+\\.js$/, 'offline/store.js'))"""
ALL = f"{STORE}.then(store => store.all())"
RECORDS = f"{ALL}.then(JSON.stringify)"
QUEUE = f"""async ([number, name]) => {{
    const store = await {STORE};
    const page = JSON.parse(document.getElementById('offline').dataset.page);
    for (let i = 0; i < number; i++) {{
        const fields = [['organisation', `${{name}} ${{String(i).padStart(3, '0')}}`], ['trained', 'yes']];
        const {{ join, title, key, language, wording, address }} = page;
        await store.put({{ id: store.newId(), join, title, key, language, wording, address, fields,
            state: 'waiting', changed: Date.now() + i, seconds: 1 }});
    }}
}}"""
EVERYTHING = f"""async () => {{
    const texts = [JSON.stringify(await {ALL}), JSON.stringify(localStorage), JSON.stringify(sessionStorage),
        document.cookie, document.documentElement.outerHTML, JSON.stringify(history.state), location.href];
    for (const name of await caches.keys()) {{
        const kept = await caches.open(name);
        for (const request of await kept.keys()) texts.push(request.url, await (await kept.match(request)).text());
    }}
    return texts.join('\\n');
}}"""


@contextmanager
def phone(browser: Any, address: str, language: str = "en", **settings: Any) -> Iterator[Phone]:
    """A phone with nothing on it."""
    context = browser.new_context(**{"viewport": PHONE, "locale": language, **settings})
    context.set_default_timeout(PATIENCE * 1000)
    yield Phone(context.new_page(), address)
    context.close()


# Without a connection -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [10, FULL])
def test_forms_sent_without_a_connection_are_each_stored_once_when_there_is_one(
    browser: Any, site: Site, number: int
) -> None:
    with phone(browser, site.address) as device:
        device.open(ready=True)
        device.context.set_offline(True)
        device.open("/c/demo")
        device.write("organisation", "By hand")
        device.page.click("a[href='#review']")
        assert "By hand" in device.page.inner_text("#review")
        device.page.click("#review button.send")
        device.page.wait_for_selector("#waiting")
        assert "It has not been sent yet" in device.page.inner_text("h1")
        device.open("/c/demo/en?new")
        assert device.value("organisation") == ""
        device.queue(number - 1, "Queued")
        device.open("/c/device/en")
        device.page.wait_for_selector(f"#forms li:nth-child({number})")
        assert {each["state"] for each in device.records()} <= {"waiting"}
        assert site.forms() == {}

        device.context.set_offline(False)

        device.empty()
        assert site.organisations() == ["By hand", *(f"Queued {n:03}" for n in range(number - 1))]
        receipts = {receipt for (receipt,) in site.rows("SELECT receipt FROM responses")}
        assert len(device.records()) == number
        assert {each["receipt"].replace(" ", "") for each in device.records()} <= receipts
        assert "Queued" not in device.everything()
        assert "By hand" not in device.everything()


@pytest.mark.parametrize("number", [10, FULL])
def test_a_connection_that_drops_before_the_answer_stores_each_form_once(browser: Any, site: Site, number: int) -> None:
    line = Line(site.port)
    with phone(browser, line.address) as device:
        device.open(ready=True)
        # Nothing of the answer, a part of its head, its head alone, all but its end.
        for cut, name in ((0, "Nothing"), (0.02, "Status"), (0.4, "Head"), (0.98, "Body")):
            line.cut_after, line.cuts = cut, 1
            device.open("/c/demo/en?new")
            device.write("organisation", name)
            device.send()
            device.page.wait_for_selector("#waiting")
            # Tried again by itself, by the page or the worker, whichever is first.
            device.page.wait_for_selector(".receipt")
            receipt = device.page.inner_text(".receipt")
            device.page.wait_for_timeout(1500)
            assert device.page.inner_text(".receipt") == receipt, "it stays, here and in the list"
            assert receipt in [each.get("receipt") for each in device.records()]
            assert not any(each.get("fields") for each in device.records()), name
        device.open("/c/demo/en?new")
        line.cut_after, line.cuts = 0, number // 2
        device.queue(number - 4, "Queued")
        device.page.evaluate("dispatchEvent(new Event('online'))")
        device.empty()
    line.close()
    names = ["Body", "Head", "Nothing", *(f"Queued {n:03}" for n in range(number - 4)), "Status"]
    assert site.organisations() == names


def test_a_form_whose_answer_does_not_come_holds_up_no_other(browser: Any, site: Site) -> None:
    line = Line(site.port)
    with phone(browser, line.address) as device:
        device.open(ready=True)
        device.queue(8, "Queued")
        line.hangs = 1
        device.page.evaluate(TRIED_BEFORE, 2)

        device.page.evaluate(SEND_DUE)

        # Long before the request that hangs is given up, and before the others' own time.
        device.until(f"{ALL}.then(all => all.filter(each => each.fields).length === 1)", 20)
    line.close()
    assert len(site.organisations()) == 7


@pytest.mark.parametrize("number", [10, FULL])
def test_a_server_killed_in_the_middle_stores_each_form_once(browser: Any, site: Site, number: int) -> None:
    with phone(browser, site.address) as device:
        device.open(ready=True)
        device.queue(number, "Queued")
        sending = threading.Timer(0.4, site.kill)
        sending.start()
        device.page.evaluate("dispatchEvent(new Event('online'))")
        sending.join()
        site.kill()
        device.page.wait_for_timeout(300)
        confirmed = {each["id"] for each in device.records() if not each.get("fields")}
        assert confirmed <= set(site.forms()), "nothing is removed that the server does not have"

        site.start()
        device.page.evaluate("dispatchEvent(new Event('online'))")
        device.empty()

    assert site.organisations() == [f"Queued {n:03}" for n in range(number)]


def test_thirty_phones_behind_one_address_send_within_a_minute(site: Site) -> None:
    ready = threading.Barrier(30)
    said: list[Any] = []

    def send(n: int) -> None:
        page = _page_facts(f"{site.address}/c/demo/en")
        ready.wait()
        said.append(_send_as_a_device(site.address, page, f"Phone {n:02}", sealed=n % 3 == 0))

    begun = time.monotonic()
    phones = [threading.Thread(target=send, args=(n,)) for n in range(30)]
    for each in phones:
        each.start()
    for each in phones:
        each.join()

    assert time.monotonic() - begun < 60
    assert [answer["state"] for answer in said] == ["kept"] * 30
    assert len({answer["receipt"] for answer in said}) == 30
    assert site.organisations() == [f"Phone {n:02}" for n in range(30)]


def _page_facts(address: str) -> dict[str, Any]:
    """Open a form as a phone that was never here; return what the page tells its scripts."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        told = re.search(r'data-page="([^"]*)"', answer.read().decode())
    assert told
    return dict(json.loads(html.unescape(told[1])))


def _send_as_a_device(server: str, page: dict[str, Any], name: str, *, sealed: bool) -> dict[str, Any]:
    """Send one form as `queue.js` sends what waits, or what a shared tablet sealed."""
    submission, device = str(uuid.uuid4()), {"clock": "2026-11-26T10:00:00Z", "seconds": 60}
    address, kind = page["address"], "application/x-www-form-urlencoded"
    sent = {"organisation": name, "submission": submission, "queued": "yes", "device": json.dumps(device)}
    body = urllib.parse.urlencode(sent).encode()
    if sealed:
        address, kind = f"/c/{page['join']}/sealed", "application/json"
        form = {"submission": submission, "language": "en", "wording": page["wording"], "device": device}
        body = seal(page["key"], page["join"], {**form, "fields": [["organisation", name]], "unfinished": False})
    asked = urllib.request.Request(server + address, body, {"Accept": "application/json", "Content-Type": kind})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        said = dict(json.loads(answer.read()))
    assert said["submission"] == submission
    return said


#: Begin to send what is due, without waiting for the end.
SEND_DUE = STORE.replace("store.js", "queue.js") + ".then(queue => { queue.sendAll(); })"
#: As after hours without a connection: but for the oldest few, each form waits ten minutes for its next try.
TRIED_BEFORE = f"""async (due) => {{
    const store = await {STORE};
    const forms = (await store.all()).reverse();
    const late = Date.now() + 600_000;
    for (const [i, form] of forms.entries()) await store.put({{ ...form, tries: 8, next: i < due ? 0 : late }});
}}"""


@pytest.mark.parametrize("other", [False, True], ids=["the same form", "other content"])
def test_one_submission_replayed_twenty_times_at_once(browser: Any, site: Site, other: bool) -> None:
    submission = str(uuid.uuid4())
    with phone(browser, site.address) as device:
        device.open()
        answers = device.page.evaluate(REPLAY, [submission, other])

    assert {answer["state"] for answer in answers} == {"kept"}
    assert len({answer["receipt"] for answer in answers}) == len(site.forms()) == (2 if other else 1)


REPLAY = """([submission, other]) => Promise.all([...Array(20).keys()].map(n => fetch('/c/demo/en', {
    method: 'POST', headers: { Accept: 'application/json' },
    body: new URLSearchParams({ submission, organisation: other && n % 2 ? 'There' : 'Here' }),
}).then(answer => answer.json())))"""


# What is typed stays --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.full)])
def test_a_browser_killed_in_the_middle_of_a_form_loses_nothing(site: Site, tmp_path: Path, times: int) -> None:
    # In a thread of its own: the browser of the other tests has the loop of this one.
    in_a_thread(lambda: _killed_again_and_again(site.address, tmp_path / "profile", times))
    assert site.organisations() == [f"Somewhere {times - 1}"]


def _killed_again_and_again(address: str, profile: Path, times: int) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        for n in range(times + 1):
            context = playwright.chromium.launch_persistent_context(
                profile, executable_path=program("chromium"), args=["--no-sandbox", "--disable-gpu"], locale="en"
            )
            context.set_default_timeout(PATIENCE * 1000)
            device = Phone(context.pages[0], address)
            device.open("/c/demo/en")
            if n:
                device.page.wait_for_selector("#restored:not([hidden])")
                # The second copy is there at once and may be older; the database follows a moment later.
                device.until(f"document.querySelector('[name=organisation]').value === 'Somewhere {n - 1}'")
                assert device.page.is_checked("input[name=trained][value=yes]")
            if n == times:
                device.send()
                device.page.wait_for_selector(".receipt")
                context.close()
                return
            device.write("organisation", "")
            device.page.type("[name=organisation]", f"Somewhere {n}")
            device.choose("trained", "yes")
            # A keystroke is in the database after at most this.
            device.page.wait_for_timeout(600)
            _kill_browser(profile)
            with suppress(Exception):
                context.close()


def _kill_browser(profile: Path) -> None:
    """End the browser of a profile as a power cut does."""
    own = int((profile / "SingletonLock").readlink().name.rpartition("-")[2])
    subprocess.run(["kill", "-KILL", str(own)], check=True)
    time.sleep(0.5)
    for lock in ("SingletonLock", "SingletonCookie", "SingletonSocket"):
        (profile / lock).unlink(missing_ok=True)


def test_what_one_storage_loses_is_put_back_from_the_other(browser: Any, site: Site) -> None:
    with phone(browser, site.address) as device:
        device.open(ready=True)
        device.write("organisation", "Somewhere")
        device.until(f"{ALL}.then(all => all.length === 1)")
        device.page.evaluate("new Promise(done => { indexedDB.deleteDatabase('surveytool').onsuccess = done; })")
        device.open()
        assert device.value("organisation") == "Somewhere"
        device.page.evaluate("localStorage.clear()")
        device.open()
        device.page.wait_for_selector("#restored:not([hidden])")
        assert device.value("organisation") == "Somewhere"


def test_a_database_that_the_system_closed_is_opened_again(browser: Any, site: Site) -> None:
    with phone(browser, site.address) as device:
        device.page.add_init_script(
            """const open = indexedDB.open.bind(indexedDB);
            indexedDB.open = (...all) => {
                const asked = open(...all);
                asked.addEventListener('success', () => { self.connection = asked.result; });
                return asked;
            };"""
        )
        device.open()
        device.write("organisation", "Before")
        device.until(f"{ALL}.then(all => all.some(each => JSON.stringify(each).includes('Before')))")

        device.page.evaluate("localStorage.clear(); connection.close()")
        device.write("organisation", "After")

        device.page.wait_for_timeout(600)
        device.page.evaluate("localStorage.clear()")
        assert "After" in json.dumps(device.records())


def test_a_form_begun_before_the_wording_changed_is_finished_and_kept_in_it(browser: Any, site: Site) -> None:
    with phone(browser, site.address) as device:
        device.open(ready=True)
        device.write("organisation", "Early")
        device.page.wait_for_timeout(500)
        old = _renew_wording(site)
        device.open()
        device.page.wait_for_url("**wording=**")
        assert device.value("organisation") == "Early"
        assert device.page.inner_text("h1") != "Another title"
        # Beside a newer form, it is found by what the list calls it.
        device.open("/c/demo/en?new")
        device.write("organisation", "Newer")
        device.page.wait_for_timeout(500)
        (early,) = [each["id"] for each in device.records() if "Early" in json.dumps(each)]
        device.context.set_offline(True)
        device.open(f"/c/demo/en?form={early}")
        device.page.wait_for_url("**wording=**")
        assert device.value("organisation") == "Early"
        device.send()
        device.page.wait_for_selector("#waiting")
        device.context.set_offline(False)
        device.page.wait_for_selector(".receipt")
        device.open("/c/demo/en?new")
        assert device.page.inner_text("h1") == "Another title"

    (kept,) = site.rows(
        "SELECT w.digest FROM responses r JOIN wordings w ON w.id = r.wording_id WHERE r.sent LIKE '%Early%'"
    )
    assert kept == (old,)


def _renew_wording(site: Site) -> str:
    """Serve another English wording in the open collection; return the digest of the earlier one."""
    connection = sqlite3.connect(site.folder / "surveytool.db", timeout=30)
    demo = "(SELECT id FROM collections WHERE code = 'demo')"
    served = f"SELECT wording_id FROM collection_wordings WHERE language = 'en' AND collection_id = {demo}"  # noqa: S608
    (row,) = connection.execute(
        f"SELECT id, version_id, digest, strings, review FROM wordings WHERE id = ({served})"
    ).fetchall()  # noqa: S608
    strings = json.loads(row[3]) | {"title": "Another title"}
    new = connection.execute(
        "INSERT INTO wordings (version_id, language, digest, strings, review) VALUES (?, 'en', ?, ?, ?)",
        (row[1], "feed" * 4, json.dumps(strings), row[4]),
    ).lastrowid
    connection.execute(f"UPDATE collection_wordings SET wording_id = ? WHERE wording_id = ({served})", (new,))  # noqa: S608
    connection.commit()
    connection.close()
    return str(row[2])


# The list, and files --------------------------------------------------------------------------------------------------


def test_storage_wiped_after_saving_to_files_and_the_files_imported(
    browser: Any, site: Site, tmp_path: Path, sign_in_on: Callable[..., None]
) -> None:
    files = []
    with phone(browser, site.address) as device:
        device.open(ready=True)
        device.context.set_offline(True)
        for name in ("First", "Second"):
            device.open("/c/demo/en?new")
            device.write("organisation", name)
            device.send()
            device.page.wait_for_selector("#waiting")
        device.open("/c/device/en")
        device.page.wait_for_selector("#forms li:nth-child(2)")
        for n in (1, 2):
            with device.page.expect_download() as saving:
                device.page.click(f"#forms li:nth-child({n}) button:text('Save to a file')")
            files.append(tmp_path / saving.value.suggested_filename)
            saving.value.save_as(files[-1])
        assert b"First" not in b"".join(file.read_bytes() for file in files)
        device.page.click("#forms li:nth-child(1) button:text('Delete')")
        assert "cannot be brought back" in device.page.inner_text("#forms [role=alert]")
        device.page.click("button:text('Yes, delete it')")
        device.page.wait_for_selector("#forms li:nth-child(2)", state="detached")
    with phone(browser, site.address) as evaluator:
        sign_in_on(evaluator.page, site.address)
        for told in ("Taken in.", "It was here already."):
            evaluator.open("/evaluate/demo/rescue")
            evaluator.page.set_input_files("#files", files)
            evaluator.page.click("main form button, form[enctype] button")
            evaluator.page.wait_for_selector("#became")
            assert evaluator.page.inner_text("[role=status]").count(told) == 2

    assert site.organisations() == ["First", "Second"]


# A shared tablet ------------------------------------------------------------------------------------------------------

SECRET = "Nobody else may read this"


def test_a_shared_tablet_keeps_nothing_of_a_form_that_was_sent(browser: Any, site: Site) -> None:
    with phone(browser, site.address) as device:
        device.open("/c/demo?kiosk")
        device.page.click("a[lang=en]")
        device.write("comments", SECRET)
        device.page.wait_for_timeout(500)
        device.page.click("nav button[value=vi]")
        device.page.wait_for_url("**/vi**")
        assert device.value("comments") == SECRET
        device.send()
        receipt = device.page.inner_text(".receipt")
        # Also for who walks away before pressing the button.
        assert SECRET not in device.everything()
        device.page.click("main button.send")
        device.page.wait_for_url("**/c/demo?kiosk")

        assert site.forms()
        _reveals_nothing(device, receipt)


def test_a_shared_tablet_seals_a_form_until_there_is_a_connection(browser: Any, site: Site) -> None:
    with phone(browser, site.address) as device:
        device.open("/c/demo?kiosk")
        device.until("caches.match('/c/device/en').then(Boolean)")
        device.context.set_offline(True)
        device.page.click("a[lang=en]")
        device.write("comments", SECRET)
        device.send()
        device.page.wait_for_selector("#waiting")
        assert [each["state"] for each in device.records()] == ["waiting"]
        device.page.click("main button.send")
        device.page.wait_for_url("**/c/demo?kiosk")
        _reveals_nothing(device)
        assert len(device.records()) == 1
        # The next person can take it to the evaluator, and cannot throw it away before.
        device.open("/c/device/en")
        ways = device.page.locator("#forms .ways button")
        ways.first.wait_for()
        assert ways.all_inner_texts() == ["Send now", "Save to a file"]
        with device.page.expect_download():
            ways.nth(1).click()
        device.page.wait_for_selector("#forms .ways button:text-is('Delete')")

        device.context.set_offline(False)
        device.open("/c/demo?kiosk")
        device.until(f"{ALL}.then(all => all.length === 0)")

    (sent,) = site.forms().values()
    assert sent["comments"] == [SECRET]


def _reveals_nothing(device: Phone, *more: str) -> None:
    """Look everywhere the next person could: storage, caches, the pages that Back leads to."""
    for text in (SECRET, *more):
        assert text not in device.everything()
    for _ in range(4):
        device.page.go_back(wait_until="commit")
        device.page.wait_for_timeout(300)
        if not device.page.url.startswith(device.address):
            break
        shown = device.page.evaluate("[...document.querySelectorAll('input, textarea')].map(each => each.value).join()")
        assert SECRET not in shown + device.page.inner_text("body")
    device.open("/c/demo?kiosk")


def test_a_form_left_alone_on_a_shared_tablet_is_asked_about_and_sealed(browser: Any, site: Site) -> None:
    with phone(browser, site.address) as device:
        device.page.clock.install()
        device.open("/c/demo/en?kiosk")
        device.write("comments", SECRET)
        device.page.clock.run_for(10 * 60_000 + 1000)
        device.page.wait_for_selector("dialog[open]")
        assert "Are you still there?" in device.page.inner_text("dialog")
        device.page.click("dialog button")
        assert device.value("comments") == SECRET

        device.page.clock.run_for(11 * 60_000 + 2000)

        device.page.wait_for_url("**/c/demo?kiosk")
        assert SECRET not in device.everything()
        until = time.monotonic() + PATIENCE
        while not site.rows("SELECT reason FROM set_aside") and time.monotonic() < until:
            device.page.clock.run_for(6000)
            device.page.wait_for_timeout(200)
    assert [reason for (reason,) in site.rows("SELECT reason FROM set_aside")] == [UNFINISHED]


# For everybody --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "language", [tag if tag in ("my", "km") else pytest.param(tag, marks=pytest.mark.full) for tag in LANGUAGES]
)
def test_each_step_is_accessible_fits_a_phone_and_twice_the_text(browser: Any, site: Site, language: str) -> None:
    faults = {}
    with phone(browser, site.address, language) as device:
        for step in _steps(device, language):
            faults[step, "not accessible"] = _violations(device.page)
            for size in ("", "200%"):
                device.page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
                device.page.set_viewport_size({**PHONE, "width": 320})
                faults[step, f"too wide at {size or '100%'}"] = device.page.evaluate(TOO_WIDE)
            device.page.evaluate("document.documentElement.style.fontSize = ''")

    assert {where: found for where, found in faults.items() if found} == {}


def _steps(device: Phone, language: str) -> Iterator[str]:
    """Go through what there is besides the plain form: a draft, its review, the queue, the list, the tablet."""
    device.open(f"/c/demo/{language}")
    device.until(f"caches.match('/c/demo/{language}').then(Boolean)")
    device.choose("trained", "yes")
    device.write("organisation", "Somewhere")
    device.page.wait_for_timeout(300)
    device.open(f"/c/demo/{language}")
    device.page.wait_for_selector("#restored:not([hidden])")
    yield "a form taken up again"
    device.page.click("a[href='#review']")
    yield "the answers before sending"
    device.write("trained_times", "x") if device.page.is_visible("[name=trained_times]") else None
    device.context.set_offline(True)
    device.page.click("#review button.send")
    device.page.wait_for_selector("#waiting")
    yield "the form that waits"
    device.open(f"/c/device/{language}")
    device.page.click("#forms .ways button:last-child")
    yield "the list"
    device.context.set_offline(False)
    device.open("/c/demo?kiosk")
    yield "the choice of languages"


def _violations(page: Any) -> dict[str, list[str]]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", STANDARDS)
    return {each["id"]: [node["html"] for node in each["nodes"]] for each in found["violations"]}


TOO_WIDE = """() => [...document.querySelectorAll("html, body, body *")]
    .filter(each => each.checkVisibility() && each.clientWidth > 1)
    .filter(each => each.scrollWidth > each.clientWidth + 1)
    .map(each => each.outerHTML.slice(0, 120))"""


def test_review_and_sending_work_by_keyboard_alone(browser: Any, site: Site) -> None:
    with phone(browser, site.address) as device:
        device.open("/c/demo/en")
        device.page.focus("[name=organisation]")
        device.page.keyboard.type("By keyboard")
        device.page.focus("a[href='#review']")
        device.page.keyboard.press("Enter")
        device.page.wait_for_selector("#review h2:focus")
        questions = len(load_questionnaire("partner_survey").items)
        assert 0 < device.page.locator("#review dt").count() <= questions
        device.page.focus("#review a[href='#q-organisation']")
        device.page.keyboard.press("Enter")
        device.page.wait_for_selector("[name=organisation]:focus")
        device.page.keyboard.type("!")
        device.page.go_back()
        device.page.wait_for_selector("#review h2:focus")
        assert "By keyboard!" in device.page.inner_text("#review")
        device.page.focus("#review button.send")
        device.page.keyboard.press("Enter")
        device.page.wait_for_selector(".receipt")

    assert site.organisations() == ["By keyboard!"]


def test_the_language_can_be_changed_on_the_review_page(browser: Any, site: Site) -> None:
    with phone(browser, site.address) as device:
        device.open("/c/demo/en#review")
        device.open("/c/demo/en")
        device.write("organisation", "Somewhere")
        device.page.click("a[href='#review']")
        device.page.click("nav button[value=km]")
        device.page.wait_for_url("**/km**")
        device.page.wait_for_selector("#review h2")
        assert device.page.get_attribute("html", "lang") == "km"
        assert "Somewhere" in device.page.inner_text("#review")


def test_a_language_that_is_not_on_the_device_is_said_in_one_that_is(browser: Any, site: Site) -> None:
    with phone(browser, site.address, "km") as device:
        device.open("/c/demo/km")
        for address in ("/c/demo/km", "/c/device/km"):
            device.until(f"caches.match('{address}').then(Boolean)")
        device.write("organisation", "Somewhere")
        device.page.wait_for_timeout(500)
        device.context.set_offline(True)
        for asked, shown in (("/c/demo/th", "/c/demo/km"), ("/c/device/th", "/c/device/km")):
            device.open(asked)
            device.page.wait_for_selector("nav + #no-language, nav ~ #no-language")
            assert device.page.url == site.address + shown
            assert device.page.get_attribute("html", "lang") == "km"
        device.open("/c/demo/th")
        assert device.value("organisation") == "Somewhere"


def test_a_form_begun_before_its_collection_closed_is_finished_and_kept_aside(browser: Any, site: Site) -> None:
    with phone(browser, site.address) as device:
        device.open(ready=True)
        device.write("organisation", "Late")
        device.page.wait_for_timeout(500)
        with _closed(site):
            device.open()
            assert "closed" in device.page.inner_text("h1")
            device.open("/c/device/en")
            device.page.click("#forms a.button")
            device.page.wait_for_selector("#restored:not([hidden])")
            device.write("comments", "finished")
            device.send()
            device.page.wait_for_selector("h1:text('closed')")
        assert device.records() == []
    assert [reason for (reason,) in site.rows("SELECT reason FROM set_aside")] == [CLOSED]


@contextmanager
def _closed(site: Site) -> Iterator[None]:
    """Close the open collection for a while."""
    for moment in ("'2026-11-26 10:00:00'", "NULL"):
        connection = sqlite3.connect(site.folder / "surveytool.db", timeout=30)
        connection.execute(f"UPDATE collections SET closed_at = {moment} WHERE code = 'demo'")  # noqa: S608
        connection.commit()
        connection.close()
        if moment != "NULL":
            yield


def test_over_plain_http_drafts_are_kept_and_it_is_said_what_cannot_be_done(browser: Any, site: Site) -> None:
    with phone(browser, site.address) as device:
        # What a page over plain http does not have.
        device.page.add_init_script(
            """for (const name of ['isSecureContext', 'caches'])
                Object.defineProperty(self, name, { value: undefined });
            delete self.caches;
            for (const name of ['serviceWorker', 'storage', 'locks'])
                Object.defineProperty(Navigator.prototype, name, { get: () => undefined });
            Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });
            Object.defineProperty(Crypto.prototype, 'randomUUID', { get: () => undefined });"""
        )
        device.open()
        device.write("organisation", "Somewhere")
        device.page.wait_for_timeout(500)
        device.open()
        device.page.wait_for_selector("#restored:not([hidden])")
        assert device.value("organisation") == "Somewhere"
        assert "no https" in device.page.inner_text("#offline")
        device.context.set_offline(True)
        device.send()
        device.page.wait_for_selector("#waiting")
        assert not device.page.is_visible("button:text('Save to a file')")
        device.context.set_offline(False)
        device.page.wait_for_selector(".receipt")

    assert site.organisations() == ["Somewhere"]


@pytest.mark.full
def test_over_https_through_a_proxy_people_sign_in_and_a_saved_form_is_taken_in(
    browser: Any, filled_instance: Path, tmp_path: Path, sign_in_on: Callable[..., None]
) -> None:
    own = Site(Path(shutil.copytree(filled_instance, tmp_path / "instance")))
    own.start(SURVEYTOOL_PROXY_HOPS="1")
    proxy = Proxy(own.port, tmp_path)
    with phone(browser, proxy.address, ignore_https_errors=True) as device:
        device.open()
        assert device.page.evaluate("isSecureContext")
        device.write("organisation", "Somewhere")
        device.context.set_offline(True)
        device.send()
        with device.page.expect_download() as saving:
            device.page.click("button:text('Save to a file')")
        saving.value.save_as(tmp_path / "saved.surveyform")
    with phone(browser, proxy.address, ignore_https_errors=True) as evaluator:
        sign_in_on(evaluator.page, proxy.address)
        assert all(cookie["secure"] and cookie["httpOnly"] for cookie in evaluator.context.cookies())
        evaluator.open("/evaluate/demo/rescue")
        evaluator.page.set_input_files("#files", tmp_path / "saved.surveyform")
        evaluator.page.click("main form button, form[enctype] button")
        evaluator.page.wait_for_selector("#became")
    own.kill()
    proxy.close()

    assert own.organisations() == ["Somewhere"]


def in_a_thread(act: Callable[[], None]) -> None:
    """Do something in a thread of its own and raise here what it raises."""
    caught: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if caught:
        raise caught[0]
