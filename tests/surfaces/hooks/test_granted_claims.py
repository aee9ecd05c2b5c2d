"""What the hook before a delegation grants, it claims in the same step: of many who ask at once
one is told to resume, and the others by whom it is claimed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.actions import plan_action
from agent_session.core.approvals import WEB
from agent_session.services.decisions import Person
from tests.surfaces.hooks.hook_project import AGENT, HookProject

if TYPE_CHECKING:
    from pathlib import Path

PERSON = Person("ana", WEB)
MANY = 8


@pytest.fixture
def project(tmp_path: Path) -> HookProject:
    return HookProject(tmp_path)


def test_of_eight_hooks_that_race_one_wins_and_seven_are_told_who_it_was(
    project: HookProject,
) -> None:
    project.session()
    askers = [{"agent_name": AGENT, "holder": f"host-{number}"} for number in range(MANY)]

    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(project.ask, askers))

    winners = [number for number, answer in enumerate(answers) if answer["should_resume"]]
    others = [answer for answer in answers if not answer["should_resume"]]
    assert len(winners) == 1
    told = [(answer["reason"], answer["claimed_by"]) for answer in others]
    assert told == [("claimed", f"host-{winners[0]}")] * (MANY - 1)


def test_the_same_holder_is_told_to_resume_again_with_the_same_token(
    project: HookProject,
) -> None:
    project.session()
    asked = {"agent_name": AGENT, "holder": "host-1"}

    first, second = project.ask(asked), project.ask(asked)

    assert first["resume_metadata"]["token"] == second["resume_metadata"]["token"] == 1


def test_a_caller_without_a_name_is_given_it_once(project: HookProject) -> None:
    project.session()

    assert project.ask({"agent_name": AGENT})["should_resume"]
    assert project.ask({"agent_name": AGENT})["reason"] == "claimed"


def test_who_presents_the_token_is_the_holder(project: HookProject) -> None:
    agent_id = project.session()
    token = project.ask({"agent_name": AGENT})["resume_metadata"]["token"]
    presented = {**project.variables, "AGENT_SESSION_TOKEN": str(token)}

    assert project.ask({"agent_id": agent_id}, env=presented)["should_resume"]
    named = {**presented, "AGENT_SESSION_ID": agent_id}
    assert project.ask({"agent_name": AGENT}, env=named)["should_resume"]


def test_a_token_alone_does_not_tell_which_session_it_is_of(project: HookProject) -> None:
    """Most tokens are 1: that of one session would open all others."""
    other = project.session()
    assert project.ask({"agent_id": other})["resume_metadata"]["token"] == 1
    presented = {**project.variables, "AGENT_SESSION_TOKEN": "1"}

    assert project.ask({"agent_name": AGENT}, env=presented)["reason"] == "claimed"
    named = {**presented, "AGENT_SESSION_ID": "mine"}
    assert project.ask({"agent_id": other}, env=named)["reason"] == "claimed"


@pytest.mark.parametrize("text", ["x", "-1", "1" * 40])
def test_what_is_no_token_is_no_holder(project: HookProject, text: str) -> None:
    project.session()
    variables = {**project.variables, "AGENT_SESSION_TOKEN": text}

    answer = project.ask({"agent_name": AGENT}, env=variables)

    assert (answer["should_resume"], answer["reason"]) == (False, "invalid_value")


def test_a_pause_lets_the_next_one_have_it(project: HookProject) -> None:
    agent_id = project.session()
    project.ask({"agent_name": AGENT, "holder": "host-1"})

    project.stop(agent_id)

    answer = project.ask({"agent_name": AGENT, "holder": "host-2"})
    assert (answer["should_resume"], answer["resume_metadata"]["token"]) == (True, 2)


def ask_for_approval(project: HookProject) -> tuple[str, Any]:
    agent_id = project.session("planning")
    action = plan_action(b"terraform apply")
    return agent_id, project.wiring().approvals.request(agent_id, action, str(project.path))


def test_a_pending_approval_is_a_no(project: HookProject) -> None:
    ask_for_approval(project)

    assert project.ask({"agent_name": AGENT})["reason"] == "approval_pending"


@pytest.mark.parametrize(
    ("verdict", "phase"), [("approved", "executing"), ("rejected", "planning")]
)
def test_a_person_s_answer_comes_with_the_resume_and_moves_the_phase_as_it_is_taken_up(
    project: HookProject, verdict: str, phase: str
) -> None:
    agent_id, approval = ask_for_approval(project)
    decisions = project.wiring().decisions
    if verdict == "approved":
        decisions.approve(approval, PERSON, "before noon")
    else:
        decisions.reject(approval, PERSON, "before noon")

    told = project.ask({"agent_name": AGENT})["resume_metadata"]

    assert (told["decision"], told["approval_id"]) == (verdict, approval["id"])
    assert "before noon" in told["brief"]
    assert project.phase_of(agent_id) == "approval"
    project.wiring().sessions.update(agent_id, metadata={"step": 1})
    assert project.phase_of(agent_id) == phase


def test_nothing_in_doubt_is_resumed(project: HookProject) -> None:
    agent_id = project.session()
    wiring = project.wiring(minutes_ago=31)
    wiring.claims.claim(agent_id, "host-1")
    wiring.sessions.update(agent_id, "executing")

    answer = project.ask({"agent_id": agent_id})

    assert (answer["should_resume"], answer["reason"]) == (False, "in_doubt")
