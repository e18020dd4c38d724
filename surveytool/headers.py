"""What every answer tells the browser: run only our own scripts, send nothing elsewhere, show us in no frame."""

from flask import Flask, Response, request

from surveytool import access

_COMMON = (
    "default-src 'none'; script-src 'self'; font-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src 'self'"
)
#: plotly.js writes styles of its own, so pages with charts allow inline style; inline script, none.
_WITH_CHARTS = _COMMON + " 'unsafe-inline'"
CHARTS = (
    *("evaluate.results", "evaluate.compare", "evaluate.by_organisation", "evaluate.politeness", "evaluate.pictures"),
    *("evaluate.workshops", "evaluate.workshop", "evaluate.country", "train.appraisal"),
    *("evaluate.report", "evaluate.frozen_report"),
)
#: A file that somebody uploaded is shown, and may do nothing.
_UPLOADED = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
UPLOADED = ("evaluate.entry_scan", "evaluate.attachment")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
}
#: Half a year, for this host alone: a host that serves forms over TLS once is never asked in the clear again.
STRICT_TRANSPORT = "max-age=15552000"


def init_app(app: Flask) -> None:
    """Add the headers to every answer of an application."""
    app.after_request(_add)


def _add(answer: Response) -> Response:
    endpoint = request.endpoint or ""
    policy = _WITH_CHARTS if endpoint in CHARTS and answer.status_code == 200 else _COMMON
    if endpoint in UPLOADED and answer.mimetype != "text/html":
        policy = _UPLOADED
    answer.headers["Content-Security-Policy"] = policy
    for name, value in HEADERS.items():
        answer.headers[name] = value
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    if access.is_staff(endpoint) and endpoint != "evaluate.plotly":
        answer.headers["Cache-Control"] = "no-store"
    return answer
