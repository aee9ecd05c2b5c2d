"""Running a program of the system: git, ssh-keygen, ps.

The folders of the system are searched before `PATH`, which may begin with a project's own.
No variable reaches the program but those it is given.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SYSTEM_FOLDERS = "/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin"


def program(name: str, folders: str | None = None) -> str | None:
    """The full path of the program *name* in *folders*, else where the system and then `PATH`
    have it; None where it is not installed.
    """
    searched = folders or f"{SYSTEM_FOLDERS}:{os.environ.get('PATH', '')}"
    for folder in searched.split(":"):
        path = f"{folder}/{name}"
        # A relative folder would make the project's own file a program.
        if folder.startswith("/") and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def search_path() -> str:
    return os.environ.get("PATH") or os.defpath


def answer_of(
    command: Sequence[str],
    variables: Mapping[str, str],
    seconds: float,
    *,
    folder: str | None = None,
    said: bytes = b"",
) -> tuple[int, bytes] | None:
    """The status and the output of *command*, which reads *said*; None where it cannot be
    started or is not done within *seconds*.

    It runs in a session of its own: it cannot ask on the terminal, and is killed with all that
    it started.
    """
    import subprocess

    try:
        running = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError):  # ValueError: what cannot be a path or an argument
        return None
    with running:
        try:
            output, _ = running.communicate(said, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, 9)
            return None
    return running.returncode, output
