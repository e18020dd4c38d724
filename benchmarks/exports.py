"""Measures exports of 10,000 and 100,000 responses: time and peak memory, each a process of its own.

The floor is the same rows through the csv module alone: the finished CSV file read and written again.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure

SIZES = (10_000, 100_000)
KINDS = (("csv", "wide"), ("csv", "long"), ("xlsx", "wide"))
FLOOR_IS = "the same rows read and written by the csv module"


def measure(folder: Path, sizes: tuple[int, ...] = SIZES) -> list[Figure]:
    """Measure on an instance in a folder, which is filled with what it lacks; each export once."""
    from benchmarks.results import code_of, fill  # not above: what is imported counts in the memory of the floor

    instance = folder / "results"
    figures = []
    for size in sizes:
        fill(instance, size)
        with tempfile.TemporaryDirectory(dir=folder) as out:
            for form, shape in KINDS:
                file = Path(out) / f"{shape}.{form}"
                measured = _run("export", instance, code_of(size), form, shape, file)
                floor = _run("floor", instance, code_of(size), form, shape, file.with_suffix(".csv"))
                what = f"export of {size:,} responses, {form}, {shape}"
                for place, (of, unit) in enumerate((("", "s"), (": processor time", "s"), (": peak memory", "MB"))):
                    figures.append(Figure(what + of, measured[place], unit, FLOOR_IS, floor[place]))
    return figures


def _run(*words: object) -> list[float]:
    """Return the seconds, those of the processor with start-up, and the peak memory in MB of one run by itself."""
    command = [sys.executable, "-m", "benchmarks.exports", *map(str, words)]
    found: list[float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _export(instance: Path, code: str, form: str, shape: str, file: Path) -> float:
    from surveytool import exporting
    from surveytool.app import create_app
    from surveytool.collections import find

    with create_app(instance).app_context():
        collection = find(code)
        started = time.perf_counter()
        exporting.to_file(collection, exporting.Wanted(form, shape), file, "benchmark")
        return time.perf_counter() - started


def _floor(file: Path) -> float:
    started = time.perf_counter()
    with (
        file.open(encoding="utf-8-sig", newline="") as source,
        file.with_suffix(".floor").open("w", encoding="utf-8-sig", newline="") as target,
    ):
        csv.writer(target).writerows(csv.reader(source))
    return time.perf_counter() - started


def _peak() -> float:
    """Return the most memory in MB that this process held; 0 where there is no /proc to say so."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Run one export, or its floor, and print how long it took and how much memory at most."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=["export", "floor"])
    parser.add_argument("instance", type=Path)
    for name in ("code", "form", "shape"):
        parser.add_argument(name)
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    if asked.what == "floor":
        seconds = _floor(asked.file)
    else:
        seconds = _export(asked.instance, asked.code, asked.form, asked.shape, asked.file)
    print(json.dumps([seconds, time.process_time(), _peak()]))


if __name__ == "__main__":
    main()
