"""What a client may look at without a tool."""

from __future__ import annotations

import pytest
from mcp import MCPError

from agent_session.api import summary_of
from tests.surfaces.mcp.agent import Agent


def test_every_resource_is_told(agent: Agent) -> None:
    resources = agent.portal.call(agent.client.list_resources).resources
    templates = agent.portal.call(agent.client.list_resource_templates).resource_templates

    assert [each.uri for each in resources] == ["agent-session://sessions"]
    assert [each.uri_template for each in templates] == [
        "agent-session://sessions/{agent_id}",
        "agent-session://sessions/{agent_id}/timeline",
        "agent-session://approvals/{approval_id}",
    ]


def test_the_active_sessions_are_those_that_may_be_resumed(agent: Agent) -> None:
    agent.create()
    paused = agent.create()
    agent.call("update_session", agent_id=paused, phase="planning")

    assert agent.read("agent-session://sessions") == [
        summary_of(agent.wiring.sessions.get(paused))
    ]


def test_a_session_is_its_record(agent: Agent) -> None:
    agent_id = agent.create(metadata={"a": 1})

    assert agent.read(f"agent-session://sessions/{agent_id}") == agent.wiring.sessions.get(
        agent_id
    )


def test_a_timeline_is_the_session_s_events(agent: Agent) -> None:
    agent_id = agent.create()
    agent.call("report_error", agent_id=agent_id, message="m")

    told = agent.read(f"agent-session://sessions/{agent_id}/timeline")

    assert [each["kind"] for each in told] == ["created", "updated"]
    assert told == list(agent.wiring.reports.timeline(agent_id))


def test_an_approval_is_what_the_tool_reads(agent: Agent) -> None:
    approval_id = agent.request(agent.create())

    told = agent.read(f"agent-session://approvals/{approval_id}")

    assert told == agent.call("get_approval", approval_id=approval_id)


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("agent-session://sessions/nobody", "session_not_found: "),
        ("agent-session://sessions/nobody/timeline", "session_not_found: "),
        ("agent-session://sessions/..%2F..%2Fx", "invalid_agent_id: "),
        ("agent-session://sessions/%00/timeline", "invalid_agent_id: "),
        ("agent-session://sessions/../../x", "unknown_word: "),
        ("agent-session://sessions/x/../y/timeline", "unknown_word: "),
        ("agent-session://approvals/ap-0123456789abcdef", "approval_not_found: "),
        ("agent-session://approvals/..%2Fx", "approval_not_found: "),
        ("agent-session://", "unknown_word: "),
        ("file:///etc/passwd", "unknown_word: "),
    ],
)
def test_what_is_not_there_is_refused(agent: Agent, uri: str, why: str) -> None:
    with pytest.raises(MCPError) as refused:
        agent.read(uri)

    assert str(refused.value).startswith(why)
