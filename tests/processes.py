"""Servers as processes of their own that start at once: forked from one process that has the program loaded.

Each is the command line's own `serve`, with memory, threads and database connections of its own. Starting Python and
importing everything anew for each would take most of the time of a test in a browser.
"""

import multiprocessing
import os
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.sharing_work import share

LOADED = ["surveytool.cli", "surveytool.app", "surveytool.serving", "alembic.command", "tests.processes"]

share()


def start(folder: Path, port: int) -> BaseProcess:
    """Serve an instance on a port of this machine, in a process of its own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    process = context.Process(target=_serve, args=(str(folder), port), daemon=True)
    process.start()
    return process


def _serve(folder: str, port: int) -> None:
    from surveytool.cli import main

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    main(["--instance", folder, "serve", "--port", str(port)])
