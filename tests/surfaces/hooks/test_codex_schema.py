"""What Codex allows: the keys of each answer in `golden/codex`, and the lines of hooks.json."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from agent_session.core.registrations import CODEX, lines_of
from tests.e2e.documents import blocks
from tests.surfaces.hooks.codex_cli import NAMES, SPECIFIC, golden

if TYPE_CHECKING:
    from collections.abc import Mapping

# The keys of each answer, as codex-rs/hooks/schema/generated/*.command.output.schema.json has
# them: what any answer may hold, and what its hookSpecificOutput may; None where it may hold no
# such thing. SessionEnd has no answer at all.
ANY = {"continue", "stopReason", "suppressOutput", "systemMessage"}
BLOCK = {"decision", "reason"}
CONTEXT = {"hookEventName", "additionalContext"}
DECISION = {"permissionDecision", "permissionDecisionReason", "updatedInput"}
SCHEMA: Mapping[str, tuple[set[str], set[str] | None]] = {
    "PreToolUse": (ANY | BLOCK, CONTEXT | DECISION),
    "SessionEnd": (set(), None),
    "SessionStart": (ANY, CONTEXT | {"env"}),
    "Stop": (ANY | BLOCK, None),
    "SubagentStart": (ANY, CONTEXT),
    "SubagentStop": (ANY | BLOCK, None),
    "UserPromptSubmit": (ANY | BLOCK, CONTEXT),
}
# What its parser refuses, although the schema has room for it.
REFUSED = {"continue", "stopReason", "suppressOutput"}


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_holds_no_key_that_the_schema_does_not_allow(name: str) -> None:
    known = golden(name)
    answer, event = known["answer"], known["payload"]["hook_event_name"]
    if answer is None:
        return
    allowed, specific = SCHEMA[event]
    assert set(answer) - {SPECIFIC} <= allowed - REFUSED
    if SPECIFIC in answer:
        assert specific is not None
        assert set(answer[SPECIFIC]) <= specific
        assert answer[SPECIFIC]["hookEventName"] == event


@pytest.mark.parametrize("name", NAMES)
def test_what_an_answer_decides_is_what_the_parser_takes(name: str) -> None:
    answer = golden(name)["answer"] or {}
    specific = answer.get(SPECIFIC, {})

    decision = specific.get("permissionDecision")
    assert decision in {None, "allow", "deny"}
    assert (decision == "allow") == ("updatedInput" in specific)
    assert (decision == "deny") == bool(specific.get("permissionDecisionReason", "").strip())
    assert answer.get("decision") in {None, "block"}
    assert ("decision" in answer) == bool(answer.get("reason", "").strip())


def test_every_event_of_the_table_has_a_place_in_the_schema() -> None:
    assert {each.event for each in CODEX} == set(SCHEMA)


def test_the_page_shows_what_the_table_says() -> None:
    [shown] = [
        json.loads(each.text) for each in blocks("docs/codex.md") if each.language == "json"
    ]

    start = "'/path/to/src/agent_session/surfaces/hooks/start.py'"
    line = f"/usr/bin/python3 -I -S {start} codex"
    assert shown == {"hooks": lines_of(CODEX, line)}


def test_a_line_that_cannot_be_run_ends_as_a_refusal_with_a_reason() -> None:
    [group] = lines_of(CODEX, "/nowhere/python3 start.py codex")["PreToolUse"]

    ran = subprocess.run(
        ["/bin/sh", "-c", group["hooks"][0]["command"]], capture_output=True, check=False
    )

    assert ran.returncode == 2
    assert ran.stderr.strip()
