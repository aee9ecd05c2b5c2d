"""What is told beside the sessions, below the project's `.claude`: metrics, anomalies, audit.

`.claude` itself may be a link, since some projects install it so; below it no link is
followed. Nothing here is synced: a line that a power cut takes is no session lost.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.codec import decode_object, encode
from agent_session.local import disk, writes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

WORKFLOW = ("memory", "workflow-episodic")
SIGNALS = (*WORKFLOW, "signals")
AUDIT = ("logs",)
METRICS = "metrics.jsonl"
ANOMALIES = "anomalies.jsonl"
FLAG = "needs_analysis.flag"
# The file lies in a project that anybody may have written: a line of a gigabyte is not read.
_RECENT_BYTES = 64 << 10


class ProjectLogs:
    """The logs of *project*; every method raises StoreError where the disk says no."""

    __slots__ = ("claude",)

    def __init__(self, project: str) -> None:
        self.claude = f"{project}/.claude"

    def recent_metrics(self) -> Iterator[Mapping[str, Any]]:
        """What the end of the metrics tells, newest first, read when it is first asked for."""
        try:
            folder = self._open(WORKFLOW)
        except FileNotFoundError:
            return
        try:
            lines = _tail(METRICS, folder, _RECENT_BYTES).splitlines()
        finally:
            disk.close(folder)
        for line in reversed(lines):
            try:
                yield decode_object(line)
            except errors.InvalidValueError:
                continue  # cut off by the limit, torn, or written by somebody else

    def add_metrics(self, metrics: Mapping[str, Any]) -> None:
        self._append(WORKFLOW, METRICS, (metrics,))

    def add_anomalies(self, anomalies: Iterable[Mapping[str, Any]]) -> None:
        self._append(WORKFLOW, ANOMALIES, anomalies)

    def raise_flag(self, flag: Mapping[str, Any]) -> None:
        """Let *flag* take the place of the flag before it."""
        folder = self._made(SIGNALS)
        # Its own name, for two agents may stop at once.
        temporary = f".{FLAG}.{writes.randomness(8).hex()}"
        try:
            disk.close(writes.create_file(temporary, folder, _line_of(flag)))
            writes.put_in_place(temporary, FLAG, folder)
        finally:
            disk.close(folder)

    def audit(self, line: Mapping[str, Any]) -> None:
        """Enter *line* in the log of its `timestamp`'s day."""
        self._append(AUDIT, f"agent-session-{line['timestamp'][:10]}.jsonl", (line,))

    def _append(
        self, path: tuple[str, ...], name: str, lines: Iterable[Mapping[str, Any]]
    ) -> None:
        folder = self._made(path)
        try:
            is_torn = _tail(name, folder, 1) not in {b"", b"\n"}
            whole = b"".join(_line_of(line) for line in lines)
            disk.append_line(name, folder, b"\n" + whole if is_torn else whole)
        finally:
            disk.close(folder)

    def _made(self, path: tuple[str, ...]) -> int:
        """A descriptor of the folder *path*, each part made, private, where it is missing."""
        try:
            return self._open(path, make=True)
        except FileNotFoundError as error:
            raise disk.refused(error, f"make {self.claude}/{'/'.join(path)}") from None

    def _open(self, path: tuple[str, ...], *, make: bool = False) -> int:
        """A descriptor of the folder *path*; FileNotFoundError where there is none."""
        top = f"{self.claude}/{path[0]}"
        if make:
            writes.make_folders(top)
        folder = disk.open_folder(top)
        for name in path[1:]:
            folder = _step_into(name, folder, make=make)
        return folder


def _step_into(name: str, parent: int, *, make: bool) -> int:
    """A descriptor of the folder *name* in *parent*, which is closed."""
    try:
        if make:
            writes.make_folder(name, parent)
        return disk.open_folder(name, parent)
    finally:
        disk.close(parent)


def _tail(name: str, folder: int, length: int) -> bytes:
    """The last *length* bytes of a plain file; nothing where there is none."""
    try:
        descriptor, status = disk.open_plain(name, folder)
    except FileNotFoundError:
        return b""
    try:
        return disk.read_range(descriptor, max(0, status.st_size - length), status.st_size)
    finally:
        disk.close(descriptor)


def _line_of(value: Mapping[str, Any]) -> bytes:
    return encode(value).encode() + b"\n"
