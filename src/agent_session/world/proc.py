"""What the system tells of a process: its start, its parent, its command, its variables.

Linux tells it in /proc, macOS through `ps`. Hooks load this, so it stays light.
"""

from __future__ import annotations

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

IS_LINUX = sys.platform == "linux"
_LARGEST = 256 << 10
_ENDED = ("Z", "X", "x")
_DEEPEST = 64


class Ancestor:
    """A process that this one descends from: its *words* are its command line."""

    __slots__ = ("name", "pid", "variables", "words")

    def __init__(self, pid: int, name: str, words: list[str], variables: list[str]) -> None:
        self.pid = pid
        self.name = name
        self.words = words
        self.variables = variables


def started(pid: int) -> str | None:
    """When the process *pid* started, in the system's own words; None where it has ended, as a
    zombie has.  OSError where nobody tells.
    """
    if not IS_LINUX:
        return _started_by_ps(pid)
    require_own_proc()
    try:
        fields = _stat(pid)
    except (FileNotFoundError, ProcessLookupError):
        _require_gone(pid)
        return None
    return None if fields[0] in _ENDED else fields[19]


def require_own_proc() -> None:
    """A /proc of another pid namespace would tell of other processes by the same numbers."""
    if posix.readlink("/proc/self") != str(posix.getpid()):
        raise PermissionError("/proc is that of another pid namespace")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the second, the name, may hold all."""
    fields = content_of(f"/proc/{pid}/stat").rpartition(b")")[2].decode().split()
    if len(fields) < 20:
        raise PermissionError(f"/proc/{pid}/stat does not say when the process started")
    return fields


def _require_gone(pid: int) -> None:
    """/proc hides the processes of others where it is mounted so; a signal finds them."""
    try:
        posix.kill(pid, 0)
    except ProcessLookupError:
        return
    except OSError:
        pass
    raise PermissionError(f"the process {pid} is hidden")


def ancestors() -> Iterator[Ancestor]:
    """The processes that this one descends from, the nearest first, as far as they are told."""
    pid = posix.getppid()
    for _ in range(_DEEPEST):
        if pid <= 0:
            return
        try:
            ancestor, pid = _ancestor(pid) if IS_LINUX else _ancestor_by_ps(pid)
        except (OSError, ValueError, IndexError):
            return
        yield ancestor


def _ancestor(pid: int) -> tuple[Ancestor, int]:
    require_own_proc()
    parent = int(_stat(pid)[1])
    name = _told(f"/proc/{pid}/comm").rstrip("\n")
    words = _told(f"/proc/{pid}/cmdline").split("\0")
    return Ancestor(pid, name, words, _told(f"/proc/{pid}/environ").split("\0")), parent


def _told(path: str) -> str:
    try:
        return content_of(path).decode(errors="surrogateescape")
    except OSError:
        return ""


def content_of(path: str) -> bytes:
    """The first bytes of a small file of the system."""
    descriptor = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        pieces, size = [], 0
        while size < _LARGEST and (piece := posix.read(descriptor, 1 << 16)):
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces)
    finally:
        posix.close(descriptor)


# --- where there is no /proc ------------------------------------------------------------------


def _started_by_ps(pid: int) -> str | None:
    state, *when = _ps(pid, "stat=,lstart=").split() or [""]
    if not when:
        _require_gone(pid)
        return None
    return None if state.startswith(_ENDED) else " ".join(when)


def _ancestor_by_ps(pid: int) -> tuple[Ancestor, int]:
    """`ps` does not tell a process's variables, nor where a word of its command ends."""
    parent, *words = _ps(pid, "ppid=,command=").split()
    return Ancestor(pid, words[0].rpartition("/")[2], words, []), int(parent)


def _ps(pid: int, columns: str) -> str:
    """What `ps` says, nothing of a process that has ended; in UTC, or a journey would change
    when a process started.
    """
    from .programs import answer_of, program

    ps = program("ps")
    variables = {"LC_ALL": "C", "TZ": "UTC"}
    answer = answer_of([ps, "-ww", "-o", columns, "-p", str(pid)], variables, 5) if ps else None
    if answer is None:
        raise PermissionError("ps does not answer")
    return answer[1].decode(errors="surrogateescape").strip()
