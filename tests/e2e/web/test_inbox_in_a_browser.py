"""The inbox as a person sees it, in a real browser, while agents and files go on."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core.errors import ApprovalEndedError
from tests.e2e.web.conftest import PLAN, Looker, Place

REASON = "not on a Friday; take the smaller one"


# --- a whole round ----------------------------------------------------------------------------


def test_a_session_that_pauses_is_there_without_a_reload(place: Place, visitor: Looker):
    visitor.sees("Nothing waits for an answer")
    visitor.page.evaluate("window.was_here = true")

    place.ask()

    visitor.sees("1 request waits for an answer")
    visitor.sees(PLAN)
    assert visitor.page.evaluate("window.was_here")


def test_a_file_that_changes_is_shown_line_by_line_without_a_reload(
    place: Place, visitor: Looker
):
    place.ask()
    visitor.sees(PLAN)
    visitor.page.evaluate("window.was_here = true")
    visitor.page.wait_for_timeout(1000)  # for what it held to be known

    place.change_the_file("size = 2\n")

    visitor.sees("Changed since the request")
    assert visitor.page.locator(".diff .gone").inner_text() == "-size = 1"
    assert visitor.page.locator(".diff .added").inner_text() == "+size = 2"
    assert visitor.page.evaluate("window.was_here")


def test_a_rejection_carries_its_reason_to_the_agent_that_is_resumed(
    place: Place, visitor: Looker
):
    asked = place.ask()
    visitor.sees(PLAN)
    place.change_the_file("size = 2\n")
    visitor.sees("Changed since the request")
    visitor.page.locator("textarea").first.fill(REASON)
    visitor.press("Reject")
    visitor.sees("Rejected")

    decision = place.approval(asked)["decision"]
    judged = place.wiring.resumes.judge(asked.agent_id)
    brief = place.wiring.briefs.of(place.wiring.sessions.get(asked.agent_id))

    assert (decision["verdict"], decision["strength"]) == ("rejected", "web")
    assert (judged.is_resumable, judged.decision) == (True, "rejected")
    assert REASON in brief


def test_what_is_approved_is_good_for_one_use(place: Place, visitor: Looker):
    asked = place.ask()
    visitor.sees(PLAN)
    visitor.page.locator("textarea").first.fill("go ahead")
    visitor.press("Approve")
    visitor.sees("Approved")

    used = place.wiring.approvals.use(asked.approval_id, PLAN.encode())

    assert used["phase"] == "executing"
    assert place.approval(asked)["decision"]["reason"] == "go ahead"
    with pytest.raises(ApprovalEndedError):
        place.wiring.approvals.use(asked.approval_id, PLAN.encode())


# --- while things change ----------------------------------------------------------------------


def test_a_yes_to_what_has_changed_wants_a_tick_that_it_was_read(place: Place, visitor: Looker):
    asked = place.ask()
    place.change_the_file("size = 2\n")
    visitor.sees("Changed since the request")

    visitor.press("Approve")
    assert place.approval(asked)["status"] == "pending"

    visitor.page.get_by_role("checkbox").check()
    visitor.press("Approve")
    visitor.sees("Approved")
    assert place.approval(asked)["status"] == "approved"


def test_the_tick_is_gone_when_the_file_changes_once_more(place: Place, visitor: Looker):
    place.ask()
    place.change_the_file("size = 2\n")
    visitor.sees("Changed since the request")
    visitor.page.get_by_role("checkbox").check()

    place.change_the_file("size = 33\n")

    visitor.sees("10 bytes")
    visitor.page.wait_for_function(
        "!document.querySelector('article input[type=checkbox]').checked"
    )


def test_a_file_that_changes_as_the_button_is_pressed_makes_no_answer(
    place: Place, visitor: Looker
):
    asked = place.ask()
    visitor.sees(PLAN)
    visitor.page.route("**/live/**", lambda route: route.abort())  # the page hears no more
    visitor.page.goto(f"{place.base}/")
    visitor.page.wait_for_timeout(1000)

    place.change_the_file("size = 2\n")
    visitor.press("Approve")

    visitor.sees("no longer as it was shown to you")
    assert place.approval(asked)["status"] == "pending"
    visitor.complaints.clear()  # of the line that was cut


def test_what_is_typed_and_opened_stays_while_the_page_changes(place: Place, visitor: Looker):
    place.ask()
    visitor.sees(PLAN)
    visitor.page.locator("textarea").first.fill("half a sen")
    visitor.page.locator("summary").first.click()

    place.change_the_file("size = 2\n")
    visitor.sees("Changed since the request")

    assert visitor.page.locator("textarea").first.input_value() == "half a sen"
    assert visitor.page.locator("details").first.evaluate("each => each.open")


def test_a_press_right_after_the_cards_have_moved_answers_nothing(
    place: Place, visitor: Looker
):
    first = place.ask()
    visitor.sees(PLAN)
    visitor.page.wait_for_timeout(1000)
    place.ask("another plan")
    visitor.page.wait_for_selector("article.asked:nth-of-type(2)")

    visitor.page.get_by_role("button", name="Approve", exact=True).first.click()

    visitor.sees("Nothing was answered")
    assert place.approval(first)["status"] == "pending"
    visitor.press("Approve")
    visitor.sees("Approved")


# --- several ----------------------------------------------------------------------------------


def test_what_is_ticked_is_answered_at_once_and_nothing_else(place: Place, visitor: Looker):
    asked = [place.ask(f"plan number {number}") for number in range(3)]
    visitor.sees("3 requests wait for an answer")
    boxes = visitor.page.locator("article header input")
    boxes.nth(0).check()
    boxes.nth(2).check()

    visitor.press("Approve all ticked")
    visitor.sees("Approved")

    found = [place.approval(each)["status"] for each in asked]
    assert found == ["approved", "pending", "approved"]


def test_several_are_not_rejected_without_a_reason(place: Place, visitor: Looker):
    asked = [place.ask(f"plan number {number}") for number in range(2)]
    visitor.sees("2 requests wait for an answer")
    for box in visitor.page.locator("article header input").all():
        box.check()

    visitor.press("Reject all ticked")

    visitor.sees("2 answers were not taken")
    assert [place.approval(each)["status"] for each in asked] == ["pending"] * 2


def one_more(browser: Any, place: Place, visitor: Looker) -> Looker:
    """Somebody else, let in by the visitor."""
    visitor.press("One more browser")
    other = Looker(browser, place)
    other.enter(visitor.page.locator("code.link").inner_text())
    return other


def test_of_two_browsers_one_wins_and_the_other_is_told(
    place: Place, visitor: Looker, browser: Any
):
    asked = place.ask()
    other = one_more(browser, place, visitor)
    other.sees(PLAN)
    other.page.route("**/live/**", lambda route: route.abort())
    other.page.goto(f"{place.base}/")
    visitor.page.goto(f"{place.base}/")

    visitor.press("Approve")
    visitor.sees("Approved")
    other.press("Approve")

    other.sees("was approved by")
    other.context.close()
    assert place.approval(asked)["status"] == "approved"


def test_a_browser_that_looks_on_is_told_what_became_of_a_request(
    place: Place, visitor: Looker, browser: Any
):
    asked = place.ask()
    other = one_more(browser, place, visitor)
    other.sees(PLAN)
    visitor.page.goto(f"{place.base}/")

    visitor.press("Approve")

    other.sees("No longer waits")
    other.page.get_by_role("link", name=asked.approval_id).click()
    other.sees("approved")
    other.context.close()
    assert other.complaints == []


def test_of_ten_answers_at_once_one_is_taken(place: Place, visitor: Looker):
    asked = place.ask()
    visitor.sees(PLAN)
    page = visitor.page
    form = {
        name: page.locator(f"form.answer input[name={name}]").first.input_value()
        for name in ("token", "answer")
    }
    at_once = """async (form) => {
        const body = new URLSearchParams({...form, verdict: "approve"});
        const asked = Array.from({length: 10}, () => fetch("/answer", {method: "POST", body}));
        return (await Promise.all(asked)).map((each) => each.status);
    }"""

    statuses = page.evaluate(at_once, form)

    assert sorted(statuses) == [200] + [409] * 9
    assert place.approval(asked)["status"] == "approved"
