"""The rules of the folder: what it imports, what it hands out."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import analysis
from analysis.association import cramers_v, spearman
from analysis.audit import audit, grim
from analysis.groups import compare
from analysis.patterns import sameness, share_of_answers
from analysis.pooling import random_effects
from analysis.prepost import appraise
from analysis.reliability import cronbach_alpha, omega
from analysis.scales import describe, summarise
from analysis.shares import wilson
from analysis.tallies import tally

FOLDER = Path(analysis.__file__).parent
MODULES = sorted(FOLDER.glob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_only_the_standard_library_numpy_and_scipy_are_imported(module):
    """Nothing of ours, and nothing else of anyone's."""
    allowed = sys.stdlib_module_names | {"numpy", "scipy", "analysis"}
    tree = ast.parse(module.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.split(".")[0] for name in names} <= allowed


def test_importing_everything_leaves_scipy_stats_alone():
    """It doubles idle memory, so only functions that need it may import it."""
    modules = ", ".join(f"analysis.{name}" for name in analysis.__all__)
    code = f"import sys, {modules}; print('scipy.stats' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=FOLDER.parent, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_the_package_lists_its_public_modules():
    """Every module without an underscore that is no part of the audit is listed."""
    for name in analysis.__all__:
        assert importlib.import_module(f"analysis.{name}").__doc__


@pytest.mark.parametrize(
    "result",
    [
        summarise({1: 2}),
        describe({1: 2}),
        wilson(1, 2),
        tally({"a": 1}, 1, 1),
        cramers_v({"a": {"x": 1}}),
        spearman({1: {1: 1}}),
        sameness({("1",): 1}),
        share_of_answers({(1, 2): 1}),
        compare({"a": {1: 5}, "b": {2: 5}}),
        grim("2.5", 2),
        appraise({1: {2: 5}}),
        cronbach_alpha({("a", "b"): {1: {1: 2}}}, 2),
        omega({("a", "b"): {1: {1: 2}}}, 2),
        random_effects([1, 2], [1, 1]),
        audit({"figures": [{"id": "a", "printed": "1", "statistic": "n"}]})[0],
    ],
    ids=lambda result: type(result).__name__,
)
def test_results_are_frozen_and_can_be_written_out(result):
    """No one changes a figure on its way to the page."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.n = 0
    assert not hasattr(result, "__dict__")
    assert dataclasses.asdict(result)
