"""Text of others, made safe to look at."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core.visible import lines, one_line, shortened

JOINERS = "\u200c\u200d"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "für „dich“",
        "日本語",
        "क\u094d\u200dष",
        "👩\u200d🚀",
        "a\u00a0b",
        "全\u3000角",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str):
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\rb\0", r"a\rb\x00"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("\u2066a\u2069", r"\u2066a\u2069"),
        ("\U000e0041\U000e007f", r"\U000e0041\U000e007f"),
        ("\u2028\u2029\x85", r"\u2028\u2029\x85"),
        ("\ufeff\u200b\u00ad", r"\ufeff\u200b\xad"),
        ("\ud800", r"\ud800"),
        ("\ue000", r"\ue000"),
        ("a\U000e0100\U000e01ef", r"a\U000e0100\U000e01ef"),
        ("a\ufe00\ufe0d\u180b", r"a\ufe00\ufe0d\u180b"),
        ("\u3164\u115f\u2800\u034f", r"\u3164\u115f\u2800\u034f"),
    ],
)
def test_what_could_be_anything_else_is_spelt_out(text: str, shown: str):
    assert one_line(text) == shown


@given(st.text())
def test_nothing_is_left_that_acts(text: str):
    shown = one_line(text)

    assert all(
        unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        for char in shown
        if char not in JOINERS
    )
    assert len(shown.splitlines()) <= 1


def test_the_lines_of_a_text_stay_lines():
    assert lines("a\r\nb\tc\n\n\rd\n") == ["a", "b   c", "", r"\rd", ""]


@pytest.mark.parametrize(
    ("text", "short"), [("abc", "abc"), ("abcd", "ab…"), ("", ""), ("äöü", "äöü")]
)
def test_what_is_too_long_is_cut_and_shows_it(text: str, short: str):
    assert shortened(text, 3) == short
