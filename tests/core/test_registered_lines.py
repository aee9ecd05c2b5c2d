"""What a host that runs its handlers in a shell is asked to call."""

from __future__ import annotations

from agent_session.core.registrations import CODEX, Registration, lines_of


def test_a_handler_of_a_shell_is_one_line_and_no_list_of_words() -> None:
    hooks = lines_of(CODEX, "start.py codex")

    assert list(hooks) == [each.event for each in CODEX]
    [group] = hooks["Stop"]
    assert group == {"hooks": [{"type": "command", "command": "start.py codex", "timeout": 10}]}


def test_a_line_that_fails_closed_refuses_where_it_cannot_be_run() -> None:
    [group] = lines_of(CODEX, "start.py codex")["PreToolUse"]

    assert group["hooks"][0]["command"] == "start.py codex closed || exit 2"


def test_a_matcher_stands_beside_its_handlers() -> None:
    [group] = lines_of([Registration("PreToolUse", "^Bash$")], "start.py")["PreToolUse"]

    assert group["matcher"] == "^Bash$"
