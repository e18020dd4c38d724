"""Makes the Flask application: configuration, extensions, doors, errors."""

import os
from pathlib import Path
from typing import Any

from flask import Flask, redirect, url_for
from flask_babel import Babel
from flask_compress import Compress
from flask_migrate import Migrate
from sqlalchemy.exc import ArgumentError

from surveytool import evaluate, headers, respond
from surveytool.models import db
from surveytool.settings import SettingsError, configuration, setting

babel = Babel()
compress = Compress()
migrate = Migrate()

MIGRATIONS = Path(__file__).parent / "migrations"


def create_app(instance: str | os.PathLike[str] | None = None, **overrides: Any) -> Flask:
    """Return the application on an instance folder.

    The evaluator's pages are registered only with `EVALUATE=True`, which `serve` sets when it binds the loopback
    address: until there are accounts, nobody else may read answers.
    """
    folder = Path(instance or setting("INSTANCE")).absolute()
    app = Flask("surveytool", instance_path=str(folder))
    app.config.update(configuration(folder))
    app.config.update(overrides)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    _connect(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS))
    babel.init_app(app, locale_selector=respond.page_language)
    compress.init_app(app)
    headers.init_app(app)
    app.register_blueprint(respond.bp)
    if app.config.get("EVALUATE"):
        app.register_blueprint(evaluate.bp)
        app.add_url_rule("/", "root", lambda: redirect(url_for("evaluate.collections")))
    return app


def _connect(app: Flask) -> None:
    """Tie the database to the application. Raises SettingsError when its address or driver cannot be used."""
    try:
        db.init_app(app)
    except ModuleNotFoundError as error:
        fault = f"The database needs the module '{error.name}'"
        raise SettingsError(f"{fault}; install it with: pip install 'surveytool[postgresql]'") from None
    except ArgumentError:
        raise SettingsError("SURVEYTOOL_DATABASE_URL is no address of a database.") from None
