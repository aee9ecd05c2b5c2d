"""What a measure found, as it is kept in `results.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

TIMES = "\N{MULTIPLICATION SIGN}"
TO = "\N{EN DASH}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """The times of one subject, in seconds."""

    n: int
    median: float
    q1: float
    q3: float
    p99: float
    worst: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One figure; *low* and *high* are its least and greatest over ten parts of the run."""

    what: str
    value: float
    unit: str
    n: int
    low: float | None = None
    high: float | None = None
    aim: float | None = None
    ours: str = ""
    floor: str = ""
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        return None if self.aim is None else self.value <= self.aim


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """What one question costs in stores of several sizes: (sessions, seconds), ascending; those
    of one kind of *store*, or of one call in many systems, belong together.
    """

    what: str
    aim: float | None
    points: list[tuple[int, float]]
    store: str = "files"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What one measure found; *unrest* is how much its ten parts differ (1 is not at all)."""

    rows: list[Row]
    times: dict[str, Summary] = field(default_factory=dict)
    curves: list[Curve] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unrest: float = 1.0


class NotMeasuredError(Exception):
    """This measure cannot be taken here; the message says why."""


def to_json(measured: Measured) -> dict[str, Any]:
    return asdict(measured)


def from_json(found: dict[str, Any]) -> Measured:
    return Measured(
        rows=[Row(**row) for row in found["rows"]],
        times={name: Summary(**times) for name, times in found["times"].items()},
        curves=[_curve(curve) for curve in found["curves"]],
        notes=found["notes"],
        unrest=found["unrest"],
    )


def _curve(found: dict[str, Any]) -> Curve:
    points = [(int(size), float(seconds)) for size, seconds in found["points"]]
    return Curve(
        what=found["what"], aim=found["aim"], points=points, store=found.get("store", "files")
    )
