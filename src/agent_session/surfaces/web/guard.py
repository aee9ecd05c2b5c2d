"""What stands before every page: whom it is asked under, by whom, and how; and the headers that
every answer has.

A browser on this machine can be made to ask anything by any page of the world. So the host must
be ours to the letter, whoever changes something must come from a page of ours, with our cookie
and our token, and `Sec-Fetch-Site` may refuse but never allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .doors import Doors

LARGEST_FORM = 1 << 16
_MOST_FIELDS = 1000
START = "/start"
REPORTS = "/csp-report"
STATIC = "/static/"
METRICS = "/metrics"
TOKEN = "token"
_READING = frozenset(("GET", "HEAD"))
# Nothing from anywhere else, no script and no style in a page, nobody's frame.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        f"report-uri {REPORTS}",
    )
)
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "no-referrer" would have browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
NO_WAY_IN = (
    "This page needs the link that `agent-session serve` has printed. A link is good once and "
    "for five minutes: press Enter where the server runs, and it prints another.\n"
)


class Guard:
    """The application *app* behind *doors*."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self.app = app
        self.doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
            return
        if scope["method"] == "POST":
            refusal = self._read_form(scope, await _body(receive))
        await (refusal or self.app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        if headers.getlist("host")[1:] or headers.get("host") not in self.doors.hosts:
            return PlainTextResponse("this server has another name\n", 400)
        method, path = scope["method"], scope["path"]
        if method not in _READING and method != "POST":
            return PlainTextResponse("GET and POST only\n", 405, {"Allow": "GET, HEAD, POST"})
        if path == START or path.startswith(STATIC):
            return (
                None
                if method in _READING
                else PlainTextResponse("GET only\n", 405, {"Allow": "GET, HEAD"})
            )
        if path == METRICS and self._is_scraper(headers) and method in _READING:
            return None
        scope["cookie"] = cookie = cookie_in(headers, self.doors.cookie_name)
        if not self.doors.knows(cookie):
            return PlainTextResponse(NO_WAY_IN, 401)
        if method == "POST" and path != REPORTS:
            return self._foreign(headers)
        return None

    def _is_scraper(self, headers: Headers) -> bool:
        """True for who has the token of the metrics, which opens nothing else."""
        said = headers.getlist("authorization")
        return len(said) == 1 and self.doors.is_metrics_token(said[0].removeprefix("Bearer "))

    def _foreign(self, headers: Headers) -> PlainTextResponse | None:
        if headers.getlist("origin")[1:] or headers.get("origin") not in self.doors.origins:
            return _refused("this did not come from a page of this server")
        if headers["origin"] != f"http://{headers['host']}":
            return _refused("this came from a page under another name")
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return _refused("another site has sent this")
        return None

    def _read_form(self, scope: Scope, body: bytes | None) -> PlainTextResponse | None:
        """Put what was posted, field by field, where the pages find it; or say why not."""
        if body is None:
            return PlainTextResponse("this is more than any form here holds\n", 413)
        if scope["path"] == REPORTS:
            scope["report"] = body
            return None
        try:
            form = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:  # among them what is no UTF-8
            return PlainTextResponse("this is no form\n", 400)
        tokens = form.pop(TOKEN, [])
        if len(tokens) != 1 or not self.doors.is_token(tokens[0], scope["cookie"]):
            return _refused("this form is not of this server's; load the page again")
        scope["form"] = form
        return None


def cookie_in(headers: Headers, name: str) -> str | None:
    """The value of the one cookie of that *name*; None for none, and for several."""
    lines = headers.getlist("cookie")
    pairs = [each.strip().partition("=") for line in lines for each in line.split(";")]
    found = [value for key, is_pair, value in pairs if key == name and is_pair]
    return found[0] if len(found) == 1 else None


def _refused(why: str) -> PlainTextResponse:
    return PlainTextResponse(f"refused: {why}\n", 403)


async def _body(receive: Receive) -> bytes | None:
    """All of it; None where it is larger than any form of ours."""
    body, goes_on = b"", True
    while goes_on:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        goes_on = message.get("more_body", False)
        if len(body) > LARGEST_FORM:
            return None
    return body


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
