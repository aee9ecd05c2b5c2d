"""A person at a terminal of their own, who runs a command and retypes the code that they are
shown.

The command is started so that no agent's process is above it: a launcher with a clean
environment leaves its parent, begins a session of its own and takes the terminal. So the tests
of decisions run wherever the tests are run, inside of an agent too.
"""

from __future__ import annotations

import fcntl
import os
import re
import selectors
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agent_session.world.agents import VARIABLES

LONGEST_RUN_SECONDS = 60.0
QUESTION = re.compile(r"Type (\w+) to [\w ]+: \Z")

# Arguments: where to tell the status, the terminal (or nothing), what is on stdin (or nothing),
# and the command.
_LAUNCHER = """
import fcntl, os, signal, subprocess, sys, termios, time
report, device, typed, *words = sys.argv[1:]
before = os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == before:
    time.sleep(0.001)
os.setsid()
signal.signal(signal.SIGINT, lambda *_: None)  # which is for the command alone
out = int(report)
if device:
    terminal = os.open(device, os.O_RDWR)
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), terminal)
else:
    streams = {"stdin": subprocess.DEVNULL, "stdout": int(typed), "stderr": int(typed)}
if device and typed:
    streams.update(stdin=subprocess.PIPE)
process = subprocess.Popen(words, **streams)
if device and typed:
    process.communicate(os.fsencode(typed))
os.write(out, str(process.wait()).encode())
"""


def retype_code(shown: str) -> bytes | None:
    """What a person types who reads *shown*: the code, once it is asked for."""
    asked = QUESTION.search(shown)
    return None if asked is None else asked[1].encode() + b"\n"


def approve_as_person(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: str | Path,
    *,
    answer: Callable[[str], bytes | None] = retype_code,
    typed_ahead: bytes = b"",
    stdin: str = "",
    columns: int = 200,
) -> tuple[int, str]:
    """The status of *argv*, and all that its terminal showed.

    *answer* is asked for what to type as more is shown, until it has an answer; *typed_ahead*
    is typed before the command starts. Where there is *stdin*, the command reads that from a
    pipe, and has the terminal all the same.
    """
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    reading, writing = os.pipe()
    os.write(ours, typed_ahead)
    try:
        _launch(argv, env, cwd, writing, os.ttyname(theirs), stdin)
        os.close(writing)
        status, shown = _attend(ours, reading, answer)
        os.close(theirs)
        return status, _text(shown + _rest(ours))
    finally:
        for descriptor in (ours, reading):
            os.close(descriptor)


def run_without_terminal(
    argv: Sequence[str], env: Mapping[str, str], cwd: str | Path
) -> tuple[int, str]:
    """The same for a command that has no terminal at all."""
    shown, showing = os.pipe()
    reading, writing = os.pipe()
    try:
        _launch(argv, env, cwd, writing, "", str(showing), showing)
        os.close(writing)
        os.close(showing)
        with open(shown, "rb", closefd=False) as file:
            output = file.read().decode()
        return int(os.read(reading, 16)), output
    finally:
        for descriptor in (shown, reading):
            os.close(descriptor)


def _launch(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: str | Path,
    report: int,
    device: str,
    typed: str,
    *more: int,
) -> None:
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(report), device, typed, *argv],
        env=without_agents(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        pass_fds=(report, *more),
        timeout=LONGEST_RUN_SECONDS,
        check=True,
    )


def without_agents(env: Mapping[str, str]) -> dict[str, str]:
    """*env* without what agents set for the programs that they run."""
    theirs = {*VARIABLES, "AGENT"}
    return {name: text for name, text in env.items() if name not in theirs}


def _attend(
    terminal: int, report: int, answer: Callable[[str], bytes | None]
) -> tuple[int, bytes]:
    """The status, and what was shown until it was told."""
    shown, has_answered = b"", False
    end = time.monotonic() + LONGEST_RUN_SECONDS
    with selectors.DefaultSelector() as selector:  # select() cannot take large numbers
        for descriptor in (terminal, report):
            selector.register(descriptor, selectors.EVENT_READ)
        while time.monotonic() < end:
            ready = {key.fd for key, _ in selector.select(1.0)}
            if terminal in ready:
                shown += os.read(terminal, 1 << 16)
                typed = None if has_answered else answer(_text(shown))
                if typed is not None:
                    has_answered = True
                    os.write(terminal, typed)
            elif report in ready:
                return int(os.read(report, 16) or b"-1"), shown
    raise TimeoutError(f"it is still waiting; it has shown: {_text(shown)}")


def _rest(terminal: int) -> bytes:
    """What is still on its way: the system hands on what a terminal shows a moment later."""
    rest = b""
    try:
        while more := os.read(terminal, 1 << 16):
            rest += more
    except OSError:  # EIO, once nobody has the other end open any more
        pass
    return rest


def _text(shown: bytes) -> str:
    return shown.decode(errors="replace").replace("\r\n", "\n")
