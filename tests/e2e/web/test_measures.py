"""Measures, metrics and replay, as the real server gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.web.served import Served, Visitor, serving
from tests.e2e.web.test_serve import SERVE, ran
from tests.e2e.web.weeks import weeks_of_work

TOKEN = "a-token-of-the-metrics"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("served")
    (place / "token").write_text(f"{TOKEN}\n")
    with serving(place, "--metrics-token-file", str(place / "token")) as served:
        weeks_of_work(served.wiring)
        yield served


@pytest.fixture(scope="module")
def visitor(served: Served) -> Visitor:
    return served.enter()


# --- metrics ----------------------------------------------------------------------------------


def test_prometheus_reads_the_figures_with_its_token(served: Served) -> None:
    answer = served.http("GET", "/metrics", {"Authorization": f"Bearer {TOKEN}"})
    counted = served.wiring.measures.report()

    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert found["agent_session_sessions",] == counted["counts"]["sessions"]
    assert found["agent_session_resume_rate",] == pytest.approx(counted["resume_rate"])
    assert found["agent_session_duration_seconds", "0.95"] == pytest.approx(
        counted["duration_seconds"]["p95"]
    )


def test_nobody_else_reads_them_but_a_browser_that_was_let_in(
    served: Served, visitor: Visitor
) -> None:
    assert served.http("GET", "/metrics", {}).status == 401
    assert served.http("GET", "/metrics", {"Authorization": "Bearer x"}).status == 401
    assert served.http("GET", "/", {"Authorization": f"Bearer {TOKEN}"}).status == 401
    assert "agent_session_sessions" in visitor.get("/metrics").text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read"),
        ("short", "holds no token"),
        ("two words here, long", "holds no"),
    ],
)
def test_a_token_that_is_none_is_told(tmp_path: Path, content: str | None, why: str) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)

    done = ran(tmp_path, *SERVE, "--no-browser", "--metrics-token-file", str(path))

    assert (done.returncode, done.stdout) == (1, "")
    assert why in done.stderr


# --- the page ---------------------------------------------------------------------------------


def test_the_page_is_of_what_is_asked_for(visitor: Visitor) -> None:
    assert "is no time" in visitor.get("/measures?since=soon").text
    assert visitor.get("/measures?since=soon").status == 400
    assert visitor.get("/measures?agent=" + "x" * 300).status == 400
    assert "Nothing was asked for then" in visitor.get("/measures?agent=nobody").text
