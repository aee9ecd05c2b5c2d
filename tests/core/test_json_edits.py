"""JSON text is edited where it stands; what is not part of the change keeps its spelling."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent_session.core.errors import InvalidJSONError
from agent_session.core.json_edits import added, read, removed, replaced

ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
STYLES: list[dict[str, Any]] = [
    {},
    {"indent": 2},
    {"indent": 4, "ensure_ascii": False},
    {"indent": "\t"},
    {"separators": (",", ":")},
]


@pytest.mark.parametrize(
    ("text", "key", "edited"),
    [
        ("{}", "k", '{\n  "k": 1\n}'),
        ("{}\n", "k", '{\n  "k": 1\n}\n'),
        ('{"a":1}', "k", '{"a":1, "k": 1}'),
        ('{"a":1,"b":2}', "k", '{"a":1,"b":2,"k": 1}'),
        ('{\n\t"a": 1\n}', "k", '{\n\t"a": 1,\n\t"k": 1\n}'),
        ('{\r\n    "a": []\r\n}', "é", '{\r\n    "a": [],\r\n    "é": 1\r\n}'),
    ],
)
def test_a_member_is_added_in_the_style_of_its_neighbours(
    text: str, key: str, edited: str
) -> None:
    assert added(text, (), 1, key) == edited


def test_an_item_is_added_with_the_indentation_of_the_text() -> None:
    text = '{\n   "a": [\n      {"b": 1}\n   ]\n}'

    assert added(text, ("a",), {"c": 2}) == (
        '{\n   "a": [\n      {"b": 1},\n      {\n         "c": 2\n      }\n   ]\n}'
    )


def test_what_is_empty_is_filled_as_the_text_is_written() -> None:
    assert added('{"a": [ ], "b": 1}', ("a",), 2) == '{"a": [2], "b": 1}'
    assert added('{\n "a": {}\n}', ("a",), [], "k") == '{\n "a": {\n  "k": []\n }\n}'
    assert added('{\n"a": []\n}', ("a",), 1) == '{\n"a": [\n  1\n]\n}'


def test_a_value_is_replaced_and_its_neighbours_stay() -> None:
    text = '[1.0, {"é": 1e2},\n  "\\u00e9"]'

    assert replaced(text, (1,), True) == '[1.0, true,\n  "\\u00e9"]'
    assert replaced(text, (1, "é"), {"a": 1}) == '[1.0, {"é": {"a": 1}},\n  "\\u00e9"]'
    assert replaced(text, (2,), [0]) == '[1.0, {"é": 1e2},\n  [\n    0\n  ]]'


@pytest.mark.parametrize(
    ("path", "left"),
    [
        (("a",), '{"b": [1, 2 ,3]}'),
        (("b",), '{"a": {"x": 0}}'),
        (("a", "x"), '{"a": {}, "b": [1, 2 ,3]}'),
        (("b", 0), '{"a": {"x": 0}, "b": [2 ,3]}'),
        (("b", 1), '{"a": {"x": 0}, "b": [1 ,3]}'),
        (("b", 2), '{"a": {"x": 0}, "b": [1, 2]}'),
    ],
)
def test_what_is_removed_takes_its_comma_along(path: tuple[str | int, ...], left: str) -> None:
    assert removed('{"a": {"x": 0}, "b": [1, 2 ,3]}', path) == left


@given(ANYTHING, some.sampled_from(STYLES))
def test_what_is_added_and_removed_again_leaves_the_same_text(
    value: Any, style: dict[str, Any]
) -> None:
    text = json.dumps({"first": value, "list": [value]}, **style)

    more = added(added(text, (), value, "second"), ("list",), value)

    assert json.loads(more) == {"first": value, "list": [value, value], "second": value}
    assert removed(removed(more, ("list", 1)), ("second",)) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n  "a": 1,\n}', "line 3, column 1"),
        ("", "line 1, column 1"),
        ('{"a": 1, "a": 2}', "the key 'a' is there twice"),
        ("[NaN]", "NaN is not JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InvalidJSONError, match=said):
        read(text)
