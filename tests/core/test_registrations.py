"""What a host calls us for, and in whose way a failure stands."""

from __future__ import annotations

import re

import pytest

from agent_session.core.registrations import (
    CLAUDE_CODE,
    CLOSED,
    DELEGATED,
    DELEGATING,
    GUARDED,
    MESSAGING,
    READING,
    SECONDS,
    Registration,
    hooks_of,
)

PRE_TOOL = [each for each in CLAUDE_CODE if each.event == "PreToolUse"]


def before(tool: str) -> list[str]:
    """The matchers that call us before *tool*."""
    return [each.matcher for each in PRE_TOOL if re.search(each.matcher or "", tool)]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("tool", "matcher"),
    [
        ("Agent", DELEGATING),
        ("Task", DELEGATING),
        ("SendMessage", MESSAGING),
        ("Bash", GUARDED),
        ("Write", GUARDED),
        ("mcp__aws__apply", GUARDED),
        ("Reader", GUARDED),
        ("MyTask", GUARDED),
        ("TaskStop", GUARDED),
    ],
)
def test_before_a_tool_we_are_called_once(tool: str, matcher: str):
    assert before(tool) == [matcher]


@pytest.mark.parametrize("tool", READING)
def test_before_a_tool_that_only_reads_we_are_not_called(tool: str):
    assert before(tool) == []


def test_after_a_delegation_and_a_message_we_are_called_whatever_became_of_them():
    after = {each.event: each.matcher for each in CLAUDE_CODE if "Post" in each.event}

    assert after == {"PostToolUse": DELEGATED, "PostToolUseFailure": DELEGATED}
    assert all(re.search(DELEGATED, tool) for tool in ("Agent", "Task", "SendMessage"))
    assert not re.search(DELEGATED, "Bash")


def test_only_a_resume_and_a_guarded_call_stand_still_where_we_fail():
    closed = [(each.event, each.matcher) for each in CLAUDE_CODE if each.fails_closed]

    assert closed == [("PreToolUse", MESSAGING), ("PreToolUse", GUARDED)]


def test_no_event_is_registered_twice_for_one_tool():
    named = [(each.event, each.matcher) for each in CLAUDE_CODE]

    assert len(set(named)) == len(named)


def test_the_hooks_of_a_host_run_one_command_each_without_a_shell():
    table = (
        Registration("Stop"),
        Registration("PreToolUse", "^A$"),
        Registration("PreToolUse", "^B$", fails_closed=True),
    )
    run = {"type": "command", "command": "python3", "timeout": SECONDS}

    assert hooks_of(table, "python3", ["start.py", "x"]) == {
        "Stop": [{"hooks": [{**run, "args": ["start.py", "x"]}]}],
        "PreToolUse": [
            {"matcher": "^A$", "hooks": [{**run, "args": ["start.py", "x"]}]},
            {
                "matcher": "^B$",
                "hooks": [{**run, "args": ["start.py", "x", CLOSED], "onFailure": "block"}],
            },
        ],
    }


def test_what_is_handed_in_is_left_alone():
    args = ["start.py"]

    hooks_of(CLAUDE_CODE, "python3", args)

    assert args == ["start.py"]
