"""The charts of the measures and the slider of a replay, as people see them."""

from __future__ import annotations

from typing import Any

from tests.e2e.web.conftest import Looker, Place
from tests.e2e.web.test_reading_in_a_browser import PHONE, another
from tests.e2e.web.weeks import AGENT, weeks_of_work

CHARTS = 6


def measures(visitor: Looker, place: Place, asked: str = "") -> Any:
    visitor.page.goto(f"{place.base}/measures{asked}")
    return visitor.page


def drawn(page: Any) -> list[list[list[float | None]]]:
    """The lines of each chart, without its times."""
    page.locator(".uplot").nth(CHARTS - 1).wait_for()
    charts = page.locator(".charts figure")
    return list(charts.evaluate_all("all => all.map(each => each.chart.data.slice(1))"))


def test_every_chart_is_drawn_and_has_its_numbers_in_the_table(
    place: Place, visitor: Looker
) -> None:
    weeks_of_work(place.wiring)
    report = place.wiring.measures.report()
    page = measures(visitor, place)

    counts, rates, *_ = drawn(page)

    periods = report["trends"]["periods"]
    assert counts == [
        [each["counts"]["sessions"] for each in periods],
        [each["delegations"] for each in periods],
    ]
    assert rates == [[each["resume_rate"] for each in periods], [0.6] * len(periods)]
    shown = page.locator("#trends tbody tr").first.locator("td").all_inner_texts()
    assert shown[:2] == [str(line[0]) for line in counts]
    assert page.locator(".uplot canvas").count() == CHARTS
    assert page.locator("#undrawn").is_hidden()


def test_a_filter_stays_in_the_address(place: Place, visitor: Looker) -> None:
    page = measures(visitor, place)
    page.get_by_label("Agent").fill(AGENT)
    page.get_by_label("From").fill("3d")
    page.get_by_role("button", name="Show").click()

    page.wait_for_url("**/measures?agent=*&since=3d&until=")
    assert page.get_by_label("Agent").input_value() == AGENT


def test_without_javascript_the_numbers_are_all_there(
    browser: Any, place: Place, visitor: Looker
) -> None:
    plain = another(browser, place, visitor, java_script_enabled=False)
    page = measures(plain, place)

    assert page.locator("#undrawn").is_visible()
    assert page.locator("#trends tbody tr").count() >= 1
    plain.context.close()


def test_on_a_phone_the_charts_fit(browser: Any, place: Place, visitor: Looker) -> None:
    phone = another(browser, place, visitor, viewport=PHONE)
    page = measures(phone, place)
    drawn(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.context.close()


# --- replay -----------------------------------------------------------------------------------


def test_the_slider_shows_the_record_as_it_stood(place: Place, visitor: Looker) -> None:
    agent_id = place.ask().agent_id
    page = visitor.page
    page.goto(f"{place.base}/sessions/{agent_id}")
    page.get_by_role("link", name="Replay").click()
    page.get_by_text("3 of 3").wait_for()
    page.wait_for_load_state("load")

    page.get_by_role("slider", name="Step").fill("2")
    page.get_by_text("2 of 3").wait_for()
    visitor.sees("initializing -> planning")
    assert '"phase": "planning"' in page.locator(".theirs").inner_text()

    page.get_by_role("link", name="Before").click()
    page.wait_for_url("**?step=1")
    assert '"phase": "initializing"' in page.locator(".theirs").inner_text()


def test_a_step_that_is_none_is_the_nearest(
    browser: Any, place: Place, visitor: Looker
) -> None:
    agent_id = place.ask().agent_id
    plain = another(browser, place, visitor, java_script_enabled=False)

    for asked, shown in (("99", "3 of 3"), ("0", "1 of 3"), ("x", "3 of 3"), ("-1", "3 of 3")):
        plain.page.goto(f"{place.base}/sessions/{agent_id}/replay?step={asked}")
        assert plain.page.get_by_text(shown).count()
    plain.page.get_by_role("link", name="Before").click()
    plain.page.get_by_text("2 of 3").wait_for()
    plain.context.close()
