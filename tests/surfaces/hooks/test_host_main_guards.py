"""A guarded call of the conversation itself, and of who was lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.surfaces.hooks.host_project import AGENT_ID, SESSION

if TYPE_CHECKING:
    from tests.surfaces.hooks.hook_project import Run
    from tests.surfaces.hooks.host_project import HostProject

APPLY = "terraform apply plan.tfplan"
GUARD = {"tool": "Bash", "match": "terraform apply *", "files": ["*.tf", "plan.tfplan"]}
ALLOWED = {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "allow"}}
ASKED = re.compile(r"^agent-session: this call needs a person's approval \(guard .*\)\. .*ap-")


@pytest.fixture
def guarded(host: HostProject) -> HostProject:
    host.configure(guards=[GUARD])
    host.start()
    return host


def statuses(host: HostProject) -> list[str]:
    return [each["status"] for each in host.record["approvals"]]


# --- the conversation itself ------------------------------------------------------------------


def in_main(host: HostProject, **changes: Any) -> Run:
    return host.bash(APPLY, agent_id=None, agent_type=None, **changes)


def test_the_conversation_itself_is_guarded_in_a_session_of_its_own(host: HostProject) -> None:
    host.configure(guards=[GUARD])

    assert b"needs a person's approval" in in_main(host).stdout
    host.decide()
    assert in_main(host).answer == ALLOWED

    record = host.record
    assert (record["agent_name"], record["phase"]) == ("main", "executing")
    assert (record["host"] or {})["agent_id"] is None


def test_its_approval_may_come_after_its_turn(host: HostProject) -> None:
    host.configure(guards=[GUARD])
    in_main(host)
    assert host.approval["id"] in host.notice("Stop")
    assert host.record["claim"] is None
    host.decide()

    assert in_main(host).answer == ALLOWED
    host.silence("Stop")

    assert (host.record["phase"], host.record["claim"]) == ("completed", None)


def test_it_shares_no_approval_with_its_agents(guarded: HostProject) -> None:
    in_main(guarded)
    guarded.decide()

    assert ASKED.match(guarded.denied(APPLY))


def test_two_conversations_share_no_approval(host: HostProject) -> None:
    host.configure(guards=[GUARD])
    in_main(host)
    host.decide()

    assert b"needs a person's approval" in in_main(host, session_id="another").stdout


# --- the client was lost ----------------------------------------------------------------------


def test_who_was_lost_while_it_acted_makes_no_guarded_call(host: HostProject) -> None:
    host.configure(guards=[GUARD])
    with host.elsewhere():
        host.denied(APPLY)
        host.decide()
        assert host.bash(APPLY).answer == ALLOWED

    said = host.denied(APPLY)

    assert "in_doubt" in said
    assert f"agent-session resolve {host.record['agent_id']}" in said
    assert statuses(host) == ["used"]


def test_a_call_is_told_for_whom_it_was_denied(guarded: HostProject) -> None:
    before = guarded.record
    with guarded.elsewhere():
        said = guarded.denied(APPLY)

    assert AGENT_ID in said
    assert SESSION in said
    assert guarded.record == before
