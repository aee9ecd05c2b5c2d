"""What a stop says about the run before it: one line of metrics, and what is odd about them.

What an agent has written itself is believed in one thing only, `exit code: N`, and only where
its host gave no exit code. Whatever is not what it should be becomes null or short text.
"""

from __future__ import annotations

from .instants import at
from .redaction import redact_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from .instants import datetime

    Metrics = dict[str, Any]
    Anomaly = dict[str, Any]

SLOW_MS = 120_000
FAILURES_IN_A_ROW = 3

SLOW = "slow"
FAILED = "failed"
REPEATED_FAILURES = "repeated_failures"

_TAIL = 64 << 10
_LONGEST_TEXT = 200
_LONGEST_TEXT_READ = 4096
_LONGEST_SUMMARY = 500
_MOST_TAGS = 32
_LARGEST_NUMBER = 10**18
_LARGEST_EXIT_CODE = (1 << 32) - 1
_DIGITS = "0123456789"
_BLANKS = " \t"
_SEAMS = " \t:=*`"  # agents write Markdown: `**Exit code:** 1`
_LONGEST_PHRASE = 48


def metrics_of(
    task_info: object,
    agent_output: object,
    exit_code: object,
    now: datetime,
    session_id: object = None,
) -> Metrics:
    """The metrics of one stop; *session_id* stands in where the task has no agent id."""
    info: Mapping[str, Any] = task_info if isinstance(task_info, dict) else {}
    output = agent_output if isinstance(agent_output, str) else ""
    end = output[-_TAIL:].lower()
    return {
        "timestamp": at(now),
        "session_id": text_of(info.get("agent_id")) or text_of(session_id),
        "task_id": text_of(info.get("task_id")),
        "agent": text_of(info.get("agent")),
        "tier": text_of(info.get("tier")),
        "duration_ms": _duration_ms(end),
        "exit_code": _exit_code(exit_code, end),
        "output_length": len(output),
        "tags": _tags(info.get("tags")),
    }


# --- texts ------------------------------------------------------------------------------------


def text_of(value: object) -> str | None:
    """*value* as a short text without secrets; None for what is neither text nor a number."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_NUMBER:
        return str(value)
    if not isinstance(value, str):
        return None
    # A lone surrogate is no text, and could not be read back.
    whole = value[:_LONGEST_TEXT_READ].encode(errors="replace").decode()
    return redact_text(whole)[:_LONGEST_TEXT] or None


def turn_summary(output: object) -> str | None:
    """What a turn came to, in the agent's own words: the beginning of what it said last."""
    if not isinstance(output, str):
        return None
    text = output[:_LONGEST_TEXT_READ].encode(errors="replace").decode().strip()
    return redact_text(text)[:_LONGEST_SUMMARY] or None


def _tags(value: object) -> list[str]:
    tags = value[:_MOST_TAGS] if isinstance(value, list) else []
    return [text for tag in tags if (text := text_of(tag)) is not None]


# --- the numbers in what was said -------------------------------------------------------------


def _exit_code(given: object, output: str) -> int:
    """The *given* one, else the last that *output* tells, else 0."""
    found = _given_exit_code(given)
    return (_last_number(output, "exit code", _exit_code_in) if found is None else found) or 0


def _given_exit_code(given: object) -> int | None:
    if isinstance(given, str):
        text = given[:_LONGEST_PHRASE].strip()
        return None if text.removeprefix("-").strip(_DIGITS) else _exit_code_in(text)
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        return given if abs(given) <= _LARGEST_EXIT_CODE else None
    return None


def _exit_code_in(phrase: str) -> int | None:
    """The exit code that *phrase* begins with."""
    digits, rest = _split_digits(phrase.removeprefix("-"))
    if not digits or rest[:1].isalnum() or int(digits) > _LARGEST_EXIT_CODE:
        return None
    return -int(digits) if phrase.startswith("-") else int(digits)


def _duration_ms(output: str) -> int | None:
    """`Duration: N ms`, else `took N seconds`; the last of its kind counts."""
    duration = _last_number(output, "duration", _milliseconds_in)
    return _last_number(output, "took", _seconds_in) if duration is None else duration


def _milliseconds_in(phrase: str) -> int | None:
    number, unit = _split_number(phrase)
    return round(number) if unit.startswith("ms") and not unit[2:3].isalnum() else None


def _seconds_in(phrase: str) -> int | None:
    number, unit = _split_number(phrase)
    return round(number * 1000) if unit.startswith("second") else None


def _last_number(output: str, label: str, read: Callable[[str], int | None]) -> int | None:
    """What *read* makes of the phrase behind the last *label* that it can read."""
    end = len(output)
    while (start := output.rfind(label, 0, end)) >= 0:
        behind = start + len(label)
        phrase = output[behind : behind + _LONGEST_PHRASE]
        found = read(phrase.lstrip(_SEAMS)) if phrase[:1] in _SEAMS else None
        if found is not None:
            return found
        end = start
    return None


def _split_number(phrase: str) -> tuple[float, str]:
    """The number that *phrase* begins with, and the word behind it; no word without it."""
    whole, rest = _split_digits(phrase)
    if not whole:
        return 0.0, ""
    fraction, after = _split_digits(rest[1:]) if rest.startswith(".") else ("", rest)
    return float(f"{whole}.{fraction or 0}"), after.lstrip(_BLANKS)


def _split_digits(phrase: str) -> tuple[str, str]:
    rest = phrase.lstrip(_DIGITS)
    return phrase[: len(phrase) - len(rest)], rest


# --- anomalies --------------------------------------------------------------------------------


def anomalies_of(
    metrics: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]
) -> list[Anomaly]:
    """What is odd about *metrics*; *earlier* ones, newest first, may be of any agent.

    They are only asked for after a failure.
    """
    anomalies = []
    duration, exit_code = metrics["duration_ms"], metrics["exit_code"]
    if duration is not None and duration > SLOW_MS:
        anomalies.append({"type": SLOW, "value": duration, "limit": SLOW_MS})
    if exit_code != 0:
        anomalies.append({"type": FAILED, "value": exit_code, "limit": 0})
        failures = 1 + _failures_before(metrics["agent"], earlier)
        if failures >= FAILURES_IN_A_ROW:
            limit = FAILURES_IN_A_ROW
            anomalies.append({"type": REPEATED_FAILURES, "value": failures, "limit": limit})
    return anomalies


def _failures_before(agent: str | None, earlier: Iterable[Mapping[str, Any]]) -> int:
    """How many of the agent's latest runs failed, one after the other."""
    failures = 0
    if agent is not None:
        for each in earlier:
            if each.get("agent") != agent:
                continue
            if not _is_failure(each.get("exit_code")):
                break
            failures += 1
    return failures


def _is_failure(exit_code: object) -> bool:
    return isinstance(exit_code, int) and exit_code != 0
