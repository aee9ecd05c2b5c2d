"""What stands before every page, asked as a server would ask it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from agent_session.surfaces.web.doors import Doors
from agent_session.surfaces.web.guard import (
    LARGEST_FORM,
    NO_WAY_IN,
    REPORTS,
    START,
    Guard,
    cookie_in,
)
from tests.examples import counted

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

HOST = "127.0.0.1:8123"
OURS = f"http://{HOST}"
# In place of a header of the browser: it is left out.
LEFT_OUT = ""


class Answer:
    """What came back."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.status: int = messages[0]["status"]
        self.headers = Headers(raw=messages[0]["headers"])
        self.text = b"".join(each.get("body", b"") for each in messages[1:]).decode()


class Page:
    """A tiny application behind a guard, which keeps the scopes that came through; asked as by
    a browser that has entered.
    """

    def __init__(self) -> None:
        self.doors = Doors(8123, lambda: 0.0, counted())
        self.cookie = str(self.doors.enter(self.doors.new_link()))
        self.token = self.doors.token_for(self.cookie)
        self.scopes: list[Scope] = []
        self.guard = Guard(self._answer, self.doors)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            answer = PlainTextResponse("inside", headers={"Cache-Control": "max-age=60"})
            await answer(scope, receive, send)

    def get(self, path: str = "/", method: str = "GET", **headers: str) -> Answer:
        return self.ask(method, path, self._headers(headers))

    def post(self, body: bytes | None = None, path: str = "/answer", **headers: str) -> Answer:
        """With our token, unless there is a *body*."""
        form = urlencode({"token": self.token}).encode() if body is None else body
        return self.ask("POST", path, self._headers({"origin": OURS, **headers}), [form])

    def _headers(self, headers: dict[str, str]) -> list[tuple[str, str]]:
        cookie = f"{self.doors.cookie_name}={self.cookie}"
        given = {"host": HOST, "cookie": cookie, **headers}
        return [(name.replace("_", "-"), value) for name, value in given.items() if value]

    def ask(
        self,
        method: str,
        path: str,
        headers: Sequence[tuple[str, str]],
        bodies: Sequence[bytes | None] = (b"",),
        *,
        goes_on: bool = False,
    ) -> Answer:
        """*bodies* come one after the other; None says that the browser has gone."""
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        scope = {"type": "http", "method": method, "path": path, "headers": raw}
        coming: list[dict[str, Any]] = [
            {"type": "http.disconnect"}
            if body is None
            else {
                "type": "http.request",
                "body": body,
                "more_body": goes_on or number < len(bodies),
            }
            for number, body in enumerate(bodies, 1)
        ]
        sent: list[Message] = []

        async def receive() -> Message:
            return coming.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        asyncio.run(self.guard(scope, receive, send))
        return Answer(sent)


@pytest.fixture
def page() -> Page:
    return Page()


def assert_refused(page: Page, answer: Answer, status: int, why: str = "") -> None:
    assert (answer.status, page.scopes) == (status, [])
    assert why in answer.text


# --- cookies ----------------------------------------------------------------------------------


def cookie(*lines: bytes) -> str | None:
    return cookie_in(Headers(raw=[(b"cookie", line) for line in lines]), "ours")


@pytest.mark.parametrize(
    "lines", [[b"ours=x"], [b"a=1; ours=x; b=2"], [b"a=1", b"ours=x"], [b"ours=x;"]]
)
def test_the_one_cookie_of_a_name_is_found(lines: list[bytes]):
    assert cookie(*lines) == "x"


@pytest.mark.parametrize(
    "lines", [[], [b""], [b"a=ours"], [b"ours2=x"], [b"OURS=x"], [b"ours"], [b"=ours"], [b";"]]
)
def test_without_it_there_is_none(lines: list[bytes]):
    assert cookie(*lines) is None


@pytest.mark.parametrize("lines", [[b"ours=x", b"ours=y"], [b"ours=x; ours=y"]])
def test_of_several_none_counts(lines: list[bytes]):
    assert cookie(*lines) is None


@pytest.mark.parametrize(
    "other", [b'a={"b":1}', b"b[a]d=1", b"\xff\xfe", b"a,b=1", b"flag", b"=1", b"expires", b""]
)
def test_what_other_servers_of_this_machine_have_set_does_not_hide_it(other: bytes):
    assert cookie(other + b"; ours=x") == "x"
    assert cookie(b"ours=x; " + other) == "x"


# --- whom it is asked under -------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1:8123", "localhost:8123", "[::1]:8123"])
def test_the_names_of_this_machine_are_answered(page: Page, host: str):
    assert (page.get(host=host).status, len(page.scopes)) == (200, 1)


@pytest.mark.parametrize(
    "host",
    [
        LEFT_OUT, "evil.example:8123", "127.0.0.1", "127.0.0.1:80", "LOCALHOST:8123",
        "localhost:8123.", "localhost.:8123", "0.0.0.0:8123", "127.1:8123", "a@localhost:8123",
        "localhost:8123, evil.example", "localhost:8123@evil.example", "localhost:08123",
    ],
)  # fmt: skip
def test_no_other_name_is(page: Page, host: str):
    assert_refused(page, page.get(host=host), 400, "another name")
    assert_refused(page, page.get(START, host=host), 400)
    assert_refused(page, page.get("/static/page.js", host=host), 400)


def test_two_names_are_none(page: Page):
    headers = [("host", HOST), ("host", HOST)]

    assert_refused(page, page.ask("GET", START, headers), 400)


# --- who asks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [LEFT_OUT, "agent-session-8123=", "other=1"])
def test_who_has_not_entered_is_told_how(page: Page, said: str):
    assert_refused(page, page.get(cookie=said), 401, NO_WAY_IN)
    assert_refused(page, page.post(cookie=said), 401)
    assert_refused(page, page.get("/live/inbox", cookie=said), 401)


def test_who_has_left_is_let_in_no_more(page: Page):
    page.doors.leave(page.cookie)

    assert_refused(page, page.get(), 401)


@pytest.mark.parametrize("path", [START, "/static/page.js"])
def test_the_way_in_and_what_it_looks_like_are_for_everybody(page: Page, path: str):
    assert page.get(path, cookie=LEFT_OUT).status == 200
    assert "cookie" not in page.scopes[0]


@pytest.mark.parametrize("path", ["/start/", "/start2", "/static", "//static/", "/Start"])
def test_what_only_looks_like_it_is_not(page: Page, path: str):
    assert_refused(page, page.get(path, cookie=LEFT_OUT), 401)


def test_the_pages_are_told_which_browser_it_is(page: Page):
    page.get()

    assert page.scopes[0]["cookie"] == page.cookie


# --- how --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
@pytest.mark.parametrize("path", ["/", START, "/static/page.js"])
def test_other_methods_are_refused_everywhere(page: Page, method: str, path: str):
    answer = page.get(path, method)

    assert_refused(page, answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("path", [START, "/static/page.js"])
def test_nothing_is_posted_where_everybody_comes(page: Page, path: str):
    assert_refused(page, page.post(path=path), 405, "GET only")


def test_only_the_head_is_asked_for_as_well(page: Page):
    assert page.get(method="HEAD").status == 200


# --- who changes something --------------------------------------------------------------------


def test_a_form_of_ours_comes_through_field_by_field(page: Page):
    body = f"id=a&id=b&words=&token={page.token}&by=%C3%BC+%00".encode()

    assert page.post(body).status == 200
    assert page.scopes[0]["form"] == {"id": ["a", "b"], "words": [""], "by": ["ü \0"]}


def test_a_form_may_come_in_pieces(page: Page):
    headers = page._headers({"origin": OURS})
    pieces = [b"id=a&tok", b"", f"en={page.token}".encode()]

    assert page.ask("POST", "/answer", headers, pieces).status == 200
    assert page.scopes[0]["form"] == {"id": ["a"]}


@pytest.mark.parametrize(
    "origin", [LEFT_OUT, "null", "http://evil.example", f"https://{HOST}", f"{OURS}/", HOST]
)
def test_what_comes_from_another_page_is_refused(page: Page, origin: str):
    assert_refused(page, page.post(origin=origin), 403, "not come from a page of this server")


def test_what_comes_from_two_pages_is_refused(page: Page):
    headers = [*page._headers({"origin": OURS}), ("origin", OURS)]

    assert_refused(page, page.ask("POST", "/answer", headers), 403)


def test_what_comes_from_our_page_under_another_of_our_names_is_refused(page: Page):
    answer = page.post(origin="http://localhost:8123")

    assert_refused(page, answer, 403, "under another name")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "SAME-ORIGIN"])
def test_what_the_browser_says_another_site_has_sent_is_refused(page: Page, site: str):
    assert_refused(page, page.post(sec_fetch_site=site), 403, "another site")


def test_what_the_browser_says_may_not_allow_anything(page: Page):
    answer = page.post(origin="http://evil.example", sec_fetch_site="same-origin")

    assert_refused(page, answer, 403)
    assert page.post(sec_fetch_site="same-origin").status == 200


def test_a_form_without_our_token_is_refused(page: Page):
    other = page.doors.enter(page.doors.new_link())
    assert other is not None
    wrong = page.doors.token_for(other)

    for body in ("", "id=a", "token=", f"token={wrong}", "token=%ED%A0%80"):
        assert_refused(page, page.post(body.encode()), 403, "load the page again")


def test_a_form_with_two_tokens_is_refused(page: Page):
    body = f"token={page.token}&token={page.token}".encode()

    assert_refused(page, page.post(body), 403)


@pytest.mark.parametrize("body", [b"\xff=1", b"a=1&" * 1001])
def test_what_is_no_form_is_refused(page: Page, body: bytes):
    assert_refused(page, page.post(body), 400, "no form")


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_a_form_is_no_larger_than_any_of_ours(page: Page, more: int, status: int):
    begun = f"token={page.token}&words=".encode()

    answer = page.post(begun + b"x" * (LARGEST_FORM + more - len(begun)))

    assert (answer.status, len(page.scopes)) == (status, status == 200)


def test_what_is_too_large_is_not_read_to_its_end(page: Page):
    headers = page._headers({"origin": OURS})
    coming = [b"x" * LARGEST_FORM] * 2  # and the third, which is announced, never comes

    assert_refused(page, page.ask("POST", "/answer", headers, coming, goes_on=True), 413)


def test_a_browser_that_goes_in_the_middle_has_sent_nothing(page: Page):
    headers = page._headers({"origin": OURS})
    pieces = [f"token={page.token}".encode(), None]

    assert_refused(page, page.ask("POST", "/answer", headers, pieces), 413)


# --- reports of browsers ----------------------------------------------------------------------


def test_a_report_comes_through_as_it_is_without_a_token(page: Page):
    assert page.post(b'{"a": "\xff"}', REPORTS, origin=LEFT_OUT).status == 200
    assert page.scopes[0]["report"] == b'{"a": "\xff"}'


def test_a_report_of_a_stranger_is_refused(page: Page):
    assert_refused(page, page.post(b"{}", REPORTS, cookie=LEFT_OUT), 401)
    assert_refused(page, page.post(b"x" * (LARGEST_FORM + 1), REPORTS), 413)


# --- headers ----------------------------------------------------------------------------------


def test_every_answer_has_the_headers_that_keep_it_to_itself(page: Page):
    answers = [
        page.get(),
        page.get(START),
        page.get(host="evil.example"),
        page.get(cookie=LEFT_OUT),
        page.get(method="PUT"),
        page.post(),
        page.post(b""),
        page.post(b"\xff"),
        page.post(b"x" * (LARGEST_FORM + 1)),
        page.post(origin="null"),
    ]

    statuses = [200, 200, 400, 401, 405, 200, 403, 400, 413, 403]
    assert [each.status for each in answers] == statuses
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers
        assert "camera=()" in answer.headers["permissions-policy"]


def test_no_page_runs_or_shows_what_is_not_ours(page: Page):
    policy = page.get().headers["content-security-policy"].split("; ")

    assert policy[0] == "default-src 'none'"
    assert {"base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} <= {*policy}
    assert not any(
        word in each for each in policy for word in ("unsafe", "http:", "https:", "data:", "*")
    )


def test_nothing_is_kept_by_the_browser_unless_the_page_says_so(page: Page):
    assert page.get(cookie=LEFT_OUT).headers["cache-control"] == "no-store"
    assert page.get().headers["cache-control"] == "max-age=60"


# --- what is no question ----------------------------------------------------------------------


def test_that_the_server_starts_and_ends_is_told_to_the_application(page: Page):
    async def none() -> Message:
        return {}

    async def ignore(message: Message) -> None:
        pass

    asyncio.run(page.guard({"type": "lifespan"}, none, ignore))

    assert page.scopes == [{"type": "lifespan"}]
