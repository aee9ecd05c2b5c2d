"""Who may come in: links, cookies, and the tokens of forms."""

from __future__ import annotations

import re

import pytest

from agent_session.surfaces.web.doors import LINK_SECONDS, Doors
from tests.examples import Seconds, counted


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def doors(clock: Seconds) -> Doors:
    return Doors(8123, clock, counted())


def entered(doors: Doors) -> str:
    cookie = doors.enter(doors.new_link())
    assert cookie is not None
    return cookie


# --- links ------------------------------------------------------------------------------------


def test_a_link_is_good_once(doors: Doors):
    link = doors.new_link()

    assert doors.knows(doors.enter(link))
    assert doors.enter(link) is None


@pytest.mark.parametrize(
    ("later", "is_good"), [(LINK_SECONDS - 1, True), (LINK_SECONDS, False)]
)
def test_a_link_is_good_for_a_short_while(
    doors: Doors, clock: Seconds, later: float, is_good: bool
):
    link = doors.new_link()
    clock.now += later

    assert (doors.enter(link) is not None) is is_good


@pytest.mark.parametrize("link", ["", "0" * 64, "ü", "\ud800", "a\0b"])
def test_what_is_no_link_lets_nobody_in(doors: Doors, link: str):
    doors.new_link()

    assert doors.enter(link) is None
    assert doors._browsers == {}


def test_each_link_is_another_and_hard_to_guess(doors: Doors):
    links = {doors.new_link() for _ in range(9)}

    assert len(links) == 9
    assert all(re.fullmatch(r"[0-9a-f]{64}", link) for link in links)


def test_one_link_leaves_the_others_good(doors: Doors):
    first, second = doors.new_link(), doors.new_link()
    doors.enter(first)

    assert doors.enter(second) is not None


def test_links_that_are_too_old_are_swept_away_with_the_next(doors: Doors, clock: Seconds):
    for _ in range(5):
        doors.new_link()
    clock.now += LINK_SECONDS
    doors.new_link()

    assert len(doors._links) == 1


# --- browsers ---------------------------------------------------------------------------------


def test_a_browser_that_has_entered_is_known_for_as_long_as_the_server_runs(
    doors: Doors, clock: Seconds
):
    cookie = entered(doors)
    clock.now += 1e9

    assert doors.knows(cookie)


@pytest.mark.parametrize("cookie", [None, "", "0" * 64, "\udc80"])
def test_no_other_browser_is_known(doors: Doors, cookie: str | None):
    entered(doors)

    assert not doors.knows(cookie)


def test_a_link_is_no_cookie_and_a_cookie_no_link(doors: Doors):
    link = doors.new_link()
    cookie = doors.enter(link)

    assert cookie is not None
    assert not doors.knows(link)
    assert doors.enter(cookie) is None


def test_who_leaves_is_no_longer_known_and_the_others_are(doors: Doors):
    first, second = entered(doors), entered(doors)
    doors.leave(first)
    doors.leave(first)

    assert not doors.knows(first)
    assert doors.knows(second)


def test_at_most_64_browsers_are_known_and_the_oldest_goes_first(doors: Doors):
    cookies = [entered(doors) for _ in range(65)]

    assert [doors.knows(each) for each in cookies] == [False] + [True] * 64


def test_no_secret_that_lets_anybody_in_is_kept_in_clear(doors: Doors):
    link, used = doors.new_link(), doors.new_link()
    cookie = doors.enter(used)
    assert cookie is not None
    kept = repr(vars(doors))

    for secret in (link, used, cookie, doors.token_for(cookie)):
        assert secret not in kept
        assert repr(bytes.fromhex(secret))[2:-1] not in kept


# --- tokens -----------------------------------------------------------------------------------


def test_a_token_is_of_one_cookie(doors: Doors):
    first, second = entered(doors), entered(doors)
    token = doors.token_for(first)

    assert doors.is_token(token, first)
    assert not doors.is_token(token, second)
    assert token not in {first, second}


@pytest.mark.parametrize("token", ["", "0" * 64, "ü", "\ud800", "\0"])
def test_anything_else_is_no_token(doors: Doors, token: str):
    assert not doors.is_token(token, entered(doors))


def test_a_token_is_good_at_one_server_only(clock: Seconds):
    chance = counted()
    here, there = Doors(1, clock, chance), Doors(1, clock, chance)

    assert not there.is_token(here.token_for("cookie"), "cookie")


# --- names ------------------------------------------------------------------------------------


def test_the_names_of_this_machine_are_those_that_no_other_can_have(doors: Doors):
    assert doors.hosts == {"127.0.0.1:8123", "localhost:8123", "[::1]:8123"}
    assert doors.origins == {f"http://{host}" for host in doors.hosts}


def test_two_servers_on_one_machine_have_cookies_of_different_names(clock: Seconds):
    names = {Doors(port, clock, counted()).cookie_name for port in (1, 2)}

    assert names == {"agent-session-1", "agent-session-2"}
