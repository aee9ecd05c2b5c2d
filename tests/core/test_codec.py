"""Strict JSON: what is read, what is written, what is refused."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core import codec
from agent_session.core.errors import InvalidJSONError, LimitExceededError

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_every_plain_value_comes_back_as_it_went(value: Any):
    assert codec.decode(codec.encode(value).encode()) == value
    assert codec.parse(codec.canonical(value)) == value


@given(PLAIN)
def test_the_canonical_spelling_is_that_of_the_standard_library(value: Any):
    expected = json.dumps(value, sort_keys=True, separators=(",", ":"))

    assert codec.canonical(value) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "[1,]",
        "{'a': 1}",
        "NaN",
        "-Infinity",
        "1e999",
        '{"a":1,"a":2}',
        "1 2",
        "\ufeff{}",
        '"\\ud800"',
        '"\x01"',
        "9" * 5000,
        "nul",
    ],
)
def test_what_is_not_strict_json_is_refused(text: str):
    with pytest.raises(InvalidJSONError):
        codec.decode(text.encode())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff", "UTF-8"),
        (b"[" * 100_000, "nested"),
        (b"[" * 65 + b"]" * 65, "nested deeper than 64"),
        (b'"' + b"a" * (codec.LONGEST_STRING + 1) + b'"', "characters"),
        (b"1" + b"0" * 400, "bits"),
        (b"[]", "object"),
    ],
)
def test_a_refusal_says_what_is_wrong(data: bytes, says: str):
    with pytest.raises((InvalidJSONError, LimitExceededError), match=says):
        codec.decode_object(data)


def test_nesting_of_sixty_four_is_accepted():
    assert codec.decode(b"[" * 64 + b"]" * 64)


class Colour(StrEnum):
    RED = "red"


def test_subclasses_and_tuples_become_plain_values():
    assert codec.checked({Colour.RED: (1, Colour.RED, True)}) == {"red": [1, "red", True]}
    assert type(codec.checked(Colour.RED)) is str


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": {1, 2}}, "value.a: set"),
        ({"a": [0, object()]}, r"value.a\[1\]: object"),
        ({7: 1}, "the key 7"),
        ({"a": float("nan")}, "NaN"),
        ({"a": "\udc00"}, "surrogate"),
        ({"\udc00": 1}, "surrogate"),
    ],
)
def test_what_json_cannot_say_is_refused_by_its_place(value: object, place: str):
    with pytest.raises(InvalidJSONError, match=place):
        codec.checked(value)


def test_a_value_that_holds_itself_is_refused():
    loop: list[Any] = []
    loop.append(loop)

    with pytest.raises(LimitExceededError, match="nested deeper"):
        codec.checked(loop)


@pytest.mark.parametrize("value", [float("inf"), {"a": {1}}, {("a",): 1}])
def test_what_was_not_checked_cannot_be_written_either(value: object):
    with pytest.raises(InvalidJSONError):
        codec.encode(value)


def test_a_value_too_deep_to_write_is_refused():
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(LimitExceededError):
        codec.canonical(deep)


def test_a_record_is_written_a_field_a_line():
    assert (
        codec.encode_record({"a": {"b": 1}, "c": "é"})
        == b'{\n  "a": {"b":1},\n  "c": "\\u00e9"\n}\n'
    )


def test_a_record_beyond_a_mebibyte_is_refused():
    with pytest.raises(LimitExceededError, match="at most 1048576"):
        codec.encode_record({"a": ["x" * 1000] * 1100})


def test_a_digest_is_sha256_in_a_short_life_and_in_a_long_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(codec, "_sha256", None)
    monkeypatch.setattr(codec, "_digests", 0)

    for number in range(20):
        text = str(number).encode()
        assert codec.digest(text) == hashlib.sha256(text).hexdigest()


def test_an_object_is_read_as_a_dict():
    assert codec.decode_object(b' {"a": [1]}\n') == {"a": [1]}


def test_fields_without_end_are_spelled_all_the_same():
    record = {f"field {number}": None for number in range(200)}

    assert codec.decode_object(codec.encode_record(record)) == record
