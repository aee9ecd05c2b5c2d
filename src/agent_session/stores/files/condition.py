"""What condition the folder of a file store is in; nothing is changed."""

from __future__ import annotations

import posix

from agent_session.core import Late
from agent_session.core.agent_ids import is_agent_id
from agent_session.local import disk, mounts

from .index import Index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

_FOR_OTHERS = 0o077
_FOLDER = 0o040000
_REGULAR = 0o100000


class Condition:
    """The folder at *path*; where it is not there yet, the one above it that would hold it.

    *exposed* are the files and folders that others than the owner may read or change.
    """

    __slots__ = (
        "bytes_free",
        "bytes_kept",
        "exists",
        "exposed",
        "file_system",
        "index_is_trusted",
        "is_network",
        "is_writable",
        "path",
        "sessions",
    )

    def __init__(self, path: str) -> None:
        self.path = path
        self.exists = _is_there(path)
        nearest = _nearest_folder(path)
        # Tried as the system would, for the bits of the mode do not tell of a read-only disk.
        self.is_writable = disk.calls.access(nearest, posix.W_OK | posix.X_OK)
        self.bytes_free = _bytes_free(nearest)
        self.file_system = mounts.file_system_of(_device_of(nearest))
        self.is_network = self.file_system in mounts.NETWORK
        self.index_is_trusted = self.exists and Index(path).is_trusted()
        self.sessions = 0
        self.bytes_kept = 0
        self.exposed: list[str] = []

    def walk(self, progress: Callable[[Iterable[str]], Iterable[str]]) -> None:
        """Look at every file; UnsafeStoreError where the folder itself is a symbolic link."""
        root = disk.require_folder(self.path)
        try:
            self._weigh(".", root)
            for name in progress(disk.names_in(root)):
                self._weigh(name, root)
                self.sessions += is_agent_id(name)
        finally:
            disk.close(root)

    def _weigh(self, name: str, parent: int, above: str = "") -> None:
        status = disk.status_of(name, parent)
        kind = status.st_mode & disk.KIND if status else 0
        if status is None or kind not in {_FOLDER, _REGULAR}:
            return  # gone meanwhile, or what no reader follows
        if status.st_mode & _FOR_OTHERS:
            self.exposed.append(f"{self.path}/{above}{name}".removesuffix("/."))
        if kind == _REGULAR:
            self.bytes_kept += status.st_size
        elif not above and name != ".":
            self._weigh_folder(name, parent)

    def _weigh_folder(self, name: str, parent: int) -> None:
        try:
            folder = disk.open_folder(name, parent)
        except (FileNotFoundError, errors.StoreError):
            return
        try:
            for each in disk.names_in(folder):
                self._weigh(each, folder, f"{name}/")
        finally:
            disk.close(folder)


def _is_there(path: str) -> bool:
    """True where anything has the name; StoreUnavailableError where nothing could have it."""
    try:
        disk.calls.stat(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise disk.refused(error, f"look at {path!r}") from None
    return True


def _nearest_folder(path: str) -> str:
    while not disk.is_folder(path):
        path = path.rpartition("/")[0] or "/"
    return path


def _bytes_free(folder: str) -> int:
    try:
        status = disk.calls.statvfs(folder)
    except OSError as error:
        raise disk.refused(error, f"ask how full {folder!r} is") from None
    return status.f_bavail * status.f_frsize


def _device_of(folder: str) -> int:
    try:
        return disk.calls.stat(folder).st_dev
    except OSError as error:
        raise disk.refused(error, f"look at {folder!r}") from None
