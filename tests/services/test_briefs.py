"""The brief of a resumed session, with a look at the world as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from agent_session.core import hosts
from agent_session.core.actions import tool_action
from agent_session.core.claims import Claimant
from agent_session.core.errors import InvalidValueError
from agent_session.services.briefs import MOST_BYTES_LOOKED_AT, Briefs
from tests.approvals import Surroundings, a_file
from tests.services.joined import ADA, Joined


@pytest.fixture
def joined() -> Joined:
    return Joined()


def brief_of(joined: Joined, agent_id: str, world: Surroundings | None = None) -> str:
    """The brief of the session in *world*; its marker is all sevens."""
    briefs = Briefs(
        lambda: world or joined.world, now=joined.clock, randomness=lambda count: b"w" * count
    )
    return briefs.of(joined.sessions.get(agent_id))


def test_it_is_fenced_by_sixteen_bytes_of_chance(joined: Joined):
    assert brief_of(joined, joined.create()).splitlines().count("77" * 16) == 2


def test_a_resumed_agent_is_told_its_token_and_the_reason_of_the_person(joined: Joined):
    agent_id = joined.create()
    joined.decisions.reject(joined.ask(agent_id), ADA, "only eu-west-1")
    joined.resumes.check_delegation("ta", who=Claimant("a"))
    text = brief_of(joined, agent_id)

    assert "AGENT_SESSION_TOKEN=1" in text
    assert "plan anew" in text
    assert "only eu-west-1" in text


def test_what_has_changed_since_the_request_is_told(joined: Joined):
    agent_id = joined.create()
    joined.approve(joined.ask(agent_id))

    assert "nothing has changed since" in brief_of(joined, agent_id)
    joined.world.found["plan.out"] = a_file(size=26)
    assert "changed: ~ plan.out" in brief_of(joined, agent_id)


def test_an_agent_that_does_not_remember_is_told_what_it_had_asked(joined: Joined):
    agent_id = joined.create()
    joined.approve(joined.ask(agent_id))

    told = brief_of(joined, agent_id)
    assert "what was approved, in the folder /project:\nterraform apply plan.out" in told


def test_an_agent_that_stands_elsewhere_is_told_where_it_stood(joined: Joined):
    host = hosts.paused(hosts.host_of("x", "s1", "a1", cwd="/project"))
    agent_id = joined.sessions.create("ta", host={**host, "cwd": "/"})["agent_id"]

    assert "at the pause: cwd was /project, is /" in brief_of(joined, agent_id)


def test_what_a_guard_asked_for_is_told_as_the_call_to_make(joined: Joined):
    agent_id = joined.create()
    action = tool_action("Bash", {"command": "terraform apply"})
    guard = ("terraform *", lambda nonce: nonce * 2)
    joined.approve(joined.approvals.request(agent_id, action, "/", guard=guard))
    text = brief_of(joined, agent_id)

    assert "Make exactly the call of Bash that was asked for, in the folder" in text
    assert "terraform apply" in text


def test_where_no_files_were_named_nothing_is_said_of_any(joined: Joined):
    agent_id = joined.create()
    joined.approve(joined.ask(agent_id, globs=[]))

    assert "changed since" not in brief_of(joined, agent_id)


def test_where_nobody_asked_the_world_is_not_looked_at(joined: Joined):
    assert "changed since" not in brief_of(joined, joined.create(), Blind())


def test_too_much_is_not_looked_at(joined: Joined):
    joined.world.found["plan.out"] = a_file(size=MOST_BYTES_LOOKED_AT + 1)
    agent_id = joined.create()
    joined.ask(agent_id)

    assert "changed since" not in brief_of(joined, agent_id, Blind())


class Blind(Surroundings):
    """A world that nobody may look at."""

    def files_again(self, globs: Sequence[str], folder: str) -> list[dict[str, Any]]:
        raise AssertionError


class Gone(Surroundings):
    """A world whose folder is gone."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def files_again(self, globs: Sequence[str], folder: str) -> list[dict[str, Any]]:
        raise self.error


@pytest.mark.parametrize("error", [InvalidValueError("no folder"), OSError(2, "gone")])
def test_a_world_that_cannot_be_looked_at_does_not_stand_in_the_way(
    joined: Joined, error: Exception
):
    agent_id = joined.create()
    joined.ask(agent_id)

    assert "changed since" not in brief_of(joined, agent_id, Gone(error))
