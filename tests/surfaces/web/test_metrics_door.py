"""Who may read the metrics: a browser that was let in, and whoever has their token."""

from __future__ import annotations

import pytest

from agent_session.surfaces.web.doors import Doors
from agent_session.surfaces.web.guard import METRICS
from tests.examples import counted
from tests.surfaces.web.test_guard import HOST, Answer, Page, assert_refused


@pytest.fixture
def page() -> Page:
    return Page()


def scraped(path: str = METRICS, method: str = "GET", *said: str) -> tuple[Answer, Page]:
    page = Page()
    page.doors = page.guard.doors = Doors(8123, lambda: 0.0, counted(), "s" * 16)
    given = [("host", HOST), *(("authorization", each) for each in said)]
    return page.ask(method, path, given), page


def test_the_token_of_the_metrics_opens_them():
    answer, page = scraped(METRICS, "GET", f"Bearer {'s' * 16}")

    assert (answer.status, len(page.scopes)) == (200, 1)


@pytest.mark.parametrize(
    ("path", "method", "said"),
    [
        ("/", "GET", (f"Bearer {'s' * 16}",)),
        ("/sessions", "GET", (f"Bearer {'s' * 16}",)),
        (METRICS, "POST", (f"Bearer {'s' * 16}",)),
        (METRICS, "GET", ("Bearer x",)),
        (METRICS, "GET", ("Bearer ",)),
        (METRICS, "GET", ()),
        (METRICS, "GET", (f"Bearer {'s' * 16}",) * 2),
    ],
)
def test_it_opens_nothing_else_and_nothing_else_opens_them(
    path: str, method: str, said: tuple[str, ...]
):
    answer, page = scraped(path, method, *said)

    assert_refused(page, answer, 401)


def test_without_a_token_nobody_has_it(page: Page):
    given = [("host", HOST), ("authorization", "Bearer None")]

    assert_refused(page, page.ask("GET", METRICS, given), 401)
    assert page.get(METRICS).status == 200
