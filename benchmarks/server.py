"""Starts the servers that are measured, each as its own process, and the trivial one beside which they are read.

`python -m benchmarks.server PORT` serves the floor: one Flask view that returns a word, under the same server with
the same number of threads.
"""

import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

THREADS = 8
PATIENCE = 60.0


@dataclass(frozen=True)
class Server:
    """A server that is up: where, and which process."""

    port: int
    process: int

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[http.client.HTTPResponse, bytes]:
        """Ask for one page over a connection of its own; return the answer and its body as it came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def sign_in(self, email: str, password: str) -> dict[str, str]:
        """Sign in and return the headers that say so."""
        shown, page = self.get("/login")
        token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token is not None
        body = urlencode({"csrf_token": token[1].decode(), "email": email, "password": password})
        cookie = (shown.getheader("Set-Cookie") or "").partition(";")[0]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            kind = "application/x-www-form-urlencoded"
            connection.request("POST", "/login", body, {"Cookie": cookie, "Content-Type": kind})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 302, answer.status
            return {"Cookie": (answer.getheader("Set-Cookie") or "").partition(";")[0]}
        finally:
            connection.close()

    def memory(self) -> float:
        """Return the memory the process holds (resident set), in MiB."""
        kib = subprocess.run(["ps", "-o", "rss=", "-p", str(self.process)], capture_output=True, check=True)
        return int(kib.stdout) / 1024

    def cpu(self) -> float | None:
        """Return the processor time the process has used, in seconds; None where there is no /proc to say it."""
        record = Path(f"/proc/{self.process}/stat")
        if not record.exists():
            return None
        fields = record.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cpu_exactly(self) -> float | None:
        """Return the same to a microsecond, enough for one request; what threads used that have ended is left out."""
        tasks = list(Path(f"/proc/{self.process}/task").glob("*/schedstat"))
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9 if tasks else None


@contextmanager
def product(instance: Path) -> Iterator[Server]:
    """Serve an instance as in production."""
    with _running("surveytool.cli", "--instance", str(instance), "serve", "--threads", str(THREADS), "--port") as up:
        yield up


@contextmanager
def trivial() -> Iterator[Server]:
    """Serve the floor."""
    with _running("benchmarks.server") as up:
        yield up


@contextmanager
def _running(module: str, *arguments: str) -> Iterator[Server]:
    """Run a module that takes the port as its last argument, until the block ends."""
    port = _free_port()
    # Into a file: a pipe that nobody reads would stop the server once it is full.
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-m", module, *arguments, str(port)], stdout=log, stderr=log)
        try:
            if not _answers(process, port):
                log.seek(0)
                raise RuntimeError(f"The server does not answer:\n{log.read().decode()[-2000:]}")
            yield Server(port, process.pid)
        finally:
            process.terminate()
            process.wait()


def _answers(process: subprocess.Popen, port: int) -> bool:
    """Wait until the server accepts connections; return whether it does."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _serve_trivial(port: int) -> None:
    import waitress
    from flask import Flask

    app = Flask("trivial")

    @app.get("/")
    def hello() -> str:
        return "hello"

    waitress.serve(app, host="127.0.0.1", port=port, threads=THREADS)


if __name__ == "__main__":
    _serve_trivial(int(sys.argv[1]))
