"""What a read costs in a process that stays: the resume check and the record, by id."""

from __future__ import annotations

import os

from agent_session import AgentSession
from benchmarks.bench import Bench
from benchmarks.filling import agent, metadata
from benchmarks.results import Measured, Row
from benchmarks.rounds import BURST, Samples, interleave, ratio, summary_of, timed, unrest

READ = "os.pread of state.json, kept open"
OPENED = "open + read + close of state.json"


def measure(bench: Bench) -> Measured:
    folder = bench.folder("reads")
    session = AgentSession(folder)
    agent_id = session.create_session(agent(0), "bench", metadata(0)) or ""
    session.update_state(agent_id, "approval")
    if not session.should_resume(agent_id) or not session.get_session(agent_id):
        raise RuntimeError("the session cannot be read")
    path = f"{folder}/{agent_id}/state.json"
    descriptor, size = os.open(path, os.O_RDONLY), os.stat(path).st_size
    subjects = {
        "should_resume": timed(lambda: session.should_resume(agent_id)),
        "get_session": timed(lambda: session.get_session(agent_id)),
        READ: timed(lambda: os.pread(descriptor, size, 0)),
        OPENED: timed(lambda: _read(path)),
    }
    samples = interleave(subjects, bench.pick(2000, 300), burst=BURST, seconds=bench.seconds)
    os.close(descriptor)
    times = {name: summary_of(each) for name, each in samples.items()}
    notes = [
        f"state.json has {size} bytes; a check opens it, its folder and the journal each time."
    ]
    return Measured(rows=_rows(samples), times=times, notes=notes, unrest=unrest(samples))


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 4096)
    finally:
        os.close(descriptor)


def _rows(samples: Samples) -> list[Row]:
    return [
        ratio(samples, "should_resume", "should_resume", READ, 10),
        ratio(samples, "should_resume, against opening the file too", "should_resume", OPENED),
        ratio(samples, "get_session", "get_session", READ),
        ratio(samples, "get_session, against opening the file too", "get_session", OPENED),
    ]
