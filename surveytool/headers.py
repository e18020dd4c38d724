"""What every answer tells the browser: run only our own scripts, send nothing elsewhere, show us in no frame."""

from flask import Flask, Response, request

_COMMON = (
    "default-src 'none'; script-src 'self'; font-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src 'self'"
)
#: plotly.js writes styles of its own, so pages with charts allow inline style; inline script, none.
_WITH_CHARTS = _COMMON + " 'unsafe-inline'"


def init_app(app: Flask) -> None:
    """Add the headers to every answer of an application."""
    app.after_request(_add)


def _add(answer: Response) -> Response:
    charts = (request.endpoint or "").startswith("evaluate.")
    answer.headers["Content-Security-Policy"] = _WITH_CHARTS if charts else _COMMON
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    if charts:
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer
