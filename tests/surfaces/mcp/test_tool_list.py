"""What a client is told before it calls anything: the tools, and how to use them."""

from __future__ import annotations

import re

import pytest

from agent_session import __version__
from agent_session.core.approvals import SIGNED
from agent_session.core.phases import PHASES
from agent_session.surfaces.cli.verbs import VERBS
from agent_session.surfaces.mcp.resources import RESOURCES
from agent_session.surfaces.mcp.tools import TOOLS
from tests.e2e.documents import section, table
from tests.surfaces.mcp.agent import Agent
from tests.surfaces.mcp.tool_list import GOLDEN, REWRITE, tools_told

DECIDING = {
    "accept", "allow", "answer", "approve", "approved", "cancel", "cleanup", "confirm", "copy",
    "decide", "decided", "decision", "deny", "finalize", "grant", "permit", "reject", "resolve",
    "retry", "settle", "sign", "vote",
}  # fmt: skip


def test_the_tools_are_those_of_the_golden_file(agent: Agent) -> None:
    assert tools_told(agent) == GOLDEN.read_text(), f"if that is meant: {REWRITE}"


@pytest.mark.parametrize("name", TOOLS)
def test_no_tool_offers_to_decide(name: str) -> None:
    tool = TOOLS[name]
    words = {name, *(argument.keyword for argument in tool.arguments)}

    assert {part for word in words for part in word.split("_")} & DECIDING == set()
    # Each sentence says first what the tool does.
    firsts = re.findall(r"(?:^|\. )(\w+)", tool.about)
    assert {word.lower() for word in firsts} & DECIDING == set()


def test_no_tool_is_a_verb_that_only_a_person_may_use() -> None:
    verbs = {verb.replace("-", "_") for verb in VERBS}

    assert verbs & {*TOOLS} == {"request_approval"}


def test_the_words_that_an_argument_may_be_are_told() -> None:
    told = {
        argument.keyword: argument.schema["enum"]
        for tool in TOOLS.values()
        for argument in tool.arguments
        if argument.words
    }

    assert told["phase"] == [*PHASES]
    assert SIGNED in told["strength"]


def test_a_client_is_told_who_serves_it_and_when_to_stop(agent: Agent) -> None:
    info, instructions = agent.client.server_info, agent.client.instructions

    assert info is not None
    assert (info.name, info.version) == ("agent-session", __version__)
    assert instructions is not None
    assert "STOP" in instructions
    named = set(re.findall(r"\b[a-z]+_[a-z]+\b", instructions)) - {"agent_id"}
    assert named <= {*TOOLS}


def test_nothing_but_tools_and_resources_is_offered(agent: Agent) -> None:
    offered = agent.client.server_capabilities.model_dump(exclude_none=True)

    assert offered.keys() == {"tools", "resources"}


# --- docs/mcp.md ------------------------------------------------------------------------------


def test_the_table_of_tools_is_that_of_the_server() -> None:
    told = {
        row[0]: re.findall(r"\w+", row[2]) for row in table(section("docs/mcp.md", "Tools"))
    }

    assert told == {
        name: [argument.keyword for argument in tool.arguments] for name, tool in TOOLS.items()
    }


def test_the_table_of_resources_is_that_of_the_server() -> None:
    told = [row[0] for row in table(section("docs/mcp.md", "Resources"))]

    assert told == [*RESOURCES]
