"""Our handlers in somebody's settings: put in, renewed in their place, taken out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent_session.core.errors import InvalidValueError
from agent_session.core.registering import (
    are_alike,
    are_off,
    is_ours,
    our_plugin_in,
    ours_in,
    settings_in,
    with_ours,
    without_ours,
)
from agent_session.core.registrations import CLAUDE_CODE, hooks_of

HERE = "/here/agent_session/surfaces/hooks/start.py"
ELSEWHERE = "/elsewhere/agent_session/surfaces/hooks/start.py"
HOOKS = hooks_of(CLAUDE_CODE, "/usr/bin/python3", ["-I", "-S", HERE, "claude-code"])
OLD = hooks_of(CLAUDE_CODE, "/old/python3", ["-I", "-S", ELSEWHERE, "claude-code"])
THEIRS = {"type": "command", "command": "theirs.sh"}
EVENTS = [each.event for each in CLAUDE_CODE]


def _text(hooks: Any, **style: Any) -> str:
    return json.dumps({"model": "opus", "hooks": hooks, "env": {}}, **style)


def _handlers(text: str) -> list[Any]:
    return [each.handler for each in ours_in(json.loads(text))]


def test_every_row_of_the_table_is_put_in_once() -> None:
    text = with_ours("", HOOKS)

    assert json.loads(text) == {"hooks": HOOKS}
    assert text.endswith("}\n")


def test_what_fails_closed_says_so_twice() -> None:
    closed = [each for each in _handlers(with_ours("", HOOKS)) if "closed" in each["args"]]

    assert [each["onFailure"] for each in closed] == ["block", "block"]


def test_putting_in_again_changes_nothing() -> None:
    text = with_ours(_text({"Stop": []}, indent=4), HOOKS)

    assert with_ours(text, HOOKS) == text


def test_handlers_of_another_place_are_renewed_where_they_stand() -> None:
    groups = {"Stop": [{"hooks": [THEIRS, OLD["Stop"][0]["hooks"][0], THEIRS]}]}

    text = with_ours(_text(groups), HOOKS)

    [group] = json.loads(text)["hooks"]["Stop"]
    assert group["hooks"] == [THEIRS, HOOKS["Stop"][0]["hooks"][0], THEIRS]


def test_handlers_of_ours_that_nothing_wants_are_taken_out() -> None:
    ours = HOOKS["Stop"][0]["hooks"][0]
    groups = {
        "Stop": [{"hooks": [ours]}, {"hooks": [THEIRS]}, {"hooks": [ours]}],
        "PreToolUse": [{"matcher": "Task", "hooks": [ours]}],
        "Notification": [{"hooks": [ours]}],
    }

    text = with_ours(_text(groups), HOOKS)

    assert len(_handlers(text)) == len(CLAUDE_CODE)
    assert json.loads(text)["hooks"]["Stop"] == [{"hooks": [ours]}, {"hooks": [THEIRS]}]
    assert "Notification" not in json.loads(text)["hooks"]


some_groups = some.dictionaries(
    some.sampled_from([*EVENTS, "Notification"]),
    some.lists(
        some.fixed_dictionaries(
            {"hooks": some.lists(some.just(THEIRS), min_size=1, max_size=2)},
            optional={"matcher": some.sampled_from(["Bash", "^(Agent|Task)$", ""])},
        ),
        min_size=1,
        max_size=3,
    ),
    min_size=1,
)


@given(some_groups, some.sampled_from([None, 2, 4, "\t"]))
def test_what_is_theirs_stands_as_before_when_ours_is_out_again(
    groups: dict[str, Any], indent: int | str | None
) -> None:
    text = _text(groups, indent=indent)

    more = with_ours(text, HOOKS)

    assert len(_handlers(more)) == len(CLAUDE_CODE)
    assert without_ours(more) == text
    assert {
        event: [group for group in found if THEIRS in group["hooks"]]
        for event, found in json.loads(more)["hooks"].items()
        if event in groups
    } == groups


def test_ours_among_theirs_are_taken_out_alone() -> None:
    ours = HOOKS["Stop"][0]["hooks"][0]

    text = without_ours(_text({"Stop": [{"hooks": [THEIRS, ours]}]}))

    assert text == _text({"Stop": [{"hooks": [THEIRS]}]})


def test_an_empty_file_says_nothing() -> None:
    assert settings_in(" \n") == {}


def test_what_only_ours_have_filled_goes_with_them() -> None:
    assert without_ours(with_ours('{"model": "opus"}', HOOKS)) == '{"model": "opus"}'


@pytest.mark.parametrize(
    ("handler", "ours"),
    [
        ({"command": "/p", "args": ["-I", HERE, "claude-code"]}, True),
        ({"command": "${CLAUDE_PLUGIN_ROOT}/hooks/run", "args": ["claude-code"]}, True),
        ({"command": "/a b/hooks/run", "args": ["codex", "closed"]}, True),
        ({"command": "/theirs/hooks/run", "args": ["lint"]}, False),
        ({"command": "/theirs/hooks/run", "args": []}, False),
        ({"command": "/p", "args": [1, None]}, False),
        ({"command": f"python3 {HERE}"}, False),
        ({"type": "http", "url": "x"}, False),
        ("text", False),
    ],
)
def test_ours_is_what_runs_our_hook(handler: object, ours: bool) -> None:
    assert is_ours(handler) is ours


@pytest.mark.parametrize(
    "settings",
    [
        None,
        [],
        {},
        {"hooks": 1},
        {"hooks": {"Stop": 1}},
        {"hooks": {"Stop": [1, {"hooks": 1}]}},
    ],
)
def test_what_has_another_shape_holds_none_of_ours(settings: object) -> None:
    assert ours_in(settings) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "it is no JSON object"),
        ('{"hooks": null}', '"hooks" is no object'),
        ('{"hooks": {"Stop": {}}}', '"hooks" holds no array under "Stop"'),
        ('{"hooks": {"Stop": [[]]}}', 'something else .* under "Stop", number 1'),
        ('{"hooks": {"Stop": [{"hooks": []}, {"matcher": ""}]}}', 'under "Stop", number 2'),
        ('{"hooks": {"Stop": [{"hooks": ["x"]}]}}', 'under "Stop", number 1'),
        ('{"a": 1,}', "line 1, column 9"),
    ],
)
def test_hooks_of_another_shape_are_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidValueError, match=said):
        settings_in(text)
    with pytest.raises(InvalidValueError, match=said):
        with_ours(text, HOOKS)


@pytest.mark.parametrize(
    ("settings", "off"),
    [({"disableAllHooks": True}, True), ({"disableAllHooks": False}, False), ([], False)],
)
def test_settings_may_turn_all_hooks_off(settings: object, off: bool) -> None:
    assert are_off(settings) is off


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"enabledPlugins": {"a@b": True, "agent-session@x": True}}, "agent-session@x"),
        ({"enabledPlugins": {"agent-session@x": False}}, None),
        ({"enabledPlugins": []}, None),
        ({}, None),
        (None, None),
    ],
)
def test_settings_may_enable_the_plugin(settings: object, name: str | None) -> None:
    assert our_plugin_in(settings) == name


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ('{"a":1,"hooks":{"Stop":[]}}', True),
        ('{"a": 1, "hooks": {}}', True),
        ('{"a": 1}', True),
        ('{"a": 1.0}', False),
        ('{"a": 1, "hooks": {"Stop": [{"hooks": []}]}}', False),
        ('{"a": 1, "b": 2}', False),
    ],
)
def test_empty_arrays_of_hooks_say_nothing(text: str, alike: bool) -> None:
    assert are_alike('{"a": 1}', text) is alike


def test_the_order_of_keys_says_something() -> None:
    assert not are_alike('{"a": 1, "b": 2}', '{"b": 2, "a": 1}')
