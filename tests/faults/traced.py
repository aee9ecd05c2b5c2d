"""A child of the test whose system calls strace kills or fails, from a point that it chooses.

The child is forked with all modules loaded and attached to when it is about to act, so the
calls that are counted are those of what it does alone, and a thousand children take seconds.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from tests.faults.processes import end_of, kill, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

GO = signal.SIGUSR1
END = "/the-operation-has-ended"
LONGEST_SECONDS = 20
HUNG = -signal.SIGALRM
# CPython itself does not outlive an error of these; and the system frees a descriptor whatever
# `close` answers, which strace, where it lets a call fail, does not.
UNFAILING = frozenset((
    "brk", "mmap", "mremap", "munmap", "madvise", "futex", "rt_sigaction", "rt_sigprocmask",
    "getpid", "geteuid", "close",
))  # fmt: skip
OWN = frozenset(("rt_sigtimedwait", "restart_syscall", "exit_group", "alarm"))


class Call(NamedTuple):
    """The *nth* call of that *name*."""

    name: str
    nth: int


class Fault(NamedTuple):
    """What strace does: the error, `KILL`, or an error there and the end at a *later* call."""

    call: Call
    error: str
    for_ever: bool = False
    later: Call | None = None

    def rules(self) -> list[str]:
        what = "signal=KILL" if self.error == "KILL" else f"error={self.error}"
        when = f"{self.call.nth}{'+' if self.for_ever else ''}"
        rules = [f"inject={self.call.name}:{what}:when={when}"]
        if self.later is not None:
            rules.append(f"inject={self.later.name}:signal=KILL:when={self.later.nth}")
        return rules

    def __str__(self) -> str:
        then = f", then killed at {self.later.name} {self.later.nth}" if self.later else ""
        lasts = " for ever" if self.for_ever else ""
        return f"{self.error}{lasts} at {self.call.name} {self.call.nth}{then}"


def why_untraceable() -> str | None:
    """Why nothing can be traced here; None where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    try:
        traced = run_struck(lambda: lambda: 0, [])
    except OSError as error:
        return f"strace may not trace here: {error}"
    return None if traced == 0 else f"strace may not trace here: {traced}"


def calls_of(get_ready: Callable[[], Callable[[], int]], log: str) -> list[Call]:
    """The system calls of what is done, in their order; of its main thread alone."""
    ended = run_struck(get_ready, [], log)
    assert ended >= 0, f"ended with {ended}"
    with open(log, encoding="utf-8", errors="replace") as lines:
        return list(_calls_in(lines))


def _calls_in(lines: Iterator[str] | Sequence[str]) -> Iterator[Call]:
    count: dict[str, int] = {}
    for line in lines:
        if END in line:
            return
        name = line.partition("(")[0]
        if re.fullmatch(r"\w+", name):
            count[name] = count.get(name, 0) + 1
            if name not in OWN:
                yield Call(name, count[name])


def run_struck(
    get_ready: Callable[[], Callable[[], int]], rules: Sequence[str], log: str = os.devnull
) -> int:
    """How a child ended, by what its act answered, that got ready untraced and acted traced."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {GO})
    try:
        ready, telling = os.pipe()
        pid = start(lambda: _act(get_ready, telling))
        os.close(telling)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        if not os.read(ready, 1):
            raise OSError(f"it did not get ready: {end_of(pid)}")
        return _trace(pid, rules, log)
    finally:
        os.close(ready)


def _act(get_ready: Callable[[], Callable[[], int]], telling: int) -> None:
    signal.alarm(LONGEST_SECONDS)
    act = get_ready()
    os.write(telling, b"!")
    os.close(telling)
    signal.sigwait({GO})
    status = act()
    with suppress(OSError):
        os.stat(END)
    os._exit(status)


def _trace(pid: int, rules: Sequence[str], log: str) -> int:
    names = ",".join(rule.partition("=")[2].partition(":")[0] for rule in rules)
    options = [each for rule in rules for each in ("-e", rule)]
    if names:
        options += ["-e", f"trace={names}"]
    with subprocess.Popen(
        ["strace", "-o", log, *options, "-p", str(pid)], stderr=subprocess.PIPE
    ) as strace:
        assert strace.stderr is not None
        said = strace.stderr.readline()
        if b"attached" not in said:
            kill(pid)
            raise OSError(said.decode(errors="replace").strip())
        os.kill(pid, GO)
        return end_of(pid)
