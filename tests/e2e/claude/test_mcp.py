"""The plugin's MCP server with the real client: a model calls its tools."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.claude.plugged import Plugged
from tests.e2e.claude.scenarios import call, say

if TYPE_CHECKING:
    from tests.e2e.claude.client import Bench

SERVER = "mcp__plugin_agent-session_agent-session"


@pytest.fixture
def plugged(bench: Bench) -> Plugged:
    pytest.importorskip("mcp", reason="the server comes from the extra `mcp`")
    # Where the plugin keeps the Python that it has found; a machine's own has no package mcp.
    data = bench.home / ".claude/plugins/data/agent-session-inline"
    data.mkdir(parents=True, mode=0o700)
    (data / "python").write_text(f"{sys.executable}\n")
    bench.allow(SERVER)
    return Plugged(bench)


def test_a_model_creates_a_session_and_asks_by_tools(plugged: Plugged) -> None:
    plugged.bench.play(
        [
            call(f"{SERVER}__create_session", agent_id="by-tool", agent_name="main"),
            call(f"{SERVER}__request_approval", agent_id="by-tool", plan="add 3 subnets"),
            say("I wait for an answer."),
        ]
    )

    plugged.run("Add three subnets.")

    created, asked = map(str, plugged.bench.requests_of_main[-1].results)
    assert '"phase":"initializing"' in created.replace('\\"', '"').replace(" ", "")
    assert "Stop here and end your turn" in asked
    assert plugged.record["agent_id"] == "by-tool"
    assert (plugged.approval["status"], plugged.approval["cwd"]) == (
        "pending",
        str(plugged.bench.project),
    )


def test_a_model_is_offered_no_tool_that_decides(plugged: Plugged) -> None:
    plugged.bench.play([call(f"{SERVER}__approve", approval_id="ap-1"), say("No.")])

    plugged.run("Approve it yourself.")

    offered = json.dumps(plugged.bench.requests_of_main[0].body)
    assert f"{SERVER}__get_approval" in offered
    assert f"{SERVER}__approve" not in offered
    (told,) = map(str, plugged.bench.requests_of_main[-1].results)
    assert "No such tool" in told
