"""Subjects measured in turn within one run, and what their times say beside each other."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import TypeAlias

from benchmarks.results import TIMES, Row, Summary

# Runs once, and tells how many seconds that took.
Subject: TypeAlias = Callable[[], float]
Samples: TypeAlias = dict[str, list[float]]

# How often a subject runs in a turn where the disk is part of it; the name of its calm quarter.
BURST = 5
CALM = ", calm quarter"
_TENTHS = 10
_FEWEST_IN_A_TENTH = 4
_FEWEST_ROUNDS = 12


def timed(action: Callable[[], object]) -> Subject:
    """A subject that is the whole of *action*."""

    def run() -> float:
        start = perf_counter()
        action()
        return perf_counter() - start

    return run


def interleave(
    subjects: Mapping[str, Subject],
    rounds: int,
    *,
    seconds: float,
    burst: int = 1,
    dropped: int = 3,
) -> Samples:
    """The times of *subjects*, run side by side, in another order each round.

    The first *dropped* rounds do not count. Nor does the first of a *burst* of several: it pays
    for what the subject before it has left behind. After *seconds*, some rounds are enough.
    """
    order, shuffled = list(subjects), random.Random(20260108)
    samples: Samples = {name: [] for name in order}
    end = perf_counter() + seconds
    for number in range(rounds + dropped):
        shuffled.shuffle(order)
        for name in order:
            times = [subjects[name]() for _ in range(burst)]
            if number >= dropped:
                samples[name] += times[1:] or times
        if number >= dropped + _FEWEST_ROUNDS and perf_counter() > end:
            break
    return samples


def calm_quarter(samples: Samples, floor: str, burst: int) -> Samples:
    """The quarter of the rounds in which *floor* was fastest: a disk shared with others is slow
    for seconds on end, and then nothing but its slowness is measured.
    """
    size = max(1, burst - 1)
    starts = range(0, len(samples[floor]), size)
    fastest = sorted(starts, key=lambda start: median(samples[floor][start : start + size]))
    calm = sorted(fastest[: max(1, len(fastest) // 4)])
    return {
        name: [time for start in calm for time in each[start : start + size]]
        for name, each in samples.items()
    }


def summary_of(samples: Sequence[float]) -> Summary:
    ordered = sorted(samples)
    return Summary(
        n=len(ordered),
        median=median(ordered),
        q1=_at(ordered, 0.25),
        q3=_at(ordered, 0.75),
        p99=_at(ordered, 0.99),
        worst=ordered[-1],
    )


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def ratio(
    samples: Samples,
    what: str,
    ours: str,
    floor: str,
    aim: float | None = None,
    *,
    note: str = "",
) -> Row:
    """How many times the median of *floor* that of *ours* is."""
    return _compared(
        samples, what, ours, floor, lambda one, other: one / other, TIMES, aim, note
    )


def milliseconds_over(
    samples: Samples, what: str, ours: str, floor: str, aim: float | None = None
) -> Row:
    """How many milliseconds the median of *ours* lies above that of *floor*."""
    return _compared(
        samples, what, ours, floor, lambda one, other: (one - other) * 1e3, "ms", aim, ""
    )


def _compared(
    samples: Samples,
    what: str,
    ours: str,
    floor: str,
    compare: Callable[[float, float], float],
    unit: str,
    aim: float | None,
    note: str,
) -> Row:
    pairs = zip(_tenths(samples[ours]), _tenths(samples[floor]), strict=True)
    by_tenth = [compare(one, other) for one, other in pairs]
    return Row(
        what=what,
        value=compare(median(samples[ours]), median(samples[floor])),
        low=min(by_tenth),
        high=max(by_tenth),
        unit=unit,
        aim=aim,
        ours=ours,
        floor=floor,
        n=len(samples[ours]),
        note=note,
    )


def _tenths(samples: Sequence[float]) -> list[float]:
    """The medians of ten parts of the run: how far they lie apart shows how calm it was."""
    count = max(1, min(_TENTHS, len(samples) // _FEWEST_IN_A_TENTH))
    bounds = [len(samples) * part // count for part in range(count + 1)]
    return [median(samples[bounds[part] : bounds[part + 1]]) for part in range(count)]


def unrest(samples: Samples) -> float:
    """How far the calmest and the most disturbed tenth lie apart, at the median subject."""
    tenths = [_tenths(each) for each in samples.values()]
    return median(max(each) / min(each) for each in tenths)
