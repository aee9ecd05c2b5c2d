"""The real server, and the real browser that looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from agent_session.core.actions import plan_action
from agent_session.core.store import Query
from tests.e2e.web.chromium import ARGUMENTS, chromium
from tests.e2e.web.served import Served, Visitor, serving

if TYPE_CHECKING:
    from agent_session.core.approvals import Approval

BEFORE = "size = 1\n"
PLAN = "terraform apply the web server"


class Asked(NamedTuple):
    """A session that waits, and the approval that it waits for."""

    agent_id: str
    approval_id: str


class Place:
    """A project with a file, whose agents are played here, and its server."""

    def __init__(self, served: Served, link: str) -> None:
        self.served = served
        self.folder = served.folder
        self.link = link
        self.base = served.base
        self.wiring = served.wiring

    def ask(self, plan: str = PLAN, agent: str = "architect", **more: Any) -> Asked:
        """A session pauses with this plan."""
        agent_id = self.served.session(agent)
        action, folder = plan_action(plan.encode()), str(self.folder)
        asked = self.wiring.approvals.request(agent_id, action, folder, globs=["*.tf"], **more)
        return Asked(agent_id, asked["id"])

    def clear(self) -> None:
        """For the next test: nothing is left but the file as it was."""
        for record in list(self.wiring.store.scan(Query())):
            self.wiring.store.remove(record["agent_id"], record["last_updated"], lambda _: True)
        for path in self.folder.glob("*.tf"):
            path.unlink()
        self.change_the_file(BEFORE)

    def change_the_file(self, content: str) -> None:
        (self.folder / "main.tf").write_text(content)

    def approval(self, asked: Asked) -> Approval:
        return self.wiring.approvals.get(asked.approval_id).approval


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Who lets the browsers in; nothing on the pages may have been kept from running."""
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served.enter()
    assert "reports" not in served.complaints


@pytest.fixture
def place(keeper: Visitor) -> Iterator[Place]:
    place = Place(keeper.served, keeper.served.base + keeper.new_link())
    place.clear()
    yield place
    assert "reports" not in keeper.served.complaints


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright is installed")
    path = chromium()
    if path is None:
        pytest.skip("no chromium is installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def visitor(browser: Any, place: Place) -> Iterator[Looker]:
    visitor = Looker(browser, place)
    visitor.enter(place.link)
    yield visitor
    visitor.context.close()
    assert visitor.complaints == []


class Looker:
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
        self.page.wait_for_function("text => document.body?.innerText.includes(text)", arg=text)

    def press(self, button: str) -> None:
        """Once the page has stood still for as long as it wants to."""
        self.page.wait_for_timeout(1000)
        self.page.get_by_role("button", name=button, exact=True).first.click()
