"""The store's own folder: made private and marked once, its sessions by name, its logs, what
was left behind.
"""

from __future__ import annotations

import errno

from agent_session.core import Late
from agent_session.core.agent_ids import is_agent_id
from agent_session.core.codec import decode_object, encode
from agent_session.local import disk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agent_session.core import errors
    from agent_session.local import mounts, sizes, writes
else:
    errors = Late("agent_session.core.errors")
    mounts = Late("agent_session.local.mounts")
    sizes = Late("agent_session.local.sizes")
    writes = Late("agent_session.local.writes")

STORE = ".store.json"
REMOVED = ".removed.jsonl"
FORMAT = 1

_GITIGNORE = ".gitignore"
_UNFINISHED = ".new-"
_DOOMED = ".gone-"
_LARGEST_MARK = 4096
_HEX = frozenset("0123456789abcdef")
_ENDED_ELSEWHERE = frozenset((errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR))


class Root:
    """The folder *path* of a file store."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def open(self) -> int:
        """A descriptor of the folder; FileNotFoundError where nothing was written yet."""
        return disk.open_folder(self.path)

    def open_session(self, agent_id: str) -> int:
        """A session's folder; SessionNotFoundError, StateCorruptedError where it is a link."""
        try:
            root = self.open()
        except FileNotFoundError:
            raise errors.SessionNotFoundError(agent_id) from None
        try:
            return disk.open_folder(agent_id, root)
        except FileNotFoundError:
            raise errors.SessionNotFoundError(agent_id) from None
        except errors.UnsafeStoreError as error:
            raise errors.StateCorruptedError(agent_id, str(error)) from None
        finally:
            disk.close(root)

    def make(self) -> None:
        """Make and mark the folder where it is not there yet; UnsafeStoreError where it cannot
        be trusted.
        """
        writes.make_folders(self.path)
        root = disk.require_folder(self.path)
        try:
            mounts.require_local(self.path, disk.device_of(root))
            if disk.status_of(STORE, root) is None:
                writes.make_private(root)
                writes.write_once(_GITIGNORE, root, b"*\n", _unfinished())
                identity = {"id": writes.randomness(16).hex(), "format": FORMAT}
                line = encode(identity).encode() + b"\n"
                writes.write_once(STORE, root, line, _unfinished())
        finally:
            disk.close(root)

    def ids(self) -> list[str]:
        """The names that may be sessions, in no order."""
        try:
            root = self.open()
        except FileNotFoundError:
            return []
        try:
            return [name for name in disk.names_in(root) if is_agent_id(name)]
        finally:
            disk.close(root)

    def is_made(self) -> bool:
        return disk.is_there(f"{self.path}/{STORE}")

    def identity(self) -> str:
        """The id in `.store.json`; FileNotFoundError, UnsafeStoreError where it is none."""
        root = self.open()
        try:
            # Whoever was killed while he made it has left it a second name.
            mark = disk.read_file(STORE, root, _LARGEST_MARK, most_links=2)
            found = decode_object(mark).get("id")
        except errors.InvalidValueError as error:
            raise errors.UnsafeStoreError(f"{STORE} tells no id: {error}") from None
        finally:
            disk.close(root)
        if not isinstance(found, str) or len(found) != 32 or not _HEX.issuperset(found):
            raise errors.UnsafeStoreError(f"{STORE} tells no id of 32 hex digits")
        return found

    def append(self, name: str, *lines: Mapping[str, Any]) -> None:
        """Append *lines* to the store's log *name*, in one write."""
        root = disk.require_folder(self.path)
        try:
            disk.append_line(
                name, root, b"".join(encode(each).encode() + b"\n" for each in lines)
            )
        finally:
            disk.close(root)

    def size(self) -> int:
        """The bytes that all files in it take on the disk."""
        try:
            root = self.open()
        except FileNotFoundError:
            return 0
        try:
            return sizes.bytes_in(root)
        finally:
            disk.close(root)

    def lines(self, name: str) -> list[bytes]:
        """The lines of the store's log *name*, oldest first."""
        try:
            root = self.open()
        except FileNotFoundError:
            return []
        try:
            return disk.read_file(name, root, disk.LARGEST_LOG).splitlines()
        except FileNotFoundError:
            return []
        except errors.LimitExceededError as error:
            raise errors.UnsafeStoreError(str(error)) from None
        finally:
            disk.close(root)

    def has(self, name: str) -> bool:
        """True where something that is no empty folder has the name."""
        try:
            return bool(disk.names_at(f"{self.path}/{name}"))
        except FileNotFoundError:
            return False
        except errors.UnsafeStoreError:
            return True

    # --- sessions come and go whole -----------------------------------------------------------

    def add_folder(self, name: str, files: Mapping[str, bytes]) -> None:
        """Let a folder *name* with *files* appear in one step, to stay; SessionExistsError."""
        aside = _unfinished()
        root = disk.require_folder(self.path)
        try:
            try:
                _fill_folder(aside, root, files)
                _give_name(aside, name, root)
            except BaseException:
                _discard(aside, root)
                raise
            writes.sync_folder(root)
        finally:
            disk.close(root)

    def remove_folder(self, name: str) -> None:
        """Let the folder *name* vanish in one step; what is in it follows."""
        root = disk.require_folder(self.path)
        try:
            _discard(_DOOMED + name, root)
            writes.rename(name, _DOOMED + name, root)
            _discard(_DOOMED + name, root)
        finally:
            disk.close(root)

    def sweep(self) -> None:
        """Remove what processes that were killed have left beside the sessions, as far as it
        will go.
        """
        try:
            root = self.open()
        except FileNotFoundError:
            return
        try:
            for name in disk.names_in(root):
                if _is_left_over(name, root):
                    _discard(name, root)
        except errors.StoreUnavailableError:
            pass
        finally:
            disk.close(root)


def _unfinished() -> str:
    """A name that nothing has, and that `sweep` knows."""
    return _UNFINISHED + writes.randomness(8).hex()


def _is_left_over(name: str, root: int) -> bool:
    return name.startswith(_DOOMED) or (
        name.startswith(_UNFINISHED) and writes.is_old(name, root)
    )


def _fill_folder(name: str, root: int, files: Mapping[str, bytes]) -> None:
    writes.make_folder(name, root)
    folder = disk.require_folder(name, root)
    try:
        for each, data in files.items():
            descriptor = writes.create_file(each, folder, data)
            try:
                writes.sync_data(descriptor, each)
            finally:
                disk.close(descriptor)
        writes.sync_folder(folder)
    finally:
        disk.close(folder)


def _give_name(aside: str, name: str, root: int) -> None:
    """A folder takes the place of nothing, or of an empty one: whoever comes second is told."""
    try:
        disk.calls.rename(aside, name, src_dir_fd=root, dst_dir_fd=root)
    except OSError as error:
        if error.errno in _ENDED_ELSEWHERE:
            raise errors.SessionExistsError(name) from None
        raise disk.refused(error, f"make the session {name!r}") from None


def _discard(name: str, root: int) -> None:
    """Remove a folder or a file of ours, quietly: a sweep comes by again."""
    try:
        writes.remove_folder(name, root)
    except errors.UnsafeStoreError:
        writes.remove(name, root)
    except errors.StoreUnavailableError:
        pass
