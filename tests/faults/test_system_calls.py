"""One update with every system call of its process killed or failed, by strace from outside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

import agent_session
from agent_session.stores.files.store import FileStore
from tests.faults.operations import three_sessions
from tests.faults.sweeps import why_unusable

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = os.path.dirname(os.path.dirname(agent_session.__file__))
DONE, REFUSED, UNKNOWN, KILLED = 10, 11, 12, -9
BEGIN, END = "/the-update-begins", "/the-update-has-ended"

# What is imported late is imported by the update of b, so that only that of a is in the window.
PROGRAM = f"""
import posix, sys
sys.path.insert(0, sys.argv[1])
from agent_session.core.errors import AgentSessionError, UnknownOutcomeError
from agent_session.core.chain import draft
from agent_session.stores.files.store import FileStore

def pass_by(mark):
    try:
        posix.stat(mark)
    except OSError:
        pass

def update(store, agent_id):
    at = "2026-01-09T00:00:00.000000Z"
    store.update(agent_id, lambda _: [draft("updated", at, "test", phase="approval")])

store = FileStore(sys.argv[2])
update(store, "b")
store.index.note(store.get("b"), live=True)
pass_by({BEGIN!r})
try:
    update(store, "a")
    status = {DONE}
except UnknownOutcomeError:
    status = {UNKNOWN}
except AgentSessionError:
    status = {REFUSED}
pass_by({END!r})
posix._exit(status)
"""


class Call(NamedTuple):
    """The *nth* call of that *name* in the life of the process."""

    name: str
    nth: int


class Traced:
    """The program under strace, each time on a fresh copy of the store."""

    def __init__(self, folder: str) -> None:
        self._template = os.path.join(folder, "template")
        self.path = os.path.join(folder, "store")
        self._log = os.path.join(folder, "log")
        self._cache = os.path.join(folder, "cache")
        three_sessions(self._template)

    def run(self, *options: str) -> int:
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(self._template, self.path)
        python = [sys.executable, "-I", "-S", "-X", f"pycache_prefix={self._cache}"]
        return subprocess.run(
            [
                "strace",
                "-qq",
                "-o",
                self._log,
                *options,
                *python,
                "-c",
                PROGRAM,
                SOURCE,
                self.path,
            ],
            env={"PYTHONHASHSEED": "0"},
            check=False,
            capture_output=True,
            timeout=60,
        ).returncode

    def calls(self) -> list[Call]:
        """The system calls of the update, in their order."""
        assert self.run() == DONE  # and the compiled modules are there for the runs to come
        assert self.run() == DONE
        count, found, is_inside = Counter[str](), list[Call](), False
        with open(self._log, encoding="utf-8", errors="replace") as log:
            for line in log:
                name = line.partition("(")[0]
                count[name] += 1
                is_inside = (is_inside or BEGIN in line) and END not in line
                if is_inside and BEGIN not in line and re.fullmatch(r"\w+", name):
                    found.append(Call(name, count[name]))
        return found

    def phase(self) -> str:
        return FileStore(self.path).get("a")["phase"]


@pytest.fixture
def traced(tmp_path: Path) -> Traced:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    traced = Traced(str(tmp_path))
    if traced.run() != DONE:
        pytest.skip("strace may not trace here")
    return traced


# CPython itself does not outlive an error of these.
MEMORY = frozenset(("brk", "mmap", "munmap", "futex", "rt_sigaction", "rt_sigprocmask"))
LONG_ERRORS = ("ENOSPC", "EACCES", "EROFS", "EMFILE", "EDQUOT", "ENOMEM", "EINTR")


def test_a_kill_at_any_system_call_leaves_the_old_or_the_new_state(traced: Traced) -> None:
    calls = traced.calls()
    assert len(calls) > 30

    for call in calls:
        ended = traced.run(
            "-e", f"trace={call.name}", "-e", f"inject={call.name}:signal=KILL:when={call.nth}"
        )
        assert ended == KILLED, call
        assert traced.phase() in ("planning", "approval"), call
        assert why_unusable(traced.path) is None, call


@pytest.mark.parametrize(
    "error", ["EIO", *(pytest.param(each, marks=pytest.mark.long) for each in LONG_ERRORS)]
)
@pytest.mark.parametrize("lasts", ["", pytest.param("+", marks=pytest.mark.long)])
def test_an_error_of_any_system_call_is_answered_truly(
    traced: Traced, error: str, lasts: str
) -> None:
    for call in traced.calls():
        if call.name in MEMORY:
            continue
        ended = traced.run(
            "-e", f"trace={call.name}",
            "-e", f"inject={call.name}:error={error}:when={call.nth}{lasts}",
        )  # fmt: skip
        may_be = {DONE: {"approval"}, REFUSED: {"planning"}, UNKNOWN: {"planning", "approval"}}
        assert ended in may_be, f"{call}: ended with {ended}"
        assert traced.phase() in may_be[ended], f"{call}: ended with {ended}"
        assert why_unusable(traced.path) is None, call
