"""The metrics of a stop, and what is odd about them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_session.core.codec import checked, encode
from agent_session.core.instants import UTC, datetime
from agent_session.core.workflow import anomalies_of, metrics_of, text_of, turn_summary

NOW = datetime(2026, 1, 8, 18, 5, 30, tzinfo=UTC)
TASK = {
    "agent_id": "agent-1",
    "task_id": "T001",
    "agent": "terraform-architect",
    "tier": "T3",
    "tags": ["terraform", "prod"],
}
WORDS = st.sampled_from(
    ["exit code: 3", "took 5 seconds", "Duration: 1 ms", "a\n\u202e", "\ud800"]
)
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | WORDS
SAID = ANYTHING | st.lists(ANYTHING, max_size=3) | st.dictionaries(WORDS, ANYTHING, max_size=2)


def metrics(output: object = "", exit_code: object = None, **task: Any) -> dict[str, Any]:
    return metrics_of({**TASK, **task}, output, exit_code, NOW)


def failed(agent: str = "terraform-architect", exit_code: object = 1) -> dict[str, Any]:
    return {"agent": agent, "exit_code": exit_code}


def types_of(anomalies: list[dict[str, Any]]) -> list[str]:
    return [anomaly["type"] for anomaly in anomalies]


def test_the_metrics_of_a_stop_are_the_published_fields() -> None:
    assert metrics("took 2 seconds, exit code: 0") == {
        "timestamp": "2026-01-08T18:05:30.000000Z",
        "session_id": "agent-1",
        "task_id": "T001",
        "agent": "terraform-architect",
        "tier": "T3",
        "duration_ms": 2000,
        "exit_code": 0,
        "output_length": 28,
        "tags": ["terraform", "prod"],
    }


# --- the exit code ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "means"),
    [
        (0, 0),
        (3, 3),
        (-9, -9),
        ("4", 4),
        (" 5\n", 5),
        ("-6", -6),
        (2.0, 2),
        (3221225786, 3221225786),
    ],
)
def test_the_exit_code_that_is_given_is_the_one(given: object, means: int) -> None:
    assert metrics("exit code: 7", given)["exit_code"] == means


@pytest.mark.parametrize(
    "given",
    [
        None,
        True,
        False,
        1.5,
        float("nan"),
        float("inf"),
        1e300,
        "",
        "-",
        "one",
        "1 error",
        "0x1",
        "1.0",
        "\u0661",
        [1],
        {"code": 1},
        1 << 32,
        -(1 << 32),
        "9" * 20,
        "9" * 9000,
    ],
)
def test_what_is_no_exit_code_was_not_given(given: object) -> None:
    assert metrics("exit code: 7", given)["exit_code"] == 7


@pytest.mark.parametrize(
    ("output", "means"),
    [
        ("exit code: 1", 1),
        ("Exit Code: 12\n", 12),
        ("EXIT CODE 2", 2),
        ("the command ended with exit code 4.", 4),
        ("exit code:5, then exit code:6", 6),
        ("exit code: -9", -9),
        ("**Exit code:** 3", 3),
        ("Exit code: `3`", 3),
        ("exit code=3", 3),
        ("exit code: 3\nexit code: unknown", 3),
        ("exit code: 3 and exit code", 3),
        ("exit code: 3 then exit code: 99999999999", 3),
    ],
)
def test_else_the_last_exit_code_of_the_output_counts(output: str, means: int) -> None:
    assert metrics(output)["exit_code"] == means


@pytest.mark.parametrize(
    "output",
    [
        "",
        "0 errors, 0 failed",
        "3 errors, 2 failed",
        "error: it failed",
        "exit codes: 3",
        "exit code3",
        "exit code: 0x3",
        "exit code: 3rd",
        "exit code:\n3",
        "exit code: \u0663",
        "exit code: 0",
    ],
)
def test_nothing_else_in_the_output_makes_a_failure(output: str) -> None:
    assert metrics(output)["exit_code"] == 0


def test_only_the_end_of_the_output_is_looked_at() -> None:
    far = "exit code: 3, duration: 5 ms" + "x" * (64 << 10)

    assert metrics(far)["exit_code"] == 0
    assert metrics(far)["duration_ms"] is None
    assert metrics(far)["output_length"] == len(far)


# --- the duration -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "means"),
    [
        ("Duration: 1500 ms", 1500),
        ("duration: 1500ms", 1500),
        ("Duration: 12.6 ms", 13),
        ("**Duration:** 8 ms.", 8),
        ("took 2 seconds", 2000),
        ("It took 1 second.", 1000),
        ("took 0.25 seconds", 250),
        ("Took 3. seconds", 3000),
        ("Duration: 1 ms, Duration: 2 ms", 2),
        ("Duration: 5 ms; took 9 seconds", 5),
        ("duration: unknown; took 9 seconds", 9000),
    ],
)
def test_the_duration_is_in_milliseconds(output: str, means: int) -> None:
    assert metrics(output)["duration_ms"] == means


@pytest.mark.parametrize(
    "output",
    ["", "Duration: 5", "Duration: 5 msec", "Duration: ms", "took 5 minutes", "took seconds"],
)
def test_a_duration_in_no_known_words_is_null(output: str) -> None:
    assert metrics(output)["duration_ms"] is None


# --- the fields of the task -------------------------------------------------------------------


@pytest.mark.parametrize("field", ["agent_id", "task_id", "agent", "tier"])
@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, ["x"], {"a": 1}, "", 10**18])
def test_a_field_of_the_wrong_type_is_null(field: str, value: object) -> None:
    name = "session_id" if field == "agent_id" else field

    assert metrics(**{field: value})[name] is None


def test_a_number_as_a_field_becomes_text() -> None:
    assert metrics(task_id=7, tier=-2)["task_id"] == "7"
    assert metrics(task_id=7, tier=-2)["tier"] == "-2"


@pytest.mark.parametrize("task", [None, "agent-1", ["agent-1"], 5])
def test_a_task_that_is_no_object_tells_nothing(task: object) -> None:
    found = metrics_of(task, "done", 0, NOW)

    assert (found["session_id"], found["agent"], found["tags"]) == (None, None, [])
    assert found["output_length"] == 4


@pytest.mark.parametrize("output", [None, 5, ["text"], {"text": "exit code: 3"}])
def test_an_output_that_is_no_text_is_empty(output: object) -> None:
    assert metrics(output)["output_length"] == 0
    assert metrics(output)["exit_code"] == 0


def test_without_an_agent_id_the_host_s_session_is_named() -> None:
    task = {**TASK, "agent_id": None}

    assert metrics_of(task, "", 0, NOW, "host-session")["session_id"] == "host-session"
    assert metrics_of(TASK, "", 0, NOW, "host-session")["session_id"] == "agent-1"
    assert metrics_of(task, "", 0, NOW, ["x"])["session_id"] is None


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        (None, []),
        ("terraform", []),
        ({"a": 1}, []),
        (["a", None, 5, [], "b", ""], ["a", "5", "b"]),
        (["t"] * 99, ["t"] * 32),
    ],
)
def test_tags_are_a_short_list_of_texts(tags: object, kept: list[str]) -> None:
    assert metrics(tags=tags)["tags"] == kept


def test_texts_are_short() -> None:
    assert metrics(task_id="x" * (1 << 20))["task_id"] == "x" * 200


def test_texts_hold_no_secret() -> None:
    assert text_of("password=hunter2hunter2") == "password=[redacted:password]"


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert text_of("a\ud800b") == "a?b"


@settings(deadline=None, max_examples=100)
@given(value=SAID, output=SAID, exit_code=SAID)
def test_whatever_is_said_the_metrics_are_one_line_of_json(
    value: Any, output: Any, exit_code: Any
) -> None:
    found = metrics_of(dict.fromkeys(TASK, value), output, exit_code, NOW, value)

    assert checked(found) == found
    assert "\n" not in encode(found)
    assert ("failed" in types_of(anomalies_of(found, []))) == (found["exit_code"] != 0)


# --- anomalies --------------------------------------------------------------------------------


def test_an_ordinary_run_is_no_anomaly() -> None:
    assert anomalies_of(metrics("Duration: 120000 ms", 0), [failed(), failed()]) == []


def test_more_than_two_minutes_are_slow() -> None:
    assert anomalies_of(metrics("Duration: 120001 ms", 0), []) == [
        {"type": "slow", "value": 120001, "limit": 120000}
    ]


def test_an_exit_code_other_than_0_is_a_failure() -> None:
    assert anomalies_of(metrics("", 3), []) == [{"type": "failed", "value": 3, "limit": 0}]


def test_the_third_failure_of_an_agent_in_a_row_is_another_anomaly() -> None:
    earlier = [failed(), failed("somebody-else", 0), failed()]

    assert anomalies_of(metrics("", 1), earlier)[1:] == [
        {"type": "repeated_failures", "value": 3, "limit": 3}
    ]


@pytest.mark.parametrize(
    "earlier",
    [
        [],
        [failed()],
        [failed(), failed("somebody-else")],
        [failed(), failed(exit_code=0), failed()],
        [failed(), failed(exit_code="1"), failed()],
        [failed(), {"agent": "terraform-architect"}],
    ],
)
def test_fewer_failures_in_a_row_are_none(earlier: list[dict[str, Any]]) -> None:
    assert types_of(anomalies_of(metrics("", 1), earlier)) == ["failed"]


def test_runs_of_nobody_in_particular_make_no_row() -> None:
    nobody = {"agent": None, "exit_code": 1}

    assert types_of(anomalies_of(metrics("", 1, agent=None), [nobody, nobody])) == ["failed"]


def test_earlier_runs_are_not_asked_for_after_a_success() -> None:
    def unreadable() -> Any:
        raise AssertionError
        yield

    assert anomalies_of(metrics("", 0), unreadable()) == []


@pytest.mark.parametrize(
    ("output", "summary"),
    [
        ("  planned it\n", "planned it"),
        ("x" * 600, "x" * 500),
        ("a \ud800", "a ?"),
        (" \n", None),
        ("", None),
        (None, None),
        (["planned"], None),
    ],
)
def test_a_turn_is_summed_up_by_the_beginning_of_the_output(
    output: object, summary: str | None
) -> None:
    assert turn_summary(output) == summary


def test_the_summary_of_a_turn_holds_no_secret() -> None:
    assert "hunter2" not in str(turn_summary("ran with password=hunter2"))
