"""The published functions under hostile arguments: an answer each, and nothing is lost."""

from __future__ import annotations

import json
import math
import os
from collections import UserDict
from pathlib import Path
from typing import Any

import pytest

from agent_session import AgentSession


def _deep(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def _loop() -> dict[str, Any]:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    return loop


IDS: list[Any] = [
    *(
        "",
        ".",
        "..",
        "/",
        "//",
        "../x",
        "../../x",
        "/etc/passwd",
        "a/b",
        "a/../b",
        "~",
        "~root",
    ),
    *("a\0b", "a\nb", "a\tb", "a b", " a", "a ", "-rf", "--help", ".hidden", ".index", ".lock"),
    *(
        "é",
        "漢字",
        "\u202eabc",
        "a\u200b",
        "\ud800",
        "\x1b[31m",
        "a" * 129,
        "a" * 100_000,
        "%s",
        "{}",
    ),
    *(
        "*",
        "?",
        "[a]",
        "$HOME",
        "`id`",
        "'; drop table",
        '"',
        "\\",
        "a\\b",
        "a:b",
        "file:x",
        "C:\\x",
    ),
    *(
        None,
        0,
        1,
        -1,
        True,
        1.5,
        math.nan,
        b"a",
        b"../x",
        [],
        ["a"],
        {},
        {"a": 1},
        (),
        object(),
        print,
    ),
]
VALUES: list[Any] = [
    *(
        "x",
        "",
        "\0",
        "\ud800",
        b"x",
        0,
        1.5,
        math.nan,
        math.inf,
        True,
        [],
        [1],
        (1, 2),
        {1, 2},
        object(),
    ),
    *({1: 2}, {"a": {1}}, {"a": math.nan}, {"a": -math.inf}, {"a": "\ud800"}, {"\ud800": 1}),
    *(
        {"a": object()},
        {"a": b"x"},
        {None: 1},
        {True: 1},
        {("a",): 1},
        {"a": 10**400},
        {"a": _deep(70)},
    ),
    *(
        {"a": _deep(10_000)},
        _loop(),
        {"a": "x" * 300_000},
        {str(n): "x" * 250_000 for n in range(6)},
    ),
    *({"a": 1j}, {"a": range(3)}, {"a": print}, {"a": Path("x")}, {"a": Exception("x")}),
]
SAFE: list[Any] = [
    {"line\nbreak": "a\nb\r\n\x1b[31m\u202e"},
    {"": ""},
    {"a": _deep(60)},
    {"__proto__": {"__class__": "x"}},
    {"a": [None, True, 1e308, -0.0, 2**63]},
    UserDict(a=1),
]
WORDS: list[Any] = [
    *("sleeping", "APPROVAL", " approval", "approval\n", "", "\0", "\ud800", "x" * 100_000),
    *(None, 0, True, b"approval", [], ["approval"], {}, object(), math.nan),
]
HOURS: list[Any] = [
    -1,
    math.nan,
    math.inf,
    -math.inf,
    "24",
    None,
    True,
    [],
    10**30,
    1j,
    b"1",
    object(),
]


@pytest.fixture
def sessions(tmp_path: Path) -> AgentSession:
    return AgentSession(tmp_path / "session")


@pytest.fixture
def waiting(sessions: AgentSession) -> str:
    agent_id = sessions.create_session("ta", "p", {"task_id": "T001"})
    assert agent_id is not None
    assert sessions.update_state(agent_id, "approval")
    return agent_id


def everything(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("number", range(len(IDS)))
def test_an_id_that_is_none_names_nothing(
    sessions: AgentSession, waiting: str, tmp_path: Path, number: int
):
    agent_id, before = IDS[number], sessions.get_session(waiting)

    assert sessions.update_state(agent_id, "planning") is False
    assert sessions.finalize_session(agent_id, "completed") is False
    assert sessions.should_resume(agent_id) is False
    assert sessions.get_session(agent_id) is None
    assert sessions.get_session(waiting) == before
    assert everything(tmp_path) == ["session"]


@pytest.mark.parametrize(
    "number", [n for n, agent_id in enumerate(IDS) if agent_id is not None]
)
def test_no_session_is_made_of_such_an_id(
    sessions: AgentSession, waiting: str, tmp_path: Path, number: int
):
    assert sessions.create_session("ta", "p", {}, IDS[number]) is None
    assert [each["agent_id"] for each in sessions.list_sessions()] == [waiting]
    assert everything(tmp_path) == ["session"]


@pytest.mark.parametrize("number", range(len(VALUES)))
def test_metadata_that_json_cannot_say_changes_nothing(
    sessions: AgentSession, waiting: str, number: int
):
    value, before = VALUES[number], sessions.get_session(waiting)

    assert sessions.update_state(waiting, metadata=value) is False
    assert sessions.get_session(waiting) == before
    if value:
        assert sessions.create_session("ta", "p", value) is None


@pytest.mark.parametrize("number", range(len(SAFE)))
def test_metadata_that_is_only_odd_is_kept_as_it_is(
    sessions: AgentSession, waiting: str, number: int
):
    assert sessions.update_state(waiting, metadata=SAFE[number])

    kept = sessions.get_session(waiting)
    assert kept is not None
    assert kept["metadata"] == {"task_id": "T001", **SAFE[number]}


@pytest.mark.parametrize("number", range(len(WORDS)))
def test_a_word_that_is_no_phase_and_no_outcome_changes_nothing(
    sessions: AgentSession, waiting: str, number: int
):
    word, before = WORDS[number], sessions.get_session(waiting)

    assert sessions.update_state(waiting, word) is False
    assert sessions.finalize_session(waiting, word) is False
    assert sessions.get_session(waiting) == before


@pytest.mark.parametrize(
    "number", [n for n, value in enumerate(VALUES) if not isinstance(value, str)]
)
def test_a_text_that_is_none_changes_nothing(sessions: AgentSession, waiting: str, number: int):
    value, before = VALUES[number], sessions.get_session(waiting)

    assert sessions.update_state(waiting, error=value) is False
    assert sessions.finalize_session(waiting, "failed", value) is False
    assert sessions.get_session(waiting) == before
    if value:
        assert sessions.create_session(value, "p") is None
        assert sessions.create_session("ta", value) is None
    assert sessions.list_sessions(agent_name=value) == []


@pytest.mark.parametrize(
    "text", ["a\nb", "\x1b[2J", "\u202e", "\0", "x" * 200_000], ids=range(5)
)
def test_any_text_may_be_a_name_and_stays_one_line_of_the_journal(
    sessions: AgentSession, tmp_path: Path, text: str
):
    agent_id = sessions.create_session(text, text)

    assert agent_id is not None
    assert [each["agent_name"] for each in sessions.list_sessions(agent_name=text)] == [text]
    (line,) = (tmp_path / "session" / agent_id / "journal.jsonl").read_text().splitlines()
    assert json.loads(line)["data"]["agent_name"] == text


@pytest.mark.parametrize("number", range(len(HOURS)))
def test_hours_that_are_none_remove_nothing(sessions: AgentSession, waiting: str, number: int):
    assert sessions.finalize_session(waiting, "completed")

    assert sessions.cleanup_old_sessions(HOURS[number]) == 0
    assert sessions.get_session(waiting)
