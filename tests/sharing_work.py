"""What every application of the tests would do anew, though nothing in it differs: compiled addresses and templates."""

import tempfile
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

_compiled: dict[tuple[object, ...], Any] = {}
_compile = Rule._compile_builder


def _compile_once(rule: Rule, append_unknown: bool = True) -> Any:
    key = (rule.rule, rule.subdomain, rule.host, str(rule.defaults), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]


def share() -> None:
    """Let each application of this process take from the ones before it what it would compile alike."""
    Rule._compile_builder = _compile_once  # type: ignore[method-assign]
    folder = Path(tempfile.gettempdir()) / "surveytool-tests-templates"
    folder.mkdir(mode=0o700, exist_ok=True)
    # A template that was changed is compiled anew: what is kept goes by the digest of its source.
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}
