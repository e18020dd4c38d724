"""What every command rests on: the group they belong to, the application, errors in one line, progress."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from sqlalchemy.exc import DatabaseError

from surveytool import __version__

F = TypeVar("F", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that holds the database and the secrets (default: instance, or SURVEYTOOL_INSTANCE).",
)
@click.pass_context
def main(context: click.Context, instance: Path | None) -> None:
    """Questionnaires in six languages; every response kept, every figure checkable.

    Example: surveytool demo
    """
    context.obj = instance


def fail(message: str) -> NoReturn:
    """End a command with one line on standard error and exit code 1."""
    raise click.ClickException(" ".join(message.split()))


def with_app(command: F) -> F:
    """Hand a command the application, in its context, with the database up to date; errors become one line."""

    @wraps(command)
    @click.pass_obj
    def wrapped(instance: Path | None, *args: Any, **kwargs: Any) -> Any:
        from surveytool.accounts import AccountError
        from surveytool.app import create_app
        from surveytool.collections import CollectionError
        from surveytool.serving import let_go, upgrade
        from surveytool.settings import SettingsError

        try:
            app = create_app(instance)
            with app.app_context():
                try:
                    upgrade(app)
                    return command(app, *args, **kwargs)
                finally:
                    let_go()
        except (AccountError, CollectionError, SettingsError) as error:
            fail(str(error))
        except DatabaseError as error:
            fail(f"The database does not answer as it should: {error.orig}")

    return wrapped  # type: ignore[return-value]


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Say that something long is under way, with a dot a second on a terminal."""
    click.echo(f"{what} ...", nl=False)
    done = threading.Event()

    def dots() -> None:
        while not done.wait(1):
            click.echo(".", nl=False)

    ticking = threading.Thread(target=dots, daemon=True)
    if sys.stdout.isatty():
        ticking.start()
    started = time.monotonic()
    try:
        yield
    except BaseException:
        click.echo(" stopped.")
        raise
    finally:
        done.set()
    click.echo(f" done in {time.monotonic() - started:.1f} s.")


def opened(collection: Any) -> Any:
    """Return a collection that has been opened; end the command for one that has not."""
    if collection.version is None:
        fail(f"The collection '{collection.code}' has never been opened, so it has no results.")
    return collection
