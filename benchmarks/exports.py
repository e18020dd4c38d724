"""Measures exports of 10,000 and 100,000 responses: time and peak memory, each a process of its own.

The floor is the same rows through the csv module alone: the finished CSV file read and written again.
"""

import argparse
import csv
import json
import resource
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
                seconds, megabytes = _run("export", instance, code_of(size), form, shape, file)
                floor = _run("floor", instance, code_of(size), form, shape, file.with_suffix(".csv"))
                what = f"export of {size:,} responses, {form}, {shape}"
                figures.append(Figure(what, seconds, "s", FLOOR_IS, floor[0]))
                figures.append(Figure(f"{what}: peak memory", megabytes, "MB", FLOOR_IS, floor[1]))
    return figures


def _run(*words: object) -> tuple[float, float]:
    """Return the seconds and the peak memory in MB of one run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.exports", *map(str, words)]
    seconds, megabytes = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return seconds, megabytes


def _export(instance: Path, code: str, form: str, shape: str, file: Path) -> None:
    from surveytool import exporting
    from surveytool.app import create_app
    from surveytool.collections import find

    with create_app(instance).app_context():
        exporting.to_file(find(code), exporting.Wanted(form, shape), file, "benchmark")


def _floor(file: Path) -> None:
    with (
        file.open(encoding="utf-8-sig", newline="") as source,
        file.with_suffix(".floor").open("w", encoding="utf-8-sig", newline="") as target,
    ):
        csv.writer(target).writerows(csv.reader(source))


def main() -> None:
    """Run one export, or its floor, and print how long it took and how much memory at most."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=["export", "floor"])
    parser.add_argument("instance", type=Path)
    parser.add_argument("code")
    parser.add_argument("form")
    parser.add_argument("shape")
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    started = time.perf_counter()
    if asked.what == "floor":
        _floor(asked.file)
    else:
        _export(asked.instance, asked.code, asked.form, asked.shape, asked.file)
    seconds = time.perf_counter() - started
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


if __name__ == "__main__":
    main()
