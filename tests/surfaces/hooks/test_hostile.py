"""Whatever a host, or somebody in its place, puts on stdin: a safe answer, and nothing lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_session.core.codec import encode
from agent_session.core.errors import AgentSessionError
from agent_session.surfaces.hooks import pre_delegate, subagent_stop
from agent_session.surfaces.hooks.program import payload_of
from tests.surfaces.hooks.hook_project import HOOKS, PRE_DELEGATE, SUBAGENT_STOP, HookProject

PROGRAMS: Mapping[str, Any] = {PRE_DELEGATE: pre_delegate, SUBAGENT_STOP: subagent_stop}

VALUES: Mapping[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "negative": -7,
    "fraction": 1.5,
    "huge number": 10**4000,
    "empty text": "",
    "blank": " \t",
    "list": [],
    "list of lists": [[["x"]]],
    "object": {"agent_id": {"agent_id": "x"}},
    "path": "../../x",
    "absolute path": "/etc/passwd",
    "dots": "..",
    "hidden name": ".delegations.jsonl",
    "option": "--help",
    "NUL": "a\0b",
    "line breaks": 'a\n{"decision": "resume"}\r\n\x85\u2028\u2029',
    "control characters": "\x1b[2J\x1b]0;x\x07\x08\x7f",
    "bidi": "\u202egnp.\u2066exe\u200b\ufeff",
    "lone surrogate": "\ud800x\udfff",
    "emoji": "\N{GRINNING FACE}" * 300,
    "long": "x" * 300_000,
    "format": "%s%n{0}{x}${HOME}$(id)`id`",
    "quotes": "'; DROP TABLE x; -- \"\\",
    "secret": "ghp_" + "a1B2" * 9,
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    PRE_DELEGATE: ("agent_name", "task_id", "agent_id", "task_description", "metadata", "\n"),
    SUBAGENT_STOP: (
        "task_info", "agent_output", "exit_code", "outcome", "session_id", "agent_id",
        "task_info.agent_id", "task_info.task_id", "task_info.agent", "task_info.tier",
        "task_info.tags", "task_info.\u0000",
    ),
}  # fmt: skip
RAW: Mapping[str, bytes] = {
    "nothing": b"",
    "blanks": b" \r\n\t",
    "null": b"null",
    "number": b"5",
    "text": b'"agent-1"',
    "list": b'[{"agent_id":"agent-1"}]',
    "cut off": b'{"agent_id":"agent-1',
    "cut off after a key": b'{"agent_id"',
    "cut off after a comma": b'{"agent_id":"agent-1",',
    "two objects": b'{"agent_id":"agent-1"}{"agent_id":"agent-1"}',
    "two lines": b'{"agent_id":"agent-1"}\n{"agent_id":"agent-1"}\n',
    "same key twice": b'{"agent_id":"agent-1","agent_id":"agent-2"}',
    "NaN": b'{"exit_code":NaN}',
    "infinity": b'{"exit_code":-Infinity}',
    "out of range": b'{"exit_code":1e999}',
    "4301 digits": b'{"exit_code":' + b"1" * 4301 + b"}",
    "byte order mark": b'\xef\xbb\xbf{"agent_id":"agent-1"}',
    "UTF-16": '{"agent_id":"agent-1"}'.encode("utf-16"),
    "latin-1": b'{"agent_id":"agent-\xe9"}',
    "overlong UTF-8": b'{"agent_id":"\xc0\xae\xc0\xae/x"}',
    "encoded surrogate": b'{"agent_id":"\xed\xa0\x80"}',
    "NUL bytes": b"\0" * 99,
    "a raw line break in a text": b'{"agent_id":"a\nb"}',
    "comments": b'{"agent_id":"agent-1" /* x */}',
    "single quotes": b"{'agent_id':'agent-1'}",
    "nested 10,000 deep": b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "nested 65 deep": b'{"x":' + b"[" * 64 + b"]" * 64 + b"}",
    "nested 990 deep": b'{"x":' + b"[" * 990 + b"]" * 990 + b"}",
    "objects 990 deep": b'{"x":' * 990 + b"1" + b"}" * 990,
    "100,001 values": b'{"x":[' + b"1," * 100_000 + b"1]}",
    "a form": b"agent_id=agent-1&exit_code=0",
    "a program": b"import os; os.abort()",
}


def _payload(hook: str, field: str, value: object) -> bytes:
    outer, _, inner = field.partition(".")
    said = {outer: {inner: value} if inner else value}
    whole = {"agent_name": "victim", "agent_id": "agent-1", **said}
    if inner == "agent_id":
        del whole["agent_id"]
    return json.dumps(whole).encode()


HOSTILE: Mapping[tuple[str, str], Mapping[str, bytes]] = {
    **{(hook, "stdin"): RAW for hook in HOOKS},
    **{
        (hook, field): {name: _payload(hook, field, value) for name, value in VALUES.items()}
        for hook in HOOKS
        for field in FIELDS[hook]
    },
}
EVERY = [(hook, field, name) for hook, field in HOSTILE for name in HOSTILE[hook, field]]
# A process takes a hundred times as long as a call.
SAMPLE = [each for number, each in enumerate(EVERY) if each[1] == "stdin" or number % 11 == 0]


def _answer_here(hook: str, raw: bytes) -> dict[str, Any]:
    """What the program answers, without the process around it; only our own errors pass."""
    program = PROGRAMS[hook]
    try:
        answer = program.decide(payload_of(raw))
    except AgentSessionError as error:
        program.note(error.code, str(error))
        answer = program.refuse(error.code, str(error))
    line = encode(answer)
    assert line.isascii()
    assert "\n" not in line
    return json.loads(line)  # type: ignore[no-any-return]


@pytest.fixture
def victim(project: HookProject, monkeypatch: pytest.MonkeyPatch) -> HookProject:
    """A project in which a session waits, and the working folder of this process."""
    project.wiring().sessions.create("victim", agent_id="agent-1")
    project.wiring().sessions.update("agent-1", "approval", {"plan": "plan.json"})
    monkeypatch.chdir(project.path)
    monkeypatch.setenv("HOME", str(project.home))
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(project.path))
    return project


def _places(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def _require_safe(
    victim: HookProject, hook: str, answer: Mapping[str, Any], times: int = 1
) -> None:
    assert answer["reason"] != "internal_error"
    if hook == PRE_DELEGATE:
        assert answer["should_resume"] is (answer["reason"] == "session_resumable")
    else:
        assert answer["success"] is (answer["reason"] in {None, "no_agent_id"})
    assert len(victim.checks if hook == PRE_DELEGATE else victim.audit) == times
    assert len(victim.metrics) <= times
    assert _places(victim.path.parent) == {"project", "home"}
    assert _places(victim.path) == {".claude"}
    assert _places(victim.path / ".claude") <= {"session", "memory", "logs"}
    assert _places(victim.home) == set()
    kept = victim.wiring().sessions.get("agent-1")
    assert (kept["phase"], kept["metadata"]) == ("approval", {"plan": "plan.json"})
    assert victim.wiring().store.flaws("agent-1") == []


@pytest.mark.parametrize(("hook", "field"), HOSTILE)
def test_whatever_is_said_there_is_a_safe_answer(
    victim: HookProject, hook: str, field: str
) -> None:
    for times, raw in enumerate(HOSTILE[hook, field].values(), 1):
        _require_safe(victim, hook, _answer_here(hook, raw), times)


@pytest.mark.parametrize(("hook", "field", "name"), SAMPLE)
def test_the_program_answers_as_safely(
    victim: HookProject, hook: str, field: str, name: str
) -> None:
    _require_safe(victim, hook, victim.run(hook, HOSTILE[hook, field][name]).answer)


def test_as_deep_as_a_record_may_be_is_given_back(victim: HookProject) -> None:
    raw = b'{"agent_name":"victim","x":' + b"[" * 63 + b"]" * 63 + b"}"

    answer = _answer_here(PRE_DELEGATE, raw)

    assert answer["reason"] == "session_resumable"
    assert answer["original_context"] == json.loads(raw)
    assert _answer_here(PRE_DELEGATE, RAW["nested 65 deep"])["reason"] == "limit_exceeded"


def test_there_are_some_hundreds_of_them() -> None:
    assert len(EVERY) >= 300
    assert len(SAMPLE) >= 100


def test_a_payload_in_the_library_need_not_even_be_json(victim: HookProject) -> None:
    payloads: list[Any] = [None, [], "text", 5, {"agent_name": object()}, {"agent_id": b"x"}]
    for payload in payloads:
        answer = pre_delegate.pre_delegate_hook(payload)

        assert (answer["should_resume"], answer["reason"]) == (False, "invalid_value")


def test_in_the_library_a_working_folder_that_is_gone_is_a_no(
    victim: HookProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CLAUDE_PROJECT_DIR")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    answer = pre_delegate.pre_delegate_hook({"agent_name": "victim"})

    assert (answer["should_resume"], answer["reason"]) == (False, "store_failed")
