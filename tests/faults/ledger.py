"""What the fault tests have tried and what was wrong, written down for docs/reliability.md.

A note is a line in the file that AGENT_SESSION_FAULTS_LEDGER names, so that tests in several
processes write one ledger; without that name nothing is written.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from tests.faults.places import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

LEDGER = "AGENT_SESSION_FAULTS_LEDGER"

# What is tried, as the table says it; a note is of one of these.
SWEEPS = {
    "kills": "killed at every system call of a change",
    "errors": "an error at a system call, once or for ever",
    "pairs": "an error at a system call, then a kill at a later one",
    "seam errors": "an error at a call of the disk seam, once or for ever",
    "seam pairs": "two errors, or an error and an end, at calls of the disk seam",
    "seam ends": "an end or a short write at a call of the disk seam",
    "power cuts": "states that a power cut may leave",
    "interleavings": "another process's whole deed at every call of ours",
    "full disk": "writes on a disk with less and less room",
    "read-only disk": "changes on a disk that is read-only",
    "killed writers": "writers killed at a random moment",
    "updates": "updates of many processes at once",
    "claims": "kills and pauses of workers that compete for a claim",
    "decisions": "kills and pauses of those who decide and use approvals",
    "clock": "claims by a clock that is a year ahead or behind",
    "cut connections": "connections cut before or after the server got COMMIT",
    "server crashes": "immediate stops of the server under load",
    "stopped clients": "clients stopped while they hold a row",
}


class Tally(NamedTuple):
    """Of one *sweep* on the store of one *kind*."""

    kind: str
    sweep: str
    tried: int
    wrong: int


def note(kind: str, sweep: str, tried: int, wrong: int = 0) -> None:
    """Write down that *sweep* has *tried* so many on the store of *kind*."""
    assert kind in KINDS
    assert sweep in SWEEPS
    path = os.environ.get(LEDGER)
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps([kind, sweep, tried, wrong]) + "\n")


def tallies(lines: Sequence[str]) -> list[Tally]:
    """The sums of what was noted, in the order of the tables above."""
    sums: dict[tuple[str, str], list[int]] = {}
    for line in lines:
        kind, sweep, tried, wrong = json.loads(line)
        known = sums.setdefault((kind, sweep), [0, 0])
        known[0] += tried
        known[1] += wrong
    return [
        Tally(kind, sweep, *sums[kind, sweep])
        for sweep in SWEEPS
        for kind in KINDS
        if (kind, sweep) in sums
    ]
