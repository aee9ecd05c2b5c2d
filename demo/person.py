"""Plays a person at a terminal: `person.py [--detach] -- SECRET COMMAND` runs COMMAND in a
terminal of its own and types what it asks for.

A code to retype is retyped, and where a passphrase is asked for SECRET is typed. With
`--detach` it leaves the process tree that it was started in, for that may be an agent's.
"""

from __future__ import annotations

import os
import pty
import re
import select
import sys
import time

_LONGEST_SECONDS = 15
_VARIABLES = ("COLUMNS", "HOME", "LC_ALL", "PATH", "PYTHON", "XDG_", "CLAUDE_PROJECT_DIR")
_PROMPT = re.compile(rb"Type (\S+) to \w+: $|(?i:passphrase)[^\n]*: $")


def main() -> None:
    options, secret, command = sys.argv[1 : sys.argv.index("--")], *sys.argv[-2:]
    if "--detach" in options:
        _leave()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve("/bin/sh", ["sh", "-c", command], _own_variables())
    os.write(1, _type(terminal, secret.encode()))
    os.kill(pid, 9)
    os.waitpid(pid, 0)


def _leave() -> None:
    """Go on as a grandchild that nobody here waits for but through the pipe of stdout."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    while os.getppid() == os.getpgid(0):  # until the one between has ended
        time.sleep(0.001)


def _own_variables() -> dict[str, str]:
    """What a person's terminal would have; an agent's name is left behind."""
    return {name: text for name, text in os.environ.items() if name.startswith(_VARIABLES)}


def _type(terminal: int, secret: bytes) -> bytes:
    """All that was said, until nothing more is."""
    said, answered, end = b"", 0, time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            said += os.read(terminal, 4096)
        except OSError:
            return said
        prompt = _PROMPT.search(said, answered)
        if prompt:
            answered = len(said)
            os.write(terminal, (prompt[1] or secret) + b"\n")
    return said


if __name__ == "__main__":
    main()
