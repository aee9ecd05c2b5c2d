"""The pages as people read them: without JavaScript, by keyboard, on a phone, in the dark; and
all sessions, page by page.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.web.conftest import PLAN, Looker, Place

PHONE = {"width": 390, "height": 800}


def another(browser: Any, place: Place, visitor: Looker, **settings: Any) -> Looker:
    """The same person, in a browser that is set up in another way."""
    state = visitor.context.storage_state()
    looker = Looker(browser, place, storage_state=state, **settings)
    looker.page.goto(f"{place.base}/")
    return looker


def names(visitor: Looker) -> list[str]:
    """The agents of the sessions that are listed."""
    return list(visitor.page.locator("tbody th a").all_inner_texts())


# --- ways of reading --------------------------------------------------------------------------


def test_without_javascript_it_is_read_and_answered(
    browser: Any, place: Place, visitor: Looker
):
    asked = place.ask()
    plain = another(browser, place, visitor, java_script_enabled=False)

    plain.sees(PLAN)
    plain.page.get_by_role("button", name="Approve", exact=True).click()
    plain.sees("Approved")
    plain.page.goto(f"{place.base}/sessions/{asked.agent_id}")
    plain.sees("architect")
    plain.context.close()

    assert place.approval(asked)["status"] == "approved"


def test_by_keyboard_alone_a_request_is_found_and_answered(place: Place, visitor: Looker):
    asked = place.ask()
    visitor.sees(PLAN)
    page = visitor.page
    page.wait_for_timeout(1000)

    def focused() -> str:
        return str(page.evaluate("document.activeElement.name || document.activeElement.id"))

    for _ in range(30):
        page.keyboard.press("Tab")
        if focused() == "words":
            break
    page.keyboard.type("no, and I mean it")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "approve"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    visitor.sees("Rejected")

    assert place.approval(asked)["decision"]["reason"] == "no, and I mean it"


@pytest.mark.parametrize("path", ["/", "/sessions", "/sessions/{}", "/approvals/{}"])
def test_every_control_has_a_name(path: str, place: Place, visitor: Looker):
    asked = place.ask()
    place.change_the_file("size = 2\n")
    number = asked.approval_id if "approvals" in path else asked.agent_id
    visitor.page.goto(place.base + path.format(number))

    nameless = visitor.page.evaluate(
        """() => Array.from(document.querySelectorAll("input, textarea, select, button, a"))
        .filter((each) => each.type !== "hidden")
        .filter((each) => !(each.labels?.length || each.ariaLabel || each.textContent.trim()
            || each.getAttribute("aria-labelledby")))
        .map((each) => each.outerHTML)"""
    )

    assert nameless == []


@pytest.mark.parametrize("path", ["/", "/sessions", "/sessions/{}", "/approvals/{}"])
def test_no_page_is_wider_than_a_phone(path: str, browser: Any, place: Place, visitor: Looker):
    asked = place.ask("terraform " * 40 + "x" * 300, agent="a" * 200)
    number = asked.approval_id if "approvals" in path else asked.agent_id
    phone = another(browser, place, visitor, viewport=PHONE)

    phone.page.goto(place.base + path.format(number))
    width = phone.page.evaluate("document.documentElement.scrollWidth")
    phone.context.close()

    assert width <= PHONE["width"]


def test_it_is_dark_where_the_system_is(browser: Any, place: Place, visitor: Looker):
    def back(looker: Looker) -> str:
        return str(looker.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    dark = another(browser, place, visitor, color_scheme="dark")
    shades = back(visitor), back(dark)
    dark.context.close()

    assert shades[0] != shades[1]


# --- sessions ---------------------------------------------------------------------------------


def test_older_sessions_follow_page_by_page_each_once(place: Place, visitor: Looker):
    for number in range(120):
        place.wiring.sessions.create(f"agent-{number}")
    visitor.page.goto(f"{place.base}/sessions")
    pages = [names(visitor)]
    while visitor.page.get_by_role("link", name="Older").count():
        visitor.page.get_by_role("link", name="Older").click()
        visitor.page.wait_for_load_state()
        pages.append(names(visitor))

    assert [len(each) for each in pages] == [50, 50, 20]
    listed = [name for each in pages for name in each]
    assert listed == [f"agent-{number}" for number in reversed(range(120))]
    visitor.page.get_by_role("link", name="Newest").click()
    visitor.sees("agent-119")


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("agent", "alpha", ["alpha"]),
        ("text", "PODS in", ["beta"]),
        ("since", "1h", ["beta", "alpha"]),
        ("until", "1h", []),
    ],
)
def test_sessions_are_found_by_what_is_typed(
    field: str, value: str, found: list[str], place: Place, visitor: Looker
):
    place.wiring.sessions.create("alpha")
    place.wiring.sessions.create("beta", metadata={"task": "pods in a loop"})
    visitor.page.goto(f"{place.base}/sessions")

    visitor.page.locator(f"[name={field}]").fill(value)
    visitor.page.get_by_role("button", name="Filter").click()
    visitor.page.wait_for_url("**/sessions?*")

    assert names(visitor) == found


def test_sessions_are_found_by_their_phase(place: Place, visitor: Looker):
    place.wiring.sessions.create("alpha")
    place.ask(agent="beta")
    visitor.page.goto(f"{place.base}/sessions")

    visitor.page.get_by_label("Phase").select_option("approval")
    visitor.page.get_by_role("button", name="Filter").click()
    visitor.page.wait_for_url("**/sessions?*")

    assert names(visitor) == ["beta"]


def test_a_session_tells_its_life_and_goes_on_telling(place: Place, visitor: Looker):
    asked = place.ask()
    place.wiring.sessions.update(asked.agent_id, error="the cluster did not answer")
    visitor.page.goto(f"{place.base}/sessions/{asked.agent_id}")

    for text in ("It may not be resumed now", "approval_pending", "the cluster did not answer"):
        visitor.sees(text)
    assert visitor.page.locator("svg.life rect").count() == 3
    place.wiring.sessions.update(asked.agent_id, metadata={"note": "found the leak"})
    visitor.sees("note=found the leak")


@pytest.mark.parametrize("what", ["Record", "Brief"])
def test_record_and_brief_are_one_press_away(what: str, place: Place, visitor: Looker):
    asked = place.ask()
    visitor.page.goto(f"{place.base}/sessions/{asked.agent_id}")

    visitor.page.get_by_role("link", name=what).click()

    visitor.sees(f"{what} of architect")
    assert asked.agent_id in visitor.page.locator(".whole").inner_text()
