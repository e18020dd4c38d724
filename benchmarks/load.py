"""Sends requests from several processes at once and says how many were answered, and how fast."""

import http.client
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

CONCURRENCY = 8
WARM_UP = 1.0
PATIENCE = 30.0

#: A request: method, path, body, headers.
Request = tuple[str, str, bytes | None, dict[str, str]]


@dataclass(frozen=True)
class Load:
    """What one run of requests came to; times in milliseconds."""

    per_second: float
    p50: float
    p99: float
    #: All requests sent, those of the warm-up too, and those answered otherwise than they should be.
    sent: int
    failed: int
    #: Processor time that one request took, without the sending; other work on the machine hardly changes it.
    cpu: float | None = None


def run(port: int, requests: Callable[[int], Iterator[Request]], seconds: float) -> Load:
    """Keep CONCURRENCY connections busy for so many seconds; `requests(worker)` yields what each sends."""
    context = multiprocessing.get_context("fork")
    ready, results = context.Barrier(CONCURRENCY), context.SimpleQueue()
    workers = [
        context.Process(target=_work, args=(port, requests, worker, seconds, ready, results), daemon=True)
        for worker in range(CONCURRENCY)
    ]
    for worker in workers:
        worker.start()
    # Emptied before joining: a process ends only once what it put into the queue is taken out.
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    times = sorted(each for part, _, _ in found for each in part)
    return Load(
        per_second=len(times) / seconds,
        p50=1000 * quantile(times, 0.50),
        p99=1000 * quantile(times, 0.99),
        sent=sum(sent for _, sent, _ in found),
        failed=sum(failed for _, _, failed in found),
    )


def _work(port, requests, worker, seconds, ready, results) -> None:
    """Send one request after another over one connection; count those that ended within the time measured."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    sending = requests(worker)
    times: list[float] = []
    sent = failed = 0
    ready.wait()
    begin = time.perf_counter() + WARM_UP
    end = begin + seconds
    while (started := time.perf_counter()) < end:
        request = next(sending)
        before = time.perf_counter()
        good = _send(connection, request)
        after = time.perf_counter()
        sent += 1
        failed += not good
        if good and started >= begin and after <= end:
            times.append(after - before)
    results.put((times, sent, failed))


def _send(connection: http.client.HTTPConnection, request: Request) -> bool:
    """Send one request, read the whole answer, and return whether it was good."""
    try:
        connection.request(*request)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return False
    return answer.status == 200


def quantile(ordered: list[float], share: float) -> float:
    """Return the smallest of the ordered values that at least this share does not exceed."""
    if not ordered:
        return float("nan")
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def median(loads: list[Load]) -> Load:
    """Return the medians of several runs; what was sent and what failed is added up."""
    names = [name for name in ("per_second", "p50", "p99", "cpu") if getattr(loads[0], name) is not None]
    middle = {name: statistics.median(getattr(load, name) for load in loads) for name in names}
    return Load(sent=sum(load.sent for load in loads), failed=sum(load.failed for load in loads), **middle)
