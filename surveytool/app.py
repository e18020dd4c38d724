"""Makes the Flask application: configuration, extensions, doors, errors."""

import os
from pathlib import Path
from typing import Any

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_compress import Compress
from flask_migrate import Migrate
from sqlalchemy.exc import ArgumentError
from werkzeug.middleware.proxy_fix import ProxyFix

from surveytool import (
    access,
    accounts,
    evaluate,
    headers,
    identity_keys,
    manage,
    respond,
    scans,
    secrets_check,
    signing_in,
    train,
)
from surveytool.models import db
from surveytool.settings import SettingsError, configuration, setting

babel = Babel()
compress = Compress()
migrate = Migrate()

MIGRATIONS = Path(__file__).parent / "migrations"


def create_app(instance: str | os.PathLike[str] | None = None, **overrides: Any) -> Flask:
    """Return the application on an instance folder. Raises SettingsError.

    Pages that need an account answer over TLS, or with `LOCAL=True`, which `serve` sets when it binds the loopback
    address: passwords and answers do not travel in the clear.
    """
    folder = Path(instance or setting("INSTANCE")).absolute()
    app = Flask("surveytool", instance_path=str(folder))
    app.config.update(configuration(folder))
    app.config.update(overrides)
    if app.config["PROXY_HOPS"]:
        hops = app.config["PROXY_HOPS"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    _connect(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS))
    babel.init_app(app, locale_selector=respond.page_language)
    compress.init_app(app)
    headers.init_app(app)
    app.before_request(lambda: identity_keys.take_up(app))
    access.init_app(app)
    scans.init_app(app)
    signing_in.init_app(app)
    for door in (respond, evaluate, train, manage):
        app.register_blueprint(door.bp)
    # Those who answer have no account and no session that another site could misuse.
    signing_in.csrf.exempt(respond.bp)
    app.add_url_rule("/", "root", _root)
    for words in (access.may, access.may_make_collections, access.my_roles, access.signed_in, access.trainers_own):
        app.add_template_global(words)
    app.add_template_global(accounts.words, "role_words")
    # Restoring a backup mends just this, and must not be stopped by it.
    if not app.testing and app.config.get("SECRETS_CHECKED", True):
        with app.app_context():
            secrets_check.check(app)
    return app


def _root() -> ResponseReturnValue:
    """Send people with an account to where their work is."""
    mine = access.my_roles()
    page = (
        "evaluate.collections"
        if "evaluator" in mine
        else "manage.accounts"
        if "administrator" in mine
        else "train.list_workshops"
        if "trainer" in mine
        else "evaluate.entry"
        if "clerk" in mine
        else "evaluate.translations"
        if "translator" in mine
        else "evaluate.treating"
        if "case worker" in mine
        else "manage.mine"
    )
    return redirect(url_for(page))


def _connect(app: Flask) -> None:
    """Tie the database to the application. Raises SettingsError when its address or driver cannot be used."""
    try:
        db.init_app(app)
    except ModuleNotFoundError as error:
        fault = f"The database needs the module '{error.name}'"
        raise SettingsError(f"{fault}; install it with: pip install 'surveytool[postgresql]'") from None
    except ArgumentError:
        raise SettingsError("SURVEYTOOL_DATABASE_URL is no address of a database.") from None
