"""Writing to the disk: files made whole or not at all, lines added in one piece, folders, and
the locks.

Like the verbs of `disk`, these go to the system through `calls` alone.
"""

from __future__ import annotations

import posix

from agent_session.core import Late

from . import disk
from .disk import close, is_folder, names_in, open_folder, open_plain, refused, status_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

OLD_SECONDS = 3600.0
_FIRST_PAUSE_SECONDS = 0.0002
_LONGEST_PAUSE_SECONDS = 0.001


# --- folders ----------------------------------------------------------------------------------


def make_folder(name: str, parent: int | None = None) -> bool:
    """Make a folder of mode 0700 whatever the umask; False where something has the name
    already.
    """
    try:
        disk.calls.mkdir(name, 0o700, dir_fd=parent)
        folder = _open_new_folder(name, parent)
    except FileExistsError:
        return False
    except OSError as error:
        raise refused(error, f"make the folder {name!r}") from None
    try:
        disk.calls.fchmod(folder, 0o700)
    except OSError as error:
        raise refused(error, f"make the folder {name!r} private") from None
    finally:
        close(folder)
    return True


def make_private(folder: int) -> None:
    """Give a folder that others have made the mode 0700, where it is ours to change."""
    try:
        disk.calls.fchmod(folder, 0o700)
    except PermissionError:
        pass
    except OSError as error:
        raise refused(error, "make a folder private") from None


def _open_new_folder(name: str, parent: int | None) -> int:
    try:
        return disk.calls.open(name, disk.FOLDER, dir_fd=parent)
    except PermissionError:  # the umask takes from the owner too
        disk.calls.chmod(name, 0o700, dir_fd=parent)
        return disk.calls.open(name, disk.FOLDER, dir_fd=parent)


def make_folders(path: str) -> None:
    """Make *path*, private, and whatever is missing above it, as the umask says; to stay."""
    parent = path.rpartition("/")[0] or "/"
    try:
        if not is_folder(parent):
            _make_folders_above(parent)
    except OSError as error:
        raise refused(error, f"make the folder {parent!r}") from None
    if make_folder(path):
        _sync_names_in(parent)


def _make_folders_above(path: str) -> None:
    parent = path.rpartition("/")[0] or "/"
    if parent != path and not is_folder(parent):
        _make_folders_above(parent)
    try:
        disk.calls.mkdir(path, 0o777)
    except FileExistsError:
        return
    _sync_names_in(parent)


def _sync_names_in(path: str) -> None:
    """Sync the folder *path*, which need not be ours: one that may not be read cannot be."""
    try:
        folder = disk.calls.open(path, posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)
    except PermissionError:
        return
    except OSError as error:
        raise refused(error, f"open the folder {path!r}") from None
    try:
        sync_folder(folder)
    finally:
        close(folder)


def is_old(name: str, folder: int) -> bool:
    """True for what nobody has touched for an hour, by the file system's own clock."""
    status = status_of(name, folder)
    return status is not None and disk.calls.wall_clock() - status.st_mtime > OLD_SECONDS


def rename(name: str, new_name: str, folder: int) -> None:
    try:
        disk.calls.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        raise refused(error, f"rename {name!r}") from None


def remove_folder(name: str, parent: int) -> None:
    """Remove the folder *name* with the files in it; it need not be whole."""
    try:
        folder = open_folder(name, parent)
    except FileNotFoundError:
        return
    try:
        for each in sorted(names_in(folder), reverse=True):  # state.json, journal.jsonl, .lock
            remove(each, folder)
    finally:
        close(folder)
    try:
        disk.calls.rmdir(name, dir_fd=parent)
    except OSError as error:
        raise refused(error, f"remove the folder {name!r}") from None


def sync_folder(folder: int) -> None:
    """Names made or moved in *folder* outlive a power cut; UnknownOutcomeError where that
    cannot be said.
    """
    try:
        disk.calls.fsync(folder)
    except OSError as error:
        raise errors.UnknownOutcomeError(
            f"the folder could not be synced: {error.strerror}"
        ) from None


def create_file(name: str, folder: int, data: bytes) -> int:
    """The descriptor of a new file of mode 0600 that holds *data*, in place of whatever had the
    name.
    """
    flags = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | disk.NO_LINK
    try:
        try:
            descriptor = disk.calls.open(name, flags, 0o600, dir_fd=folder)
        except FileExistsError:
            disk.calls.unlink(name, dir_fd=folder)
            descriptor = disk.calls.open(name, flags, 0o600, dir_fd=folder)
    except OSError as error:
        raise refused(error, f"make {name}") from None
    try:
        disk.calls.fchmod(descriptor, 0o600)
        disk.write_all(descriptor, data)
    except OSError as error:
        close(descriptor)
        remove(name, folder)
        raise refused(error, f"write {name}") from None
    return descriptor


def write_aside(
    name: str, folder: int, data: bytes, *, temporary: str | None = None, sync: bool = False
) -> None:
    """Let *data* take the place of file *name* in one step; where it is to *sync*, the data is
    on the disk before.
    """
    temporary = temporary or f".{name}.tmp"
    descriptor = create_file(temporary, folder, data)
    try:
        if sync:
            sync_data(descriptor, name)
    finally:
        close(descriptor)
    put_in_place(temporary, name, folder)


def write_once(name: str, folder: int, data: bytes, temporary: str) -> None:
    """Make file *name* of *data*, whole, unless something has the name already."""
    descriptor = create_file(temporary, folder, data)
    try:
        sync_data(descriptor, name)
        disk.calls.link(
            temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False
        )
    except FileExistsError:
        pass
    except OSError as error:
        raise refused(error, f"make {name}") from None
    finally:
        close(descriptor)
        remove(temporary, folder)


def sync_data(descriptor: int, what: str) -> None:
    """What was written outlives a power cut; never tried again on the same file, for a second
    try may lie.
    """
    try:
        disk.calls.fdatasync(descriptor)
    except OSError as error:
        raise errors.UnknownOutcomeError(
            f"{what} could not be synced: {error.strerror}"
        ) from None


def remove(name: str, folder: int) -> None:
    """Remove a file, quietly where it is gone or will not go."""
    try:
        disk.calls.unlink(name, dir_fd=folder)
    except OSError:
        pass


def put_in_place(temporary: str, name: str, folder: int) -> None:
    """Let *temporary* take the place of *name* in one step.

    Swapping the two and removing the old one spares ext4 the early write-out that a rename
    over a file forces, which costs as much as the journal's own sync.
    """
    if _prefers_exchange() and disk.calls.exchange(temporary, name, folder):
        remove(temporary, folder)
        return
    try:
        disk.calls.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        remove(temporary, folder)
        raise refused(error, f"put {name} in place") from None


_placed = 0
_can_exchange = False
_FEW = 4


def _prefers_exchange() -> bool:
    """True for a process that has put a few files in place already, where the system can
    exchange names.
    """
    global _can_exchange, _placed
    _placed += 1
    if _placed == _FEW:
        _can_exchange = disk.load_exchange()
    return _can_exchange


# --- locks ------------------------------------------------------------------------------------


def open_lock(name: str, folder: int) -> int:
    """A descriptor of the lock file *name*; FileNotFoundError where there is none."""
    return open_plain(name, folder, posix.O_RDWR)[0]


def make_lock(name: str, folder: int) -> int:
    """The same, made private where there is none; FileNotFoundError where *folder* is gone."""
    descriptor = open_plain(name, folder, posix.O_RDWR | posix.O_CREAT)[0]
    try:
        disk.calls.fchmod(descriptor, 0o600)
    except OSError as error:
        close(descriptor)
        raise refused(error, f"make {name} private") from None
    return descriptor


def lock(
    descriptor: int,
    *,
    shared: bool = False,
    patience_seconds: float = disk.PATIENCE_SECONDS,
    sign_of_life: Callable[[], object] = lambda: None,
) -> None:
    """Wait for the lock, in short pauses so that the wait can end.

    StoreBusyError once *patience_seconds* have passed with the same *sign_of_life*: writers who
    are slow, because they are many or the disk is, are waited for as long as they get on.
    """
    for pause in _pauses(patience_seconds, sign_of_life):
        try:
            disk.calls.flock(descriptor, shared=shared)
        except BlockingIOError:
            disk.calls.sleep(pause)
        except OSError as error:
            raise refused(error, "lock") from None
        else:
            return
    raise errors.StoreBusyError(
        f"another writer has kept the lock for {patience_seconds:g} s; is it stopped? Try again"
    )


def leave(descriptor: int) -> None:
    """Give the lock up and close its file: a child that was forked meanwhile has a share of it,
    which would outlast the closing.
    """
    try:
        disk.calls.unlock(descriptor)
    except OSError:
        pass
    close(descriptor)


def _pauses(patience_seconds: float, sign_of_life: Callable[[], object]) -> Iterator[float]:
    pause = _FIRST_PAUSE_SECONDS
    yield pause
    end, seen = disk.calls.monotonic() + patience_seconds, sign_of_life()
    while (now := disk.calls.monotonic()) < end:
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
        yield pause
        if (latest := sign_of_life()) != seen:
            end, seen = now + patience_seconds, latest


def randomness(count: int) -> bytes:
    try:
        return disk.calls.urandom(count)
    except OSError as error:
        raise refused(error, "get random bytes") from None
