"""Processes forked from one that has imported a system and opened nothing: writers at once,
writers that are killed, and one that waits for a decision.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.drive import Driver

SESSION = "20260108-180530-0000c0de"
_LONGEST_LIFE_SECONDS = 0.03


def _forked(act: Callable[[int], None]) -> tuple[int, int]:
    """The pid of a child that does *act* with the end of a pipe, and the pipe's other end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            act(writing)
            status = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}"[:500], file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    os.close(writing)
    return child, reading


def _all_of(reading: int) -> bytes:
    with open(reading, "rb") as file:
        return file.read()


def _session(driver: Driver) -> str:
    """The id of a new one, made in a process that is gone again."""

    def make(writing: int) -> None:
        number, kept = driver.next_state()
        _, session_id = driver.call(driver.store.create, number, kept)
        driver.call(driver.store.pause, session_id)
        os.write(writing, session_id.encode())

    child, reading = _forked(make)
    session_id = _all_of(reading).decode()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError("no session could be made")
    driver.count += 1
    return session_id


def _counted(driver: Driver, session_id: str) -> int | None:
    """What a reader of its own finds; None where it finds nothing that it can read."""

    def read(writing: int) -> None:
        os.write(writing, str(driver.noted(session_id)).encode())

    child, reading = _forked(read)
    found = _all_of(reading)
    _, status = os.waitpid(child, 0)
    return int(found) if status == 0 else None


# --- writers at once --------------------------------------------------------------------------


def crowd(driver: Driver, writers: int, times: int) -> dict[str, int]:
    session_id = _session(driver)
    ready, go = os.pipe()

    def write(number: int, writing: int) -> None:
        driver.store  # noqa: B018 - opened before all begin
        os.close(go)
        os.read(ready, 1)
        done = 0
        for _ in range(times):
            try:
                driver.note(session_id, f"writer-{number}")
            except Exception:
                continue
            done += 1
        os.write(writing, str(done).encode())

    children = [
        _forked(lambda writing, number=number: write(number, writing))  # type: ignore[misc]
        for number in range(writers)
    ]
    os.close(ready)
    time.sleep(1.0)
    os.close(go)
    acknowledged = sum(int(_all_of(reading) or b"0") for _, reading in children)
    for child, _ in children:
        os.waitpid(child, 0)
    there = _counted(driver, session_id)
    return {
        "asked": writers * times,
        "acknowledged": acknowledged,
        "there": -1 if there is None else there,
    }


# --- writers that are killed ------------------------------------------------------------------


def kills(driver: Driver, count: int) -> dict[str, int]:
    session_id, chance = _session(driver), random.Random(1)
    found = {"kills": count, "unreadable": 0, "lost": 0}
    known = 0
    for number in range(count):
        acknowledged = _killed(driver, session_id, number, chance)
        there = _counted(driver, session_id)
        if there is None:
            found["unreadable"] += 1
            session_id, known = _session(driver), 0
            continue
        found["lost"] += max(0, known + acknowledged - there)
        known = there
    return found


def _killed(driver: Driver, session_id: str, number: int, chance: random.Random) -> int:
    """How many notes a writer had acknowledged when it was killed."""

    def write(writing: int) -> None:
        driver.store  # noqa: B018 - opened before it tells that it begins
        os.write(writing, b".")
        while True:
            driver.note(session_id, f"writer-{number}")
            os.write(writing, b"!")

    child, reading = _forked(write)
    os.read(reading, 1)
    time.sleep(chance.uniform(0, _LONGEST_LIFE_SECONDS))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return len(_all_of(reading).replace(b".", b""))


# --- one that waits ---------------------------------------------------------------------------


def wake(driver: Driver) -> float:
    """A workflow waits in another process, and is told by this one."""
    workflow_id = f"waits-{time.monotonic_ns()}"

    def wait(writing: int) -> None:
        is_asleep = threading.Event()

        def say() -> None:
            is_asleep.wait()
            os.write(writing, b"!")

        threading.Thread(target=say, daemon=True).start()
        woken = driver.store.wait_to_be_woken(workflow_id, is_asleep)
        os.write(writing, repr(woken).encode())

    child, reading = _forked(wait)
    os.read(reading, 1)
    time.sleep(0.5)
    start = time.monotonic()
    teller, told = _forked(lambda _: driver.store.decision(workflow_id))
    woken = float(_all_of(reading))
    for each in (child, teller):
        os.waitpid(each, 0)
    os.close(told)
    return woken - start
