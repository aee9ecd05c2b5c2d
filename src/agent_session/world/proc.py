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


class UnknownFateError(Exception):
    """The system does not tell; answered within this package, never shown."""


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
    zombie has.  UnknownFateError where nobody tells.
    """
    if not IS_LINUX:
        return _started_by_ps(pid)
    require_own_proc()
    try:
        fields = _stat(pid)
    except (FileNotFoundError, ProcessLookupError):
        return _none_if_gone(pid)
    except (OSError, IndexError) as error:
        raise UnknownFateError from error
    return None if fields[0] in _ENDED else fields[19]


def require_own_proc() -> None:
    """A /proc of another pid namespace would tell of other processes by the same numbers."""
    try:
        is_own = posix.readlink("/proc/self") == str(posix.getpid())
    except OSError as error:
        raise UnknownFateError from error
    if not is_own:
        raise UnknownFateError


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on: the second, the name, may hold anything."""
    fields = content_of(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return [field.decode() for field in fields[:20]] if len(fields) > 19 else [][:0]


def _none_if_gone(pid: int) -> None:
    """/proc hides the processes of others where it is mounted so; a signal finds them."""
    try:
        posix.kill(pid, 0)
    except ProcessLookupError:
        return
    except OSError:
        pass
    raise UnknownFateError


def ancestors() -> Iterator[Ancestor]:
    """The processes that this one descends from, the nearest first, as far as they are told."""
    pid = posix.getppid()
    for _ in range(_DEEPEST):
        if pid <= 0:
            return
        try:
            ancestor, pid = _ancestor(pid) if IS_LINUX else _ancestor_by_ps(pid)
        except (OSError, ValueError, IndexError, UnknownFateError):
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
    state, _, when = _ps(pid, "stat=,lstart=").partition(" ")
    return None if state.startswith(_ENDED) else " ".join(when.split()) or None


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
        raise UnknownFateError
    return answer[1].decode(errors="surrogateescape").strip()
