"""Requests that no page of the server has sent: each is right but for one thing, and none of
them has an effect.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.e2e.web.served import Served, Visitor, serving

if TYPE_CHECKING:
    from tests.e2e.web.served import Answer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "report-uri /csp-report"
)


class Ground:
    """A request that waits, somebody who may answer it, and somebody else who may."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.visitor = served.enter()
        self.other = self.visitor.another()
        self.approval_id = served.ask()
        self.form = self.visitor.form(self.approval_id)

    def raw(
        self,
        change: Callable[[dict[str, Any]], object] = lambda _: None,
        method: str = "POST",
        body: str | bytes | None = None,
        version: str = "1.1",
    ) -> int:
        """The status of a right answer but for *change*; a header may have several values."""
        data = urlencode(self.form) if body is None else body
        data = data.encode() if isinstance(data, str) else data
        headers: dict[str, Any] = self.visitor.headers | {"Content-Length": str(len(data))}
        change(headers)
        lines = [f"{method} /answer HTTP/{version}", "Connection: close"]
        for name, values in headers.items():
            lines += [
                f"{name}: {each}" for each in ([values] if isinstance(values, str) else values)
            ]
        with socket.create_connection(("127.0.0.1", self.served.port), 20) as server:
            server.sendall("\r\n".join([*lines, "", ""]).encode() + data)
            return int(server.makefile("rb").readline().split()[1])

    @property
    def is_untouched(self) -> bool:
        return self.served.approval(self.approval_id)["decision"] is None


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    pytest.importorskip("uvicorn", reason="the extra web is not installed")
    with serving(tmp_path_factory.mktemp("foreign")) as served:
        yield Ground(served)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server that nobody has entered yet."""
    pytest.importorskip("uvicorn", reason="the extra web is not installed")
    with serving(tmp_path) as server:
        yield server


HOSTS = {
    "evil.com": 400,
    "evil.com:PORT": 400,
    "127.0.0.1.evil.com:PORT": 400,
    "127.0.0.1": 400,
    "127.0.0.1:1": 400,
    "localhost.:PORT": 400,
    "LOCALHOST:PORT": 400,
    "localhost:PORT": 403,  # another name of ours, from which no page has sent this
    "[::1]:PORT": 403,
    "me@127.0.0.1:PORT": 400,
    "127.1:PORT": 400,
    "2130706433:PORT": 400,
    "0.0.0.0:PORT": 400,
    "127.0.0.1:0PORT": 400,
    "127.0.0.1:PORT, evil.com": 400,
    "127.0.0.1:PORT/": 400,
    "": 400,
}


@pytest.mark.parametrize("host", HOSTS)
def test_under_another_name_there_is_nothing(ground: Ground, host: str):
    name = host.replace("PORT", str(ground.served.port))

    assert ground.raw(lambda headers: headers.update(Host=name)) == HOSTS[host]
    assert ground.is_untouched


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_without_a_name_there_is_nothing(ground: Ground, version: str):
    assert ground.raw(lambda headers: headers.pop("Host"), version=version) == 400
    assert ground.is_untouched


def test_under_two_names_there_is_nothing(ground: Ground):
    two = [ground.served.host, "evil.com"]

    assert ground.raw(lambda headers: headers.update(Host=two)) == 400
    assert ground.raw(lambda headers: headers.update(Host=two[::-1])) == 400
    assert ground.is_untouched


@pytest.mark.parametrize(
    "origin",
    [
        *("null", "", "http://evil.com", "http://evil.com:PORT", "https://127.0.0.1:PORT"),
        *("http://127.0.0.1", "http://127.0.0.1:1", "http://127.0.0.1:PORT."),
        *("http://127.0.0.1.:PORT", "http://127.0.0.1:PORT.evil.com", "http://localhost:PORT"),
        *("http://127.0.0.1.evil.com:PORT", "http://evil.com/http://127.0.0.1:PORT"),
        *("http://127.0.0.1:PORT/", "HTTP://127.0.0.1:PORT", "http://127.0.0.1:PORT null"),
        *("http://me@127.0.0.1:PORT", "http://[::1]:PORT", "file://", "chrome-extension://abc"),
    ],
)
def test_what_comes_from_elsewhere_is_refused(ground: Ground, origin: str):
    said = origin.replace("PORT", str(ground.served.port))

    assert ground.raw(lambda headers: headers.update(Origin=said)) == 403
    assert ground.is_untouched


def test_what_does_not_say_once_where_it_comes_from_is_refused(ground: Ground):
    two = [ground.served.base, "http://evil.com"]

    assert ground.raw(lambda headers: headers.pop("Origin")) == 403
    assert ground.raw(lambda headers: headers.update(Origin=two)) == 403
    assert ground.is_untouched


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "", "Same-Origin"])
def test_what_another_site_has_sent_is_refused(ground: Ground, site: str):
    assert ground.raw(lambda headers: headers.update({"Sec-Fetch-Site": site})) == 403
    assert ground.is_untouched


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "QUERY"]
)
def test_answers_are_posted(ground: Ground, method: str):
    assert ground.raw(method=method) == 405
    assert ground.is_untouched


COOKIES = {
    "": "empty",
    "NAME=": "no value",
    "NAME=" + "0" * 64: "wrong",
    "agent-session=VALUE": "without its port",
    "agent-session-1=VALUE": "of another port",
    "NAME=VALUE; NAME=VALUE": "twice",
    "NAME=VALUE; NAME=x": "two",
    "NAME=VALUEx": "longer",
}


@pytest.mark.parametrize("cookie", COOKIES, ids=COOKIES.values())
def test_without_its_cookie_nobody_is_let_in(ground: Ground, cookie: str):
    name, _, value = ground.visitor.cookie.partition("=")
    said = cookie.replace("NAME", name).replace("VALUE", value)

    assert ground.raw(lambda headers: headers.update(Cookie=said)) == 401
    assert ground.is_untouched


def test_no_cookie_at_all_and_another_cookie_let_nobody_in(ground: Ground):
    assert ground.raw(lambda headers: headers.pop("Cookie")) == 401
    assert ground.raw(lambda headers: headers.update(Cookie=ground.other.cookie)) == 403
    assert ground.is_untouched


BODIES: dict[str, tuple[int, Callable[[Ground], str | bytes]]] = {
    "no token": (403, lambda each: urlencode(each.form | {"token": ""})),
    "another token": (403, lambda each: urlencode(each.form | {"token": "0" * 64})),
    "the other browser's": (
        403,
        lambda each: urlencode(each.other.form(each.approval_id)),
    ),
    "two tokens": (403, lambda each: f"{urlencode(each.form)}&token={each.form['token']}"),
    "JSON": (403, lambda _: b'{"token": 1}'),
    "nothing": (403, lambda _: b""),
    "too large": (413, lambda each: f"{urlencode(each.form)}&words={'x' * (1 << 16)}"),
    "no UTF-8": (400, lambda each: urlencode(each.form).encode() + b"&words=\xff"),
    "5000 fields": (400, lambda each: urlencode(each.form) + "&a=b" * 5000),
    "two verdicts": (400, lambda each: urlencode(each.form) + "&verdict=reject"),
    "two words": (400, lambda each: urlencode(each.form) + "&words=a&words=b"),
    "no verdict": (400, lambda each: urlencode(each.form | {"verdict": ""})),
    "another verdict": (400, lambda each: urlencode(each.form | {"verdict": "approved"})),
    "no request": (400, lambda each: urlencode(each.form | {"answer": ""})),
    "something else seen": (
        409,
        lambda each: urlencode(each.form | {"answer": f"{each.approval_id} {'0' * 64}"}),
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_form_that_is_not_ours_is_refused(ground: Ground, name: str):
    status, body = BODIES[name]

    assert ground.raw(body=body(ground)) == status
    assert ground.is_untouched


def test_a_body_in_pieces_has_no_more_room(ground: Ground):
    def chunked(headers: dict[str, Any]) -> None:
        del headers["Content-Length"]
        headers["Transfer-Encoding"] = "chunked"

    body = b"20000\r\n" + b"x" * 0x20000 + b"\r\n0\r\n\r\n"
    assert ground.raw(chunked, body=body) == 413
    assert ground.is_untouched


def test_a_link_is_good_once_and_a_look_at_its_head_does_not_use_it_up(served: Served):
    assert served.http("HEAD", served.path, {}).status == 401
    assert served.enter().get().status == 200
    assert served.http("GET", served.path, {}).status == 401


def assert_guarded(answer: Answer) -> None:
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"
    assert [name for name in answer.headers if name.lower().startswith("access-control")] == []
    assert "Server" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/", "/sessions", "/nothing", "/static/page.js", "/start", "/static/nothing"]
)
@pytest.mark.parametrize("is_known", [True, False])
def test_every_answer_is_guarded(ground: Ground, path: str, is_known: bool):
    visitor = ground.visitor if is_known else Visitor(ground.served, "a=b")

    assert_guarded(visitor.get(path))


def test_the_right_one_counts(served: Served):
    ground = Ground(served)

    assert ground.raw() == 303
    assert not ground.is_untouched
