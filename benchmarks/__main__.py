"""Runs every measurement; prints a Markdown table, and writes JSON where --output says."""

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks import exports, results, serving, workbench
from benchmarks.figures import table


def main() -> None:
    """Measure what was asked for."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="surveytool-benchmarks-") as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        conditions = _conditions(asked)
        figures = []
        if asked.only in (None, "serving"):
            figures += serving.measure(folder, asked.seconds, asked.repeats)
        if asked.only in (None, "results"):
            figures += results.measure(folder, asked.repeats, tuple(asked.sizes or results.SIZES))
        if asked.only in (None, "exports"):
            figures += exports.measure(folder, tuple(asked.sizes or exports.SIZES))
        if asked.only in (None, "workbench"):
            figures += workbench.measure(folder, asked.repeats, asked.sizes[0] if asked.sizes else workbench.SIZE)
    conditions["load_average_after"] = os.getloadavg()[0]
    print(_said(conditions), table(figures), sep="\n\n")
    if asked.output:
        record = {"conditions": conditions, "figures": [asdict(figure) for figure in figures]}
        asked.output.write_text(json.dumps(record, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=["serving", "results", "exports", "workbench"], help="measure one side alone")
    parser.add_argument("--seconds", type=float, default=5, help="how long each load runs (default: 5)")
    parser.add_argument("--repeats", type=int, default=3, help="how often; medians are reported (default: 3)")
    parser.add_argument("--sizes", type=int, nargs="+", help="responses behind results and exports")
    parser.add_argument("--folder", type=Path, help="keep the instances here; what is filled is used again")
    parser.add_argument("--output", type=Path, help="a file for the figures as JSON")
    return parser.parse_args()


def _conditions(asked: argparse.Namespace) -> dict[str, object]:
    """Return what has to be known to compare two runs."""
    version = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return {
        "at": time.strftime("%Y-%m-%d %H:%M"),
        "version": version.stdout.strip(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "seconds": asked.seconds,
        "repeats": asked.repeats,
        "load_average_before": os.getloadavg()[0],
    }


def _said(conditions: dict[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in conditions.items())


if __name__ == "__main__":
    main()
