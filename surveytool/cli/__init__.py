"""The command line: each command parses, calls, and says one sentence; one module a subject."""

from surveytool.cli import (
    accounts,
    audit_log,
    backups,
    checking,
    coding,
    collections,
    database,
    exports,
    identities,
    identity_keys,
    register,
    reports,
    rescue,
    results,
    serving,
    translating,
    workshops,
)
from surveytool.cli.common import main

__all__ = [
    "accounts",
    "audit_log",
    "backups",
    "checking",
    "coding",
    "collections",
    "database",
    "exports",
    "identities",
    "identity_keys",
    "main",
    "register",
    "reports",
    "rescue",
    "results",
    "serving",
    "translating",
    "workshops",
]
