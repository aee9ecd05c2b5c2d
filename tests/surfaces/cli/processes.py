"""The command line as a process: the ways to call it, in a pipe and on a terminal."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios
from pathlib import Path

from tests.project.tree import ROOT
from tests.surfaces.cli.command_line import without_our_variables

SOURCE = os.path.join(ROOT, "src")
TOOL = os.path.join(ROOT, "tools/4-memory/agent_session.py")
AS_MODULE = (sys.executable, "-m", "agent_session")
AS_TOOL = (sys.executable, TOOL)
# With no packages around, so without rich and shtab.
BARE_TOOL = (sys.executable, "-I", "-S", TOOL)
# What the console script that pip makes does.
AS_SCRIPT = (
    sys.executable,
    "-c",
    "import sys; from agent_session.surfaces.cli import main; sys.exit(main())",
)
LONGEST_RUN_SECONDS = 60.0


def environ(folder: Path, **more: str) -> dict[str, str]:
    """The variables for a process that works in the project *folder*."""
    return {
        **without_our_variables(),
        "CLAUDE_PROJECT_DIR": str(folder),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": SOURCE,
        "TERM": "xterm-256color",
        **more,
    }


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a program in *folder*, with *more* variables."""
    return subprocess.run(
        words,
        cwd=folder,
        env=environ(folder, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN_SECONDS,
        check=False,
    )


def run_on_terminal(folder: Path, *words: str, columns: int = 100, **more: str) -> str:
    """What a program shows on a terminal of so many *columns*, both of its streams together."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(
        words,
        cwd=folder,
        env=environ(folder, **more),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = _all_of(ours)
        process.wait(LONGEST_RUN_SECONDS)
    os.close(ours)
    return shown.replace("\r\n", "\n")


def _all_of(descriptor: int) -> str:
    parts = []
    try:
        while part := os.read(descriptor, 1 << 16):
            parts.append(part)
    except OSError:  # Linux says EIO once the other side is closed
        pass
    return b"".join(parts).decode()
