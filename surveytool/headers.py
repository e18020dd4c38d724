"""What every answer tells the browser: run only our own scripts, send nothing elsewhere, show us in no frame."""

from flask import Flask, Response, request

from surveytool import access

_COMMON = (
    "default-src 'none'; script-src 'self'; font-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src 'self'"
)
#: plotly.js writes styles of its own, so pages with charts allow inline style; inline script, none.
_WITH_CHARTS = _COMMON + " 'unsafe-inline'"
CHARTS = ("evaluate.results",)

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
    charts = endpoint in CHARTS and answer.status_code == 200
    answer.headers["Content-Security-Policy"] = _WITH_CHARTS if charts else _COMMON
    for name, value in HEADERS.items():
        answer.headers[name] = value
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    if access.is_staff(endpoint) and endpoint != "evaluate.plotly":
        answer.headers["Cache-Control"] = "no-store"
    return answer
