"""Runs migrations on the application's own database."""

from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db

with db.engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # A changed table is made anew and the old one dropped, which must not take with it what refers to it.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        # SQLite cannot alter most of a table; a changed table is made anew and filled from the old one.
        render_as_batch=sqlite,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("the database has references to rows that are not there; nothing was changed")
    if sqlite:
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
