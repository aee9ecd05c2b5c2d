"""Processes that write at the same time, and what each of them waits for each of its writes."""

from __future__ import annotations

import os
import random
from array import array
from collections.abc import Callable, Iterator
from time import perf_counter, sleep
from typing import TypeAlias

from benchmarks.bench import Bench

# Makes, in the child numbered so, the write that is done again and again.
Maker: TypeAlias = Callable[[int], Callable[[], None]]
# When a child, started with all others, writes: once each turn.
Turns: TypeAlias = Callable[[], Iterator[None]]
# What each process waited for each of its writes.
Waits: TypeAlias = list[list[float]]


def for_seconds(seconds: float) -> Turns:
    """Without a pause."""

    def turns() -> Iterator[None]:
        end = perf_counter() + seconds
        while perf_counter() < end:
            yield

    return turns


def times(number: int) -> Turns:
    """So often, without a pause."""
    return lambda: iter([None] * number)


def paced(seconds: float, shortest: float, longest: float) -> Turns:
    """With a pause of random length before each."""

    def turns() -> Iterator[None]:
        end, chance = perf_counter() + seconds, random.Random(os.getpid())
        while perf_counter() < end:
            sleep(chance.uniform(shortest, longest))
            yield

    return turns


def write_all_at_once(bench: Bench, maker: Maker, processes: int, turns: Turns) -> Waits:
    """They start together."""
    folder = bench.folder("waits")
    ready, go = os.pipe()
    children: list[int] = []
    for number in range(processes):
        child = os.fork()
        if child == 0:
            os.close(go)
            _be_a_writer(ready, maker, number, turns, f"{folder}/{number}")
        children.append(child)
    os.close(ready)
    os.close(go)  # the end of the pipe is what they all wait for
    statuses = [os.waitpid(child, 0)[1] for child in children]
    if any(statuses):
        raise RuntimeError("a writer failed")
    return [_waits(f"{folder}/{number}") for number in range(processes)]


def _be_a_writer(ready: int, maker: Maker, number: int, turns: Turns, path: str) -> None:
    waits, status = array("d"), 1
    try:
        write = maker(number)
        os.read(ready, 1)
        for _ in turns():
            start = perf_counter()
            write()
            waits.append(perf_counter() - start)
        with open(path, "wb") as file:
            waits.tofile(file)
        status = 0
    finally:
        os._exit(status)


def _waits(path: str) -> list[float]:
    waits = array("d")
    with open(path, "rb") as file:
        waits.frombytes(file.read())
    return list(waits)


def all_of(runs: list[Waits]) -> list[float]:
    return [wait for run in runs for process in run for wait in process]
