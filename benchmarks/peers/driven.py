"""A system driven in a process of its own: `Driven` starts it, asks, and ends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from benchmarks import databases
from benchmarks.bench import ROOT, Bench
from benchmarks.disks import occupied, total
from benchmarks.peers import venvs
from benchmarks.peers.catalogue import FILES, PEERS, POSTGRES, ROLLBACK, WAL, System, ours
from benchmarks.programs import environment
from benchmarks.results import NotMeasuredError

_DRIVE = f"{ROOT}/benchmarks/peers/drive.py"


class Made:
    """A system that can be driven here: by which interpreter, with which variables, and where
    each new one of its stores is.
    """

    def __init__(
        self,
        system: System,
        python: str,
        variables: dict[str, str],
        new_place: Callable[[], str],
    ) -> None:
        self.system = system
        self.python = python
        self.variables = variables
        self.new_place = new_place

    @contextmanager
    def driven(self, place: str = "") -> Iterator[Driven]:
        driven = Driven(self, place or self.new_place())
        try:
            yield driven
        finally:
            driven.end()


class Driven:
    def __init__(self, made: Made, place: str) -> None:
        self.made, self.place = made, place
        self._process = subprocess.Popen(
            [made.python, _DRIVE, made.system.module, place],
            env=made.variables,
            cwd=made.variables["HOME"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, *given: object) -> Any:
        """RuntimeError where the process has ended; it has said why on stderr."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps({"do": what, "with": given}) + "\n")
            stdin.flush()
        except BrokenPipeError:
            pass
        answer = stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.made.system.name} did not {what}")
        return json.loads(answer)

    def end(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()


@contextmanager
def systems(bench: Bench) -> Iterator[tuple[list[Made], list[str]]]:
    """Ours and all peers that can be had here, and what is to be noted."""
    with ExitStack() as until_end:
        kinds, notes = until_end.enter_context(databases.kinds_of_store(bench))
        made = [_ours(bench, name, kinds) for name in (FILES, WAL, ROLLBACK, POSTGRES)]
        found = [each for each in made if each is not None]
        for system in PEERS:
            try:
                found.append(_peer(bench, system))
            except NotMeasuredError as error:
                notes.append(f"{system.name} was not measured: {error}.")
        others = [each.system for each in found if not each.system.is_ours]
        yield found, [*notes, *map(_said, others)]


def _said(system: System) -> str:
    return f"{system.name}: {venvs.version_of(system)}. {system.remark}"


def _peer(bench: Bench, system: System) -> Made:
    python = venvs.python_of(system, bench.python)
    variables = environment(bench.folder(f"home-{system.pins}"))
    return Made(system, python, variables, lambda: bench.folder(system.pins))


def _ours(bench: Bench, name: str, kinds: dict[str, databases.NewStore]) -> Made | None:
    kind = {FILES: databases.FILES, POSTGRES: databases.POSTGRES}.get(name, databases.SQLITE)
    if kind not in kinds:
        return None
    variables = environment(bench.folder("home-ours"))
    variables["PYTHONPATH"] = f"{bench.tree}/src"
    if kind == databases.SQLITE:
        variables["AGENT_SESSION_SQLITE_WAL"] = "on" if name == WAL else "off"
    return Made(ours(name), sys.executable, variables, kinds[kind])


def size_of(place: str) -> int:
    """What the files of a place take on the disk, in bytes; nought for a server's."""
    if place.startswith("postgresql:"):
        return 0
    path = place.rpartition(":")[2]
    return total(path if os.path.isdir(path) else os.path.dirname(path), occupied)
