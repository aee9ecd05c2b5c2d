"""What is refused is said with its code, in a sentence, and has changed nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.mcp.agent import Agent, an_agent, text_of

MISSING = "agent-20260108-180530-abc12345"


def _asked(agent: Agent, **given: object) -> tuple[str, str]:
    """A new session, and its request that a person has approved."""
    agent_id = agent.create()
    approval_id = agent.request(agent_id, **given)
    agent.decide(approval_id)
    return agent_id, approval_id


# --- sessions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["get_session", "read_brief", "update_session"])
def test_a_session_that_is_not_there(agent: Agent, tool: str) -> None:
    given = {"phase": "planning"} if tool == "update_session" else {}

    why = agent.refused(tool, agent_id=MISSING, **given)

    assert why.startswith(f"session_not_found: no session '{MISSING}' in this store; ")


@pytest.mark.parametrize("agent_id", ["../../x", "/etc/passwd", "a\0b", ".", "x" * 200, "ä"])
def test_an_id_that_is_none_never_becomes_a_path(agent: Agent, agent_id: str) -> None:
    calls: dict[str, dict[str, Any]] = {
        "create_session": {},
        "get_session": {},
        "read_brief": {},
        "report_error": {"message": "m"},
        "request_approval": {"plan": "p"},
        "update_session": {"phase": "planning"},
    }

    said = [agent.refused(tool, agent_id=agent_id, **given) for tool, given in calls.items()]

    assert {why.partition(":")[0] for why in said} == {"invalid_agent_id"}


def test_no_session_is_guessed(agent: Agent) -> None:
    agent.create()

    for tool, given in (
        ("get_session", {}),
        ("update_session", {"phase": "planning"}),
        ("report_error", {"message": "m"}),
        ("request_approval", {"plan": "p"}),
    ):
        assert agent.refused(tool, **given).startswith("invalid_value: which session? ")


def test_an_id_is_taken_once(agent: Agent) -> None:
    agent.create(agent_id="twice")

    assert agent.refused("create_session", agent_id="twice").startswith("session_exists: ")


def test_nothing_follows_a_final_phase(agent: Agent) -> None:
    agent_id = agent.create()
    agent.call("update_session", agent_id=agent_id, phase="completed")

    for tool, given in (
        ("update_session", {"phase": "planning"}),
        ("report_error", {"message": "m"}),
        ("request_approval", {"plan": "p"}),
    ):
        why = agent.refused(tool, agent_id=agent_id, **given)
        assert why.startswith("session_final: ")
        assert "create a new session" in why


def test_an_unknown_phase_is_told_with_the_known_ones(agent: Agent) -> None:
    agent_id = agent.create()

    why = agent.refused("update_session", agent_id=agent_id, phase="planing")

    assert why.startswith("unknown_word: unknown phase 'planing'; known: initializing, ")
    assert agent.wiring.sessions.get(agent_id)["phase"] == "initializing"


def test_an_update_of_nothing(agent: Agent) -> None:
    assert agent.refused("update_session", agent_id=agent.create()).startswith(
        "nothing_to_do: "
    )


def test_a_stale_token(agent: Agent) -> None:
    agent_id = agent.create()
    token = agent.claim(agent_id, "first")
    agent.wiring.claims.release(agent_id, token)
    agent.claim(agent_id, "second")

    for tool, given in (
        ("update_session", {"phase": "executing"}),
        ("report_error", {"message": "m"}),
        ("request_approval", {"plan": "p"}),
    ):
        why = agent.refused(tool, agent_id=agent_id, token=token, **given)
        assert why.startswith("stale_claim: ")
    assert agent.wiring.sessions.get(agent_id)["phase"] == "initializing"


def test_text_that_is_too_large(agent: Agent) -> None:
    agent_id = agent.create()
    large = "x" * (300 << 10)

    for tool, given in (
        ("create_session", {"purpose": large}),
        ("update_session", {"agent_id": agent_id, "metadata": {"k": large}}),
        ("report_error", {"agent_id": agent_id, "message": large}),
        ("request_approval", {"agent_id": agent_id, "plan": large * 30}),
    ):
        assert agent.refused(tool, **given).startswith("limit_exceeded: ")
    record = agent.wiring.sessions.get(agent_id)
    assert (record["revision"], record["approvals"]) == (1, [])


# --- arguments --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "given", "why"),
    [
        ("create_session", {"agent_name": 5}, "agent_name must be text"),
        ("create_session", {"metadata": '{"a": 1}'}, "metadata must be a JSON object"),
        ("create_session", {"metadata": [1]}, "metadata must be a JSON object"),
        ("create_session", {"agentname": "x"}, "there is no argument 'agentname'; known: "),
        ("report_error", {"agent_id": "x"}, "message is missing: what went wrong"),
        ("update_session", {"phase": "planning", "token": "5"}, "token must be a whole number"),
        ("update_session", {"phase": "planning", "token": True}, "token must be "),
        ("update_session", {"phase": "planning", "token": -1}, "token must be "),
        ("update_session", {"phase": "planning", "token": 10**15}, "token must be "),
        ("request_approval", {"files": "*.tf"}, "files must be a list of texts"),
        ("request_approval", {"files": ["*.tf", 1]}, "files must be a list of texts"),
        ("get_approval", {}, "approval_id is missing: "),
    ],
)
def test_an_argument_is_what_it_is_said_to_be(
    agent: Agent, tool: str, given: dict[str, Any], why: str
) -> None:
    assert agent.refused(tool, **given).startswith(f"invalid_value: {why}")


def test_a_tool_that_is_not_there(agent: Agent) -> None:
    why = agent.refused("approve", approval_id="ap-0123456789abcdef")

    assert why.startswith("unknown_word: unknown tool 'approve'; known: create_session, ")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "say what it is about"),
        ({"plan": "p", "tool": "Bash"}, "say what it is about"),
        ({"plan": "p", "tool_input": {}}, "tool_input goes with tool"),
        ({"tool": "Bash"}, "give what the tool is called with"),
        ({"plan": " \n"}, "the plan is empty"),
        ({"plan": "p", "expires": "soon"}, "expires: 'soon' is no duration"),
        ({"plan": "p", "expires": "900d"}, "a request waits more than 0 s and at most 24"),
        ({"plan": "p", "summary": "s" * 5000}, "a summary has at most"),
        ({"plan": "p", "folder": "nowhere"}, "folder: there is none at "),
        ({"plan": "p", "folder": "a\0"}, "folder: there is none at "),
        ({"plan": "p", "files": ["nothing-*.tf"]}, "no file stands under nothing-*.tf"),
        ({"plan": "p", "files": ["\0"]}, "'\\x00' is no glob"),
    ],
)
def test_a_request_that_says_too_little_or_too_much(
    agent: Agent, given: dict[str, Any], why: str
) -> None:
    agent_id = agent.create()

    assert agent.refused("request_approval", agent_id=agent_id, **given).startswith(
        f"invalid_value: {why}"
    )
    record = agent.wiring.sessions.get(agent_id)
    assert (record["phase"], record["approvals"]) == ("initializing", [])


@pytest.mark.parametrize("strength", ["web", "none", "SIGNED"])
def test_a_strength_that_is_none(agent: Agent, strength: str) -> None:
    why = agent.refused(
        "request_approval", agent_id=agent.create(), plan="p", strength=strength
    )

    assert why == f"unknown_word: unknown strength '{strength}'; known: chat, terminal, signed"


# --- approvals --------------------------------------------------------------------------------


@pytest.mark.parametrize("approval_id", ["ap-0123456789abcdef", "../x", "", "ap-*"])
def test_an_approval_that_is_not_there(agent: Agent, approval_id: str) -> None:
    agent.request(agent.create())

    for tool, given in (("get_approval", {}), ("use_approval", {"plan": "p"})):
        why = agent.refused(tool, approval_id=approval_id, **given)
        assert why.startswith("approval_not_found: ")


def test_what_nobody_has_answered_is_not_used(agent: Agent) -> None:
    agent_id = agent.create()
    approval_id = agent.request(agent_id, plan="p")

    why = agent.refused("use_approval", approval_id=approval_id, plan="p")

    assert why.startswith("approval_pending: ")
    assert "end your turn" in why
    assert agent.wiring.sessions.get(agent_id)["phase"] == "approval"


def test_what_was_rejected_is_not_used(agent: Agent) -> None:
    approval_id = agent.request(agent.create(), plan="p")
    agent.decide(approval_id, "no")

    why = agent.refused("use_approval", approval_id=approval_id, plan="p")

    assert why.startswith("approval_rejected: ")


def test_another_plan_is_not_what_was_approved(agent: Agent) -> None:
    agent_id, approval_id = _asked(agent, plan="add 3 subnets\n")

    told = agent.told("use_approval", approval_id=approval_id, plan="add 300 subnets\n")

    assert text_of(told).startswith("action_changed: ")
    assert "\n  -add 3 subnets\n  +add 300 subnets\n" in text_of(told)
    assert told.structured_content["refused"] == "action_changed"
    assert agent.wiring.sessions.get(agent_id)["phase"] == "approval"
    assert agent.call("use_approval", approval_id=approval_id, plan="add 3 subnets\n")


def test_a_tool_call_is_not_the_plan_that_was_approved(agent: Agent) -> None:
    _, approval_id = _asked(agent, plan="ls")

    why = agent.refused("use_approval", approval_id=approval_id, tool="ls", tool_input={})

    assert why.startswith("action_changed: ")


def test_another_session_s_approval_is_refused_where_the_session_is_named(
    agent: Agent,
) -> None:
    _, approval_id = _asked(agent, plan="p")

    why = agent.refused(
        "use_approval", approval_id=approval_id, plan="p", agent_id=agent.create()
    )

    assert why.startswith("approval_not_found: ")


def test_files_that_have_changed_make_an_approval_void(agent: Agent) -> None:
    path = agent.folder / "drift\x1b[2J.tf"
    path.write_text("3")
    _, approval_id = _asked(agent, plan="p", files=["drift*.tf"])
    path.write_text("300")

    told = agent.told("use_approval", approval_id=approval_id, plan="p")

    assert text_of(told).startswith("drifted: ")
    assert "changed: 1 byte" in text_of(told)
    assert "\x1b" not in text_of(told)
    assert told.structured_content["drift"][0]["name"] == path.name
    found = agent.call("get_approval", approval_id=approval_id)
    assert (found["status"], found["next"].partition(".")[0]) == ("drifted", "Do not act")


def test_a_yes_that_is_too_weak_is_none(tmp_path: Path) -> None:
    with an_agent(tmp_path) as agent:
        _, approval_id = _asked(agent, plan="p")
    with an_agent(tmp_path, AGENT_SESSION_APPROVAL_STRENGTH="signed") as agent:
        found = agent.call("get_approval", approval_id=approval_id)
        used = agent.refused("use_approval", approval_id=approval_id, plan="p")

    assert found["status"] == "approved"
    assert found["next"].startswith("Do not act: too_weak: ")
    assert used.startswith("too_weak: ")


def test_a_yes_that_its_journal_does_not_vouch_for_is_none(agent: Agent) -> None:
    agent_id, approval_id = _asked(agent, plan="p")
    journal = agent.folder / ".claude/session" / agent_id / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"by":"maria"', '"by":"mario"'))

    found = agent.call("get_approval", approval_id=approval_id)
    used = agent.refused("use_approval", approval_id=approval_id, plan="p")

    assert found["next"].startswith("Do not act: chain_broken: ")
    assert used.startswith("chain_broken: ")


# --- the store --------------------------------------------------------------------------------


def test_a_session_beyond_repair_is_named(agent: Agent) -> None:
    agent_id = agent.create()
    for name in ("state.json", "journal.jsonl"):
        (agent.folder / ".claude/session" / agent_id / name).write_text("no JSON")

    told = agent.told("get_session", agent_id=agent_id)

    assert text_of(told).startswith("state_corrupted: ")
    assert told.structured_content["failed"] == "state_corrupted"


def test_a_store_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude/session").write_text("a file, no folder")
    with an_agent(tmp_path) as agent:
        told = agent.told("create_session")

        assert told.is_error
        assert told.structured_content["failed"] == "unsafe_store"
        assert "is a symbolic link or no folder" in text_of(told)
