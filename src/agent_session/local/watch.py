"""Waiting until something in a folder changes, in whichever process it is changed.

What counts is how the watched looks, as its `look` tells. inotify only ends a rest early; where
there is none, or it cannot tell (the folder is not there yet, or was replaced), the rests are
short.
"""

from __future__ import annotations

from agent_session.core import Late

from . import disk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from agent_session.core import errors

    Look: TypeAlias = Callable[[], object]
else:
    errors = Late("agent_session.core.errors")

_FIRST_REST_SECONDS = 0.02
_LONGEST_REST_SECONDS = 0.04
# Where what is shared with another kernel is changed by that one, inotify does not tell.
_LONGEST_TOLD_REST_SECONDS = 1.0
_MUCH = 1 << 16


class Watch:
    """Watches what lies in the folder *path*, which need not be there, by how it *look*s."""

    __slots__ = ("_descriptor", "_look", "_path", "_seen", "_told_of")

    def __init__(self, path: str, look: Look) -> None:
        self._path = path
        self._look = look
        self._descriptor = -1
        self._told_of = 0
        try:
            self._listen()
            self._seen = look()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._descriptor >= 0:
            disk.close(self._descriptor)
        self._descriptor = -1

    def wait(self, seconds: float) -> bool:
        end = disk.calls.monotonic() + max(0.0, seconds)  # none for what is no number, too
        rest = _FIRST_REST_SECONDS
        while not self._has_changed():
            left = end - disk.calls.monotonic()
            if left <= 0:
                return False
            self._rest(left, rest)
            rest = min(rest * 1.1, _LONGEST_REST_SECONDS)
        return True

    def _has_changed(self) -> bool:
        self._listen()
        before, self._seen = self._seen, self._look()
        return self._seen != before

    def _rest(self, left: float, rest: float) -> None:
        if self._descriptor < 0:
            disk.calls.sleep(min(left, rest))
            return
        try:
            if disk.calls.poll(self._descriptor, min(left, _LONGEST_TOLD_REST_SECONDS)):
                disk.calls.read(self._descriptor, _MUCH)
        except BlockingIOError:
            pass
        except OSError:
            self.close()

    def _listen(self) -> None:
        """Let the system tell of the folder that has the name now, once where it cannot."""
        folder = disk.look_at(self._path)
        inode = folder[0] if folder else 0
        if inode == self._told_of:
            return
        self.close()
        self._told_of = inode
        if inode:
            self._descriptor = _listening_to(self._path)


def watch_file(path: str, name: str) -> Watch:
    """A watch of the file *name* in the folder *path*, neither of which need be there."""
    return Watch(path, lambda: disk.look_at(f"{path}/{name}"))


def _listening_to(path: str) -> int:
    """A descriptor that tells of the folder; -1 where the system has none to give."""
    try:
        folder = disk.open_folder(path)
    except (FileNotFoundError, errors.StoreError):
        return -1
    try:
        descriptor = disk.calls.begin_to_watch()
    except OSError:
        disk.close(folder)
        return -1
    try:
        disk.calls.watch(descriptor, folder)
    except OSError:
        disk.close(descriptor)
        return -1
    finally:
        disk.close(folder)
    return descriptor
