"""The figures that the counts come to, each with its target: the published key metrics."""

from __future__ import annotations

from math import ceil

from .measures import RESUME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from .measures import Tally


class Target:
    """What a figure should be: *more* than a bound, or less."""

    __slots__ = ("bound", "more", "unit")

    def __init__(self, bound: float, unit: str, *, more: bool = False) -> None:
        self.bound = bound
        self.unit = unit
        self.more = more

    def is_met(self, value: float | None) -> bool | None:
        """None where there is no value yet."""
        if value is None:
            return None
        return value > self.bound if self.more else value < self.bound


SHARE = "share"
SECONDS = "seconds"
BYTES = "bytes"
# By the name of the figure; a dot leads into it.
TARGETS: Mapping[str, Target] = {
    "resume_rate": Target(0.6, SHARE, more=True),
    "resume_success_rate": Target(0.8, SHARE, more=True),
    "duration_seconds.median": Target(300, SECONDS),
    "duration_seconds.p95": Target(1800, SECONDS),
    "error_rate": Target(0.1, SHARE),
    "storage_bytes": Target(100 << 20, BYTES),
}


def figures(tally: Tally) -> dict[str, Any]:
    """`delegations`, `resume_rate`, `resume_success_rate`, `duration_seconds`, `error_rate`,
    `time_to_decision_seconds` and `approvals`, and the `counts` that they come from.

    A share of nothing is None, and so is a percentile of none.
    """
    asked = sum(tally.delegations.values())
    resumed = _counted(tally.delegations, lambda key: key[0] == RESUME)
    return {
        "delegations": asked,
        "resume_rate": _share(resumed, asked),
        "resume_success_rate": _share(tally.resumed_completed, tally.resumed_ended),
        "duration_seconds": _spread(tally.durations),
        "error_rate": _share(tally.had_errors, tally.sessions),
        "time_to_decision_seconds": _spread(tally.answers),
        "approvals": by_status(tally.approvals),
        "counts": {
            "delegations_resumed": resumed,
            "delegations_by_reason": _by_reason(tally.delegations),
            "sessions": tally.sessions,
            "sessions_resumed": tally.resumed,
            "resumed_sessions_ended": tally.resumed_ended,
            "resumed_sessions_completed": tally.resumed_completed,
            "sessions_with_errors": tally.had_errors,
            "sessions_with_duration": len(tally.durations),
            "approvals_decided": len(tally.answers),
        },
    }


def figure(found: Mapping[str, Any], name: str) -> float | None:
    """The one of this name; a dot leads into it."""
    value: Any = found
    for word in name.split("."):
        value = value[word]
    return value  # type: ignore[no-any-return]


def targets_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """Each target with its `bound` and whether it is `met`; None where there is no figure."""
    return {
        name: {
            "bound": target.bound,
            "better": "more" if target.more else "less",
            "met": target.is_met(figure(found, name)),
        }
        for name, target in TARGETS.items()
        if name.split(".")[0] in found
    }


def by_status(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """By status, and within it by the strength of the answer; `none` for no answer."""
    found: dict[str, dict[str, int]] = {}
    for (status, strength), count in sorted(counts.items()):
        found.setdefault(status, {})[strength or "none"] = count
    return found


def _by_reason(counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for (_, reason), count in sorted(counts.items()):
        found[reason] = found.get(reason, 0) + count
    return found


def _counted(
    counts: Mapping[tuple[str, str], int], matches: Callable[[tuple[str, str]], bool]
) -> int:
    return sum(count for key, count in counts.items() if matches(key))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    ordered = sorted(values)
    return {"median": percentile(ordered, 50), "p95": percentile(ordered, 95)}


def percentile(ordered: Sequence[float], percent: float) -> float | None:
    """The smallest value that so many percent are not above (nearest rank), of values in their
    order.
    """
    if not ordered:
        return None
    return ordered[max(ceil(len(ordered) * percent / 100), 1) - 1]
