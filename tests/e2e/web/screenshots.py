"""Takes the pictures of docs/web.md anew, of a real server in a real browser."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from agent_session.core import approvals
from agent_session.core.actions import plan_action
from agent_session.services.decisions import Person
from agent_session.wiring import Wiring, wire
from demo.web import JOBS, Stage, ask
from tests.e2e.web.chromium import ARGUMENTS, chromium
from tests.e2e.web.weeks import weeks_of_work

DEPLOY = b"helm upgrade checkout ./chart --set image.tag=2026.11\n"


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        stage = Stage(place)
        for job in JOBS:
            stage.write(job.file, job.content)
            ask(stage, job)
        weeks_of_work(wire("demo", project=place))
        agent_id = _a_day_of_work(wire("demo", project=place))
        with _served(stage) as link, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=list(ARGUMENTS)
            )
            _take(browser, stage, link, agent_id, folder)
            browser.close()


def _a_day_of_work(wiring: Wiring) -> str:
    """A session that waited for its answer over night; its id."""
    now = datetime.now(UTC) - timedelta(hours=15)
    wiring.now = lambda: now
    sessions = wiring.sessions
    agent_id = sessions.create("release-engineer", "checkout to version 2026.11")["agent_id"]
    for minutes, phase in ((1, "investigating"), (7, "planning")):
        now += timedelta(minutes=minutes)
        sessions.update(agent_id, phase)
    sessions.update(agent_id, error="helm: the cluster did not answer within 30 s")
    now += timedelta(minutes=4)
    asked = wiring.approvals.request(agent_id, plan_action(DEPLOY), wiring.project)
    now += timedelta(hours=14, minutes=20)
    decisions = wiring.decisions
    decisions.agent_around = lambda: None  # whoever takes the pictures
    decisions.approve(asked, Person("ada", approvals.WEB), "not before nine o'clock")
    now += timedelta(minutes=2)
    wiring.approvals.use(asked["id"], DEPLOY)
    return agent_id


@contextmanager
def _served(stage: Stage) -> Iterator[str]:
    command = (*stage.command, "serve", "--port", "0", "--no-browser")
    server = subprocess.Popen(command, env=stage.environ, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.communicate()


def _take(browser: Browser, stage: Stage, link: str, agent_id: str, folder: Path) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 800})
    page = context.new_page()
    page.goto(link)
    page.get_by_text("3 requests wait").wait_for()
    page.screenshot(path=folder / "web-inbox.png")
    _change_a_file(page, stage)
    page.locator("article.asked").first.screenshot(path=folder / "web-drift.png")
    dark = browser.new_context(
        viewport={"width": 1100, "height": 1000},
        color_scheme="dark",
        storage_state=context.storage_state(),
    ).new_page()
    dark.goto(page.url + f"sessions/{agent_id}")
    dark.screenshot(path=folder / "web-session.png")
    dark.goto(page.url + f"sessions/{agent_id}/replay?step=3")
    dark.screenshot(path=folder / "web-replay.png")
    light = context.new_page()
    light.set_viewport_size({"width": 1100, "height": 1350})
    light.goto(page.url + "measures")
    light.locator(".uplot").last.wait_for()
    light.screenshot(path=folder / "web-measures.png")
    phone = browser.new_context(
        viewport={"width": 390, "height": 800}, storage_state=context.storage_state()
    ).new_page()
    phone.goto(page.url)
    phone.screenshot(path=folder / "web-phone.png")


def _change_a_file(page: Page, stage: Stage) -> None:
    page.wait_for_timeout(1500)  # the page has to know what the file held before
    job = JOBS[0]
    stage.write(job.file, job.content.replace("t3.medium", "t3.metal"))
    page.get_by_text("changed since").first.wait_for()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
