"""What is approved: the bytes that will run, and what a person sees of them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core.actions import (
    LARGEST,
    MOST_SHOWN,
    action_digest,
    bytes_of,
    plan_action,
    tool_action,
    tool_bytes,
)
from agent_session.core.errors import InvalidJSONError, InvalidValueError, LimitExceededError
from tests.approvals import NONCE, PLAN

SECRET = "AKIA" + "IOSFODNN7EXAMPLE"


class TestPlan:
    def test_it_is_bound_by_its_bytes_and_shown_as_its_text(self):
        sealed = plan_action(PLAN, "plan.md").sealed(NONCE)
        nonce = bytes.fromhex(NONCE)

        assert sealed == {
            "kind": "plan",
            "tool": None,
            "source": "plan.md",
            "size": len(PLAN),
            "shown": PLAN.decode(),
            "hidden": [],
            "action_digest": hashlib.sha256(nonce + PLAN).hexdigest(),
            "shown_digest": hashlib.sha256(nonce + PLAN).hexdigest(),
        }

    def test_a_secret_in_it_binds_and_is_not_kept(self):
        raw = f"deploy\npassword = {SECRET}\n".encode()
        action = plan_action(raw)
        sealed = action.sealed(NONCE)

        assert SECRET not in str(sealed)
        assert "[redacted:" in action.shown
        assert action.hidden == ["what looks like a secret was redacted in 1 places"]
        assert sealed["action_digest"] == action_digest(NONCE, raw)
        assert sealed["shown_digest"] != sealed["action_digest"]

    def test_words_that_only_look_redacted_are_not_told_as_hidden(self):
        assert plan_action(b"[redacted:token] stays as it is\n").hidden == []

    def test_bytes_that_are_no_text_are_spelt_out_and_said_to_be(self):
        action = plan_action(b"run \xff\xfe")

        assert action.shown == r"run \xff\xfe"
        assert action.hidden == ["it is not text: the bytes that are not UTF-8 are spelt out"]
        assert action.raw == b"run \xff\xfe"

    def test_what_is_too_long_to_show_is_said_to_be(self):
        action = plan_action(b"x" * (MOST_SHOWN + 1))

        assert action.shown == "x" * MOST_SHOWN
        assert action.hidden == ["only the first 65536 of 65537 characters are shown"]

    def test_what_just_fits_is_shown_whole(self):
        assert plan_action(b"x" * MOST_SHOWN).hidden == []
        assert tool_action("Write", {"content": "x" * (MOST_SHOWN - 14)}).hidden == []

    def test_a_secret_across_the_end_of_what_is_shown_is_redacted(self):
        before = "x" * (MOST_SHOWN - 12) + "\n"
        action = plan_action(f"{before}{SECRET}\n".encode())

        assert SECRET[:8] not in action.shown

    @pytest.mark.parametrize("raw", [b"", b" \n\t", b"\r\n"])
    def test_an_empty_plan_is_none(self, raw: bytes):
        with pytest.raises(InvalidValueError, match="nothing to approve"):
            plan_action(raw)

    def test_a_plan_beyond_all_measure_is_refused(self):
        with pytest.raises(LimitExceededError, match="at most 8388608 bytes, this 8388609"):
            plan_action(b"x" * (LARGEST + 1))


class TestTool:
    def test_it_is_bound_by_its_name_and_its_input(self):
        one = tool_action("Bash", {"command": "make"}).sealed(NONCE)
        other = tool_action("Shell", {"command": "make"}).sealed(NONCE)

        assert (one["kind"], one["tool"], one["shown"]) == (
            "tool",
            "Bash",
            '{"command":"make"}',
        )
        assert one["action_digest"] != other["action_digest"]

    def test_the_order_of_keys_does_not_count(self):
        assert tool_bytes("Bash", {"a": 1, "b": 2}) == tool_bytes("Bash", {"b": 2, "a": 1})

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"a": 1}, {"a": "1"}),
            ({"a": 1}, {"a": True}),
            ({"a": None}, {}),
            ({"a": []}, {"a": {}}),
            ({"a": ["b", "c"]}, {"a": ["c", "b"]}),
            ({"a": "x"}, {"a": "x "}),
            ({"a": "\u00e9"}, {"a": "e\u0301"}),
        ],
    )
    def test_whatever_else_differs_counts(self, one: dict[str, Any], other: dict[str, Any]):
        assert tool_bytes("Bash", one) != tool_bytes("Bash", other)

    def test_a_secret_in_it_binds_and_is_not_kept(self):
        action = tool_action("Bash", {"password": "hunter2-hunter2", "command": "make"})

        assert "hunter2" not in str(action.sealed(NONCE))
        assert b"hunter2" in action.raw
        assert action.hidden == ["what looks like a secret was redacted in 1 places"]

    def test_what_is_too_long_to_show_is_said_to_be(self):
        action = tool_action("Write", {"content": "x" * MOST_SHOWN})

        assert len(action.shown) == MOST_SHOWN
        assert action.hidden == ["only the first 65536 of 65550 characters are shown"]

    @pytest.mark.parametrize("tool_input", [{"a": float("nan")}, {"a": {1}}, {1: 2}])
    def test_what_is_not_json_is_refused(self, tool_input: dict[str, Any]):
        with pytest.raises(InvalidJSONError):
            tool_action("\ud800", {})
        with pytest.raises(InvalidJSONError):
            tool_action("Bash", tool_input)

    def test_an_input_beyond_all_measure_is_refused(self):
        with pytest.raises(LimitExceededError, match="an action has at most"):
            tool_action("Write", {str(number): "x" * 200_000 for number in range(50)})


class TestWhatIsAboutToRun:
    def test_a_plan_is_its_bytes(self):
        assert bytes_of("plan", b" \xff\n") == b" \xff\n"

    def test_a_tool_call_is_said_as_json(self):
        given = b' {"input": {"command": "make"}, "tool": "Bash"}\n'

        assert bytes_of("tool", given) == tool_bytes("Bash", {"command": "make"})

    @pytest.mark.parametrize(
        "given",
        [
            b"",
            b"[]",
            b'{"tool": "Bash"}',
            b'{"tool": 7, "input": {}}',
            b'{"tool": "Bash", "input": "make"}',
            b'{"tool": "Bash", "input": {"a": 1, "a": 2}}',
            b'{"tool": "Bash", "input": {"a": NaN}}',
        ],
    )
    def test_what_says_no_tool_call_is_refused(self, given: bytes):
        with pytest.raises(InvalidJSONError):
            bytes_of("tool", given)


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_digests_are_equal_only_for_equal_bytes(one: bytes, other: bytes):
    assert (action_digest(NONCE, one) == action_digest(NONCE, other)) is (one == other)
