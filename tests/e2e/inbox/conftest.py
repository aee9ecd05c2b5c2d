"""The real server as a child process, and the real browser that looks at it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from agent_session.core.actions import plan_action
from agent_session.wiring import Wiring, wire
from tests.e2e.web.chromium import ARGUMENTS, chromium
from tests.project.tree import ROOT

if TYPE_CHECKING:
    from agent_session.core.approvals import Approval

pytest.importorskip("uvicorn", reason="the extra web is not installed")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

BEFORE = "size = 1\n"
PLAN = "terraform apply the web server"


class Asked(NamedTuple):
    """A session that waits, and the approval that it waits for."""

    agent_id: str
    approval_id: str


class Place:
    """A project with a file, whose agents are played here, and its server."""

    def __init__(self, folder: Path, link: str) -> None:
        self.folder = folder
        self.link = link
        self.base = link.partition("/start")[0]
        self.wiring: Wiring = wire("test", project=str(folder))

    def ask(self, plan: str = PLAN, agent: str = "architect", **more: Any) -> Asked:
        """A session pauses with this plan."""
        agent_id = self.wiring.sessions.create(agent, "a larger server")["agent_id"]
        self.wiring.sessions.update(agent_id, "planning")
        action, folder = plan_action(plan.encode()), str(self.folder)
        asked = self.wiring.approvals.request(agent_id, action, folder, globs=["*.tf"], **more)
        return Asked(agent_id, asked["id"])

    def change_the_file(self, content: str) -> None:
        (self.folder / "main.tf").write_text(content)

    def approval(self, asked: Asked) -> Approval:
        return self.wiring.approvals.get(asked.approval_id).approval


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "project"
    (folder / ".claude").mkdir(parents=True)
    (folder / "main.tf").write_text(BEFORE)
    said = tmp_path / "said"
    with (
        said.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "agent_session", "serve", "--port", "0", "--no-browser"],
            cwd=folder,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as server,
    ):
        assert server.stdout is not None
        yield Place(folder, server.stdout.readline().strip())
        server.terminate()
    assert (
        "reports" not in (tmp_path / "said").read_text()
    )  # of what a browser kept from running


def environment(home: Path) -> dict[str, str]:
    """Under no agent's variables, as a person starts it."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": f"{ROOT}/src"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = chromium()
    if path is None:
        pytest.skip("no chromium is installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def visitor(browser: Any, place: Place) -> Iterator[Visitor]:
    visitor = Visitor(browser, place)
    visitor.enter(place.link)
    yield visitor
    visitor.context.close()
    assert visitor.complaints == []


class Visitor:
    """A person at a browser of their own; what the browser complains of is kept."""

    def __init__(self, browser: Any, place: Place, **settings: Any) -> None:
        self.base = place.base
        self.complaints: list[str] = []
        self.context = browser.new_context(**settings)
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        if message.type in ("error", "warning") and "409 (Conflict)" not in message.text:
            self.complaints.append(message.text)

    def enter(self, link: str) -> None:
        self.page.goto(link)
        self.page.wait_for_url(f"{self.base}/")

    def sees(self, text: str) -> None:
        """Waits until it is there."""
        self.page.get_by_text(text).first.wait_for()

    def press(self, button: str) -> None:
        """Once the page has stood still for as long as it wants to."""
        self.page.wait_for_timeout(1000)
        self.page.get_by_role("button", name=button, exact=True).first.click()
