"""One record is one line, and nothing that a name holds acts on a terminal."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent_session.core.visible import one_line
from agent_session.surfaces.cli import render, tables
from agent_session.telling.words import size_of
from tests.surfaces.cli.command_line import CommandLine

HOSTILE = [
    "two\nlines",
    "carriage\rreturn",
    "a\ttab",
    "\x1b[2Jcleared",
    "\x9b31mC1",
    "next\x85line",
    "\u202egnirts",
    "\u2066isolated\u2069",
    "line\u2028separator",
    "zero\u200bwidth",
    "\x7f",
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_acts_on_a_terminal_is_made_visible(text: str) -> None:
    shown = one_line(text)

    assert shown.isprintable()
    assert "\\" in shown


@pytest.mark.parametrize(
    "text", ["", "plain", "ñandú", "日本語", "👩‍🚀", "a\u00a0b", "نمی‌خواهم"]
)
def test_ordinary_text_stays(text: str) -> None:
    assert one_line(text) == text


@given(some.text())
def test_a_line_stays_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


@pytest.mark.parametrize("name", HOSTILE[:-1])
def test_a_session_with_a_hostile_name_is_one_line(cli: CommandLine, name: str) -> None:
    agent_id = cli.create("--agent", name, "--purpose", name)

    assert len(cli("list").out.splitlines()) == 1
    assert len(cli("list", "--json").out.splitlines()) == 3
    assert len(cli("timeline", agent_id).out.splitlines()) == 1
    assert cli("get", agent_id).json["agent_name"] == name


@pytest.mark.parametrize("name", HOSTILE[:-1])
def test_json_holds_nothing_that_acts_on_a_terminal(cli: CommandLine, name: str) -> None:
    agent_id = cli.create("--agent", name)

    assert cli("get", agent_id).out.replace("\n", "").isprintable()


JSON = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats(allow_nan=False)
    | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner),
    max_leaves=20,
)


@given(JSON.filter(lambda value: value not in (float("inf"), float("-inf"))))
def test_json_says_what_it_was_given(value: object) -> None:
    stream = io.StringIO()
    before, sys.stdout = sys.stdout, stream
    try:
        render.say_json({"value": repr(value), "list": [1, "é\n"]})
        render.say_json_lines([{"a": "ü"}, {"b": []}])
    finally:
        sys.stdout = before

    first, second = stream.getvalue().split("\n[\n", 1)
    assert json.loads(first) == {"value": repr(value), "list": [1, "é\n"]}
    assert json.loads("[" + second) == [{"a": "ü"}, {"b": []}]


def test_json_is_ascii_where_stdout_can_show_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))

    render.say_json("naïve")
    render.say("naïve")
    sys.stdout.flush()

    assert raw.getvalue() == b'"na\\u00efve"\nna\\xefve\n'


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB")],
)
def test_sizes_are_told_in_the_unit_that_reads_best(count: int, expected: str) -> None:
    assert size_of(count) == expected


# --- tables -----------------------------------------------------------------------------------


def _printed(capsys: pytest.CaptureFixture[str], *rows: tuple[str, str]) -> list[str]:
    tables.print_table((tables.Column("NAME", gives_way=True), tables.Column("N")), rows)
    return capsys.readouterr().out.splitlines()


def test_columns_line_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert _printed(capsys, ("long name", "1"), ("x", "2")) == [
        "NAME       N",
        "long name  1",
        "x          2",
    ]


def test_columns_line_up_under_wide_characters(capsys: pytest.CaptureFixture[str]) -> None:
    assert _printed(capsys, ("日本", "1"), ("abcd", "2"), ("e\u0301", "3"))[1:] == [
        "日本  1",
        "abcd  2",
        "e\u0301     3",
    ]


def test_a_column_gives_way_in_a_narrow_window(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "is_terminal", lambda _: True)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setenv("COLUMNS", "15")

    lines = _printed(capsys, ("a name that is too long", "1"), ("日本語の名前です", "2"))

    assert lines[1:] == ["a name that…  1", "日本語の名…   2"]


def test_a_last_column_goes_on_below_itself_in_a_narrow_window(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = (tables.Column(), tables.Column(wraps=True))
    rows = [("one", "a sentence that is longer than its window is wide"), ("two", "short")]
    tables.print_table(columns, rows)
    assert capsys.readouterr().out.count("\n") == 2

    monkeypatch.setattr(tables, "is_terminal", lambda _: True)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setenv("COLUMNS", "32")
    tables.print_table(columns, rows)

    assert capsys.readouterr().out.splitlines() == [
        "one  a sentence that is longer",
        "     than its window is wide",
        "two  short",
    ]
