"""What agents write is text, in whichever field and on whichever page."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from agent_session.core import approvals
from agent_session.core.visible import lines, one_line
from agent_session.services.decisions import Person
from tests.e2e.web.conftest import Looker, Place
from tests.e2e.web.injections import INJECTIONS

AT_ONCE = 40


class Suspicious(Looker):
    """Keeps whatever the page has asked other servers for, and each dialog that it opened."""

    def __init__(self, browser: Any, place: Place) -> None:
        super().__init__(browser, place)
        self.page.on("dialog", lambda dialog: self._note(dialog, dialog.message))
        self.page.on("request", self._look)

    def _note(self, dialog: Any, words: str) -> None:
        self.complaints.append(words)
        dialog.dismiss()

    def _look(self, request: Any) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.base).netloc:
            self.complaints.append(request.url)

    def missing(self, path: str, expected: list[str]) -> list[str]:
        """Those of the *expected* texts that the page at *path* does not show."""
        self.page.goto(f"{self.base}{path}")
        self.page.wait_for_timeout(300)  # for what would run late, and for the live part
        if self.page.evaluate("window.ran") is not None:
            self.complaints.append("a script has run")
        shown = " ".join(self.page.evaluate("document.body.textContent").split())
        return [each for each in expected if " ".join(each.split()) not in shown]


@pytest.fixture
def suspicious(browser: Any, place: Place) -> Any:
    looker = Suspicious(browser, place)
    looker.enter(place.link)
    yield looker
    looker.context.close()
    assert looker.complaints == []


def on_lines(texts: list[str]) -> list[str]:
    return [line for text in texts for line in lines(text)]


def batches() -> list[list[str]]:
    return [list(INJECTIONS[at : at + AT_ONCE]) for at in range(0, len(INJECTIONS), AT_ONCE)]


def test_there_are_two_hundred_of_them() -> None:
    assert len(set(INJECTIONS)) >= 200


def test_names_and_purposes_are_text(place: Place, suspicious: Suspicious) -> None:
    for text in INJECTIONS:
        place.wiring.sessions.create(text, text)

    found, path = [], "/sessions"
    expected = {one_line(text) for text in INJECTIONS}
    while path:
        found.append(set(suspicious.missing(path, sorted(expected))))
        older = suspicious.page.get_by_role("link", name="Older")
        path = older.get_attribute("href") if older.count() else ""

    assert len(found) == -(-len(INJECTIONS) // 50)
    assert set.intersection(*found) == set()


def test_plans_and_summaries_are_text(place: Place, suspicious: Suspicious) -> None:
    for batch in batches():
        place.ask("\n".join(batch), summary="\n".join(batch))

    assert suspicious.missing("/", on_lines(list(INJECTIONS))) == []


def test_the_input_of_a_tool_and_the_names_of_files_are_text(
    place: Place, suspicious: Suspicious
) -> None:
    named = [text for text in INJECTIONS if "/" not in text and "\n" not in text]
    for text in named:
        (place.folder / f"{text}.tf").write_text("")
    place.ask(json.dumps(named))

    # Invisible signs are spelt out in a name before a person comes to see it.
    visible = [f"{text}.tf" for text in named if text.isascii()]
    assert len(visible) > AT_ONCE
    assert suspicious.missing("/", visible) == []


def test_errors_metadata_and_answers_are_text(place: Place, suspicious: Suspicious) -> None:
    person = Person("a person", approvals.WEB)
    decisions = place.wiring.decisions
    decisions.agent_around = lambda: None
    for batch in batches():
        agent_id, approval_id = place.ask()
        asked = place.wiring.approvals.get(approval_id).approval
        decisions.reject(asked, person, "\n".join(batch))
        place.wiring.sessions.update(agent_id, metadata={"said": batch})
        place.wiring.sessions.update(agent_id, error="\n".join(batch))

        expected = on_lines(batch)
        assert suspicious.missing(f"/sessions/{agent_id}", expected) == []
        assert suspicious.missing(f"/approvals/{approval_id}", expected) == []
        suspicious.missing(f"/sessions/{agent_id}/record", [])
        suspicious.missing(f"/sessions/{agent_id}/brief", [])


def test_text_that_arrives_while_somebody_looks_is_text(
    place: Place, suspicious: Suspicious
) -> None:
    suspicious.page.goto(f"{place.base}/")
    for batch in batches():
        place.ask("\n".join(batch))

    suspicious.sees(f"{len(batches())} requests wait")
    suspicious.page.wait_for_timeout(300)

    assert suspicious.page.evaluate("window.ran") is None
