"""The one command that passes unasked: an agent says the phase of its own session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.surfaces.hooks.host_project import AGENT_ID

if TYPE_CHECKING:
    from tests.surfaces.hooks.host_project import HostProject

EVENT = "PreToolUse.Bash.in_subagent"


def _told(context: str) -> str:
    """The command that an agent is told to say its phase by."""
    found = re.search(r"by exactly this command: (.*) PHASE with PHASE", context)
    assert found
    return found[1]


def _passes(host: HostProject, command: str, agent_id: str = AGENT_ID) -> bool:
    told = host.tell(EVENT, agent_id=agent_id, tool_input={"command": command})
    if told.stdout == b"":
        return False
    return bool(told.answer["hookSpecificOutput"]["permissionDecision"] == "allow")


def test_it_passes_for_every_phase_as_it_was_told(host: HostProject) -> None:
    command = _told(host.start())

    for phase in ("investigating", "planning", "executing", "completed"):
        assert _passes(host, f"{command} {phase}")


@pytest.mark.parametrize(
    "spelling",
    [
        "{0} dancing",
        "{0} planning; rm -rf .",
        "{0} planning && ls",
        "{0} planning --force",
        "{0} planning > log",
        "{0} $(ls)",
        "X=1 {0} planning",
        "{0}  planning",
        "{0} planning\nls",
        "sh -c '{0} planning'",
    ],
)
def test_nothing_else_does(host: HostProject, spelling: str) -> None:
    assert not _passes(host, spelling.format(_told(host.start())))


def test_another_agents_session_is_not_its_own(host: HostProject) -> None:
    other = _told(host.start("a0123456789abcdef"))
    host.start()

    assert not _passes(host, f"{other} completed")
    assert _passes(host, f"{other} completed", "a0123456789abcdef")


def test_another_program_of_that_name_is_not_ours(host: HostProject) -> None:
    command = _told(host.start())
    name = command.partition(" ")[0]

    assert not _passes(host, command.replace(name, "agent-session") + " planning")
    assert not _passes(host, command.replace(name, "./agent-session") + " planning")


def test_an_agent_without_a_session_has_nothing_to_say(host: HostProject) -> None:
    command = _told(host.start())

    assert not _passes(host, f"{command} planning", "a0000000000000000")
