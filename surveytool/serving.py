"""Brings the database up to date and runs the production server; which doors are open depends on the address bound."""

import logging
from collections.abc import Callable
from pathlib import Path

import waitress
from alembic.script import ScriptDirectory
from filelock import FileLock
from flask import Flask, current_app
from flask_migrate import upgrade as migrate
from sqlalchemy import inspect, select

from surveytool import secrets_check
from surveytool.app import create_app
from surveytool.models import Collection, Workshop, db

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 (a comparison)


def upgrade(app: Flask) -> bool:
    """Bring the database to the newest tables, in the application's context; return whether anything was done.

    Raises SettingsError when the secrets are not those of the database.
    """
    done = _migrated(app)
    secrets_check.confirm(app)
    return done


def _migrated(app: Flask) -> bool:
    if _is_current(app):
        return False
    # Several workers may start at once; the first one migrates, the others wait and find it done.
    with FileLock(Path(app.instance_path) / "upgrade.lock"):
        if _is_current(app):
            return False
        logging.getLogger("alembic").setLevel(logging.WARNING)
        migrate()
    return True


def _is_current(app: Flask) -> bool:
    config = app.extensions["migrate"].migrate.get_config()
    head = ScriptDirectory.from_config(config).get_current_head()
    if not inspect(db.engine).has_table("alembic_version"):
        return False
    current = db.session.execute(db.text("SELECT version_num FROM alembic_version")).scalar()
    db.session.rollback()
    return bool(current == head)


def let_go() -> None:
    """Close the connections to the database, in the application's context."""
    db.session.remove()
    db.engine.dispose()


def addresses(host: str, port: int) -> list[str]:
    """Return a line for each page that a server bound to a host will have, in the application's context."""
    behind_proxy = current_app.config["PROXY_HOPS"]
    local = host in LOOPBACK or behind_proxy
    # Bound to every address, the machine is reached by whichever of them the phones see.
    name = "ADDRESS-OF-THIS-MACHINE" if host in EVERY_ADDRESS else f"[{host}]" if ":" in host else host
    address = f"http://{name}:{port}"
    if behind_proxy:
        # Its own address would refuse to sign anybody in: only the proxy can say that the line is safe.
        address = f"https://{(current_app.config['TRUSTED_HOSTS'] or ['NAME-OF-THIS-SERVER'])[0]}"
    lines = [f"  Sign in:   {address}/login"] if local else []
    # The waves of workshops are reached from their workshops.
    alone = select(Collection).where(Collection.workshop_id.is_(None))
    for collection in db.session.scalars(alone.order_by(Collection.code)):
        public = collection.version is None or collection.version.questionnaire.asked_in != "case work"
        if collection.state == "open" and public:
            lines.append(f"  Fill in '{collection.code}':   {address}/c/{collection.join_code}")
        if local:
            lines.append(f"  Results of '{collection.code}': {address}/evaluate/{collection.code}/")
    if local and db.session.scalar(select(Workshop.id).limit(1)):
        lines.append(f"  Workshops: {address}/evaluate/workshops")
    return lines


def serve(instance: str | Path, host: str, port: int, threads: int, ready: Callable[[], None]) -> None:
    """Serve an instance until stopped, calling `ready` once the port is bound. Raises OSError when it cannot be."""
    app = create_app(instance)
    # Behind a proxy every caller looks local, so that only TLS, as the proxy reports it, makes the line safe.
    hops = app.config["PROXY_HOPS"]
    app.config["LOCAL"] = host in LOOPBACK and not hops
    server = waitress.create_server(
        app, host=host, port=port, threads=threads, ident="surveytool", clear_untrusted_proxy_headers=not hops
    )
    ready()
    server.run()
