"""A virtual environment for each peer, with exactly what its pins name, kept between runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from benchmarks.bench import ROOT
from benchmarks.peers.catalogue import System
from benchmarks.results import NotMeasuredError

_FOLDER = f"{ROOT}/.venv-peers"
_PINS = f"{ROOT}/benchmarks/peers/requirements"


def python_of(system: System, python: str) -> str:
    """The interpreter of its environment, made by *python* where it is not there yet."""
    place, pins = f"{_FOLDER}/{system.pins}", f"{_PINS}/{system.pins}.txt"
    with open(pins, encoding="utf-8") as file:
        wanted = f"{python}\n{file.read()}"
    if _made_of(place) != wanted:
        print(f"installing {system.name} ...", file=sys.stderr, flush=True)
        _make(place, pins, python)
        with open(f"{place}/made-of", "w", encoding="utf-8") as file:
            file.write(wanted)
    return f"{place}/bin/python"


def version_of(system: System) -> str:
    """As its pins say: the first part of each name that was asked for."""
    with open(f"{_PINS}/{system.pins}.in", encoding="utf-8") as file:
        asked = file.read().split()
    with open(f"{_PINS}/{system.pins}.txt", encoding="utf-8") as file:
        pinned = dict(
            line.partition(";")[0].strip().split("==") for line in file if "==" in line
        )
    return ", ".join(f"{name} {pinned[name]}" for name in asked if name in pinned)


def _made_of(place: str) -> str:
    try:
        with open(f"{place}/made-of", encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def _make(place: str, pins: str, python: str) -> None:
    """pip runs from outside: a Python without ensurepip can make a bare environment only."""
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    install = [
        "pip",
        "--python",
        f"{place}/bin/python",
        "install",
        "-q",
        "--no-deps",
        "-r",
        pins,
    ]
    for command in (["venv", "--without-pip", place], install):
        done = subprocess.run([python, "-m", *command], stderr=subprocess.PIPE, check=False)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise NotMeasuredError(f"its environment could not be made: {said}")
