"""How long, as a person writes it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent_session.core.durations import duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0), ("30s", 30), ("5m", 300), ("1.5h", 5400), (".5h", 1800), ("2.h", 7200),
        ("7d", 604800), ("2w", 1209600), ("007s", 7), ("999999999s", 999999999),
    ],
)  # fmt: skip
def test_a_number_and_its_unit_are_a_duration(text: str, seconds: float):
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "", "s", "5", ".s", "5 m", " 5m", "5m ", "5M", "5min", "-5m", "+5m", "1e3s", "1_0s",
        "1..5h", "1.5.h", "nans", "infs", "٣s", "³s", "0x5s", "1234567890s", "5m\n", "\0s",
        "99999999999999999999d",
    ],
)  # fmt: skip
def test_anything_else_is_none(text: str):
    with pytest.raises(ValueError, match="is no duration; give 30s, 5m, 24h or 7d"):
        duration(text)


def test_what_no_clock_can_count_is_none():
    with pytest.raises(ValueError, match="'999999999w' is no duration"):
        duration("999999999w")
