"""The one seam to the disk: every call of a store to the operating system goes through
`calls`.

Faults, power cuts and full disks are tried by standing something else in for `calls`. The
verbs below it add what each use needs: no symbolic link is followed, nothing but a plain
file is read, modes do not depend on the umask, and an error of the system becomes one of
ours.
"""

from __future__ import annotations

import errno
import posix
import sys
import time

from agent_session.core import Late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")


class SystemCalls:
    """What is asked of the operating system, as it is."""

    open = staticmethod(posix.open)
    close = staticmethod(posix.close)
    read = staticmethod(posix.read)
    pread = staticmethod(posix.pread)
    write = staticmethod(posix.write)
    ftruncate = staticmethod(posix.ftruncate)
    fdatasync = staticmethod(getattr(posix, "fdatasync", posix.fsync))
    fsync = staticmethod(posix.fsync)
    fchmod = staticmethod(posix.fchmod)
    chmod = staticmethod(posix.chmod)
    fstat = staticmethod(posix.fstat)
    stat = staticmethod(posix.stat)
    statvfs = staticmethod(posix.statvfs)
    access = staticmethod(posix.access)
    rename = staticmethod(posix.rename)
    link = staticmethod(posix.link)
    unlink = staticmethod(posix.unlink)
    mkdir = staticmethod(posix.mkdir)
    rmdir = staticmethod(posix.rmdir)
    urandom = staticmethod(posix.urandom)
    wall_clock = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    @staticmethod
    def listdir(folder: int) -> list[str]:
        return posix.listdir(folder)

    @staticmethod
    def flock(descriptor: int, *, shared: bool) -> None:
        """Take the lock, or raise BlockingIOError; readers never come here, so they need no
        fcntl.
        """
        import fcntl

        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    @staticmethod
    def unlock(descriptor: int) -> None:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_UN)

    @staticmethod
    def exchange(one: str, other: str, folder: int) -> bool:
        """Swap two names in *folder* in one step; False where the system cannot."""
        return (
            _renameat2 is not None
            and _renameat2(folder, one.encode(), folder, other.encode(), 2) == 0
        )

    @staticmethod
    def begin_to_watch() -> int:
        """A descriptor that tells of changes in what `watch` gives it to watch; OSError."""
        from . import inotify

        return inotify.begin()

    @staticmethod
    def watch(descriptor: int, folder: int) -> None:
        from . import inotify

        inotify.watch(descriptor, folder)

    @staticmethod
    def poll(descriptor: int, seconds: float) -> bool:
        """True once there is something to read, False after so many seconds."""
        import select

        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))


calls = SystemCalls()
_renameat2 = None


def load_exchange() -> bool:
    """Find the system's exchange of two names; False where it has none.

    Costs a short process too much.
    """
    global _renameat2
    if sys.platform == "linux":
        import ctypes

        _renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    return _renameat2 is not None


# How long a writer waits for the writer before it.
PATIENCE_SECONDS = 30.0
# What a log of the store may have grown to.
LARGEST_LOG = 1 << 30

NO_LINK = posix.O_NOFOLLOW | posix.O_CLOEXEC
FOLDER = posix.O_RDONLY | posix.O_DIRECTORY | NO_LINK
_READ = posix.O_RDONLY | posix.O_NONBLOCK | NO_LINK
_BLOCK = 4096
_FOLDER_KIND = 0o040000
REGULAR = 0o100000
KIND = 0o170000


def refused(error: OSError, what: str) -> errors.StoreUnavailableError:
    """*error* of the system as ours: what could not be done, and the system's word for why."""
    return errors.StoreUnavailableError(
        error.errno, f"cannot {what}: {error.strerror or error}"
    )


# --- folders ----------------------------------------------------------------------------------


def open_folder(path: str, parent: int | None = None) -> int:
    """A descriptor of the folder *path*; FileNotFoundError where there is none."""
    try:
        return calls.open(path, FOLDER, dir_fd=parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise errors.UnsafeStoreError(
                f"{path!r} is a symbolic link or no folder; nothing is followed"
            ) from None
        raise refused(error, f"open the folder {path!r}") from None


def require_folder(path: str, parent: int | None = None) -> int:
    """A descriptor of the folder *path*, which is needed to go on."""
    try:
        return open_folder(path, parent)
    except FileNotFoundError as error:
        raise refused(error, f"open the folder {path!r}") from None


def is_there(path: str) -> bool:
    try:
        calls.stat(path, follow_symlinks=False)
    except OSError:
        return False
    return True


def look_at(path: str) -> tuple[int, int, int] | None:
    """How what is at *path* looks, itself: its inode, size and time; None where there is
    nothing.
    """
    try:
        status = calls.stat(path, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise refused(error, f"look at {path!r}") from None
    return status.st_ino, status.st_size, status.st_mtime_ns


def size_at(path: str) -> int:
    """The size in bytes of the file at *path*; -1 where there is none."""
    try:
        return calls.stat(path, follow_symlinks=False).st_size
    except FileNotFoundError:
        return -1
    except OSError as error:
        raise refused(error, f"look at {path!r}") from None


def is_folder(path: str) -> bool:
    try:
        return calls.stat(path).st_mode & KIND == _FOLDER_KIND
    except OSError:
        return False


def device_of(folder: int) -> int:
    try:
        return calls.fstat(folder).st_dev
    except OSError as error:
        raise refused(error, "look at a folder") from None


def is_same_folder(path: str, folder: int) -> bool:
    """True while the open *folder* is the one that *path* names."""
    try:
        named, opened = calls.stat(path, follow_symlinks=False), calls.fstat(folder)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise refused(error, f"look at {path!r}") from None
    return (named.st_ino, named.st_dev) == (opened.st_ino, opened.st_dev)


def status_of(name: str, folder: int) -> posix.stat_result | None:
    """What *name* in *folder* is, itself; None where there is nothing."""
    try:
        return calls.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise refused(error, f"look at {name}") from None


def names_in(folder: int) -> list[str]:
    """The names in *folder*, in no order."""
    try:
        return calls.listdir(folder)
    except OSError as error:
        raise refused(error, "list a folder") from None


def names_at(path: str) -> list[str]:
    """The names in the folder *path*; FileNotFoundError, UnsafeStoreError where it is a link or
    no folder.
    """
    folder = open_folder(path)
    try:
        return names_in(folder)
    finally:
        close(folder)


# --- files ------------------------------------------------------------------------------------


def close(descriptor: int) -> None:
    """Close quietly: the descriptor is gone even where close reports an error."""
    try:
        calls.close(descriptor)
    except OSError:
        pass


def read_range(descriptor: int, start: int, end: int) -> bytes:
    """The bytes from *start* up to *end*, fewer only where the file ends."""
    parts = []
    try:
        while start < end and (part := calls.pread(descriptor, end - start, start)):
            parts.append(part)
            start += len(part)
    except OSError as error:
        raise refused(error, "read a file") from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


def lines_backwards(descriptor: int, end: int) -> Iterator[tuple[int, bytes]]:
    """(end of line, line without its newline) of every whole line before *end*, last first."""
    held, start, block = b"", end, _BLOCK
    while start > 0:
        begin = max(0, start - block)
        held = read_range(descriptor, begin, start) + held
        start, block = begin, block * 2
        first = 0 if start == 0 else held.find(b"\n") + 1
        if start > 0 and first == 0:
            continue
        yield from _split_backwards(held[first:], start + first)
        held = held[:first]


def _split_backwards(text: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    end = text.rfind(b"\n")
    while end >= 0:
        begin = text.rfind(b"\n", 0, end) + 1
        yield offset + end + 1, text[begin:end]
        end = begin - 1


def open_plain(
    name: str, folder: int, flags: int = _READ, *, most_links: int = 1
) -> tuple[int, posix.stat_result]:
    """A plain file's descriptor and status; FileNotFoundError, UnsafeStoreError for anything
    but a plain file.
    """
    try:
        descriptor = calls.open(name, flags | posix.O_NONBLOCK | NO_LINK, 0o600, dir_fd=folder)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO, errno.EISDIR}:
            raise errors.UnsafeStoreError(
                f"{name} is no plain file; nothing is followed"
            ) from None
        raise refused(error, f"open {name}") from None
    try:
        status = calls.fstat(descriptor)
    except OSError as error:
        close(descriptor)
        raise refused(error, f"look at {name}") from None
    # No link at all is normal: a writer has just renamed another file over this one.
    if status.st_mode & KIND != REGULAR or status.st_nlink > most_links:
        close(descriptor)
        raise errors.UnsafeStoreError(
            f"{name} is no plain file of its own; nothing is followed"
        )
    return descriptor, status


def read_file(name: str, folder: int, largest: int, *, most_links: int = 1) -> bytes:
    """A plain file's bytes; FileNotFoundError, UnsafeStoreError, LimitExceededError."""
    descriptor, status = open_plain(name, folder, most_links=most_links)
    try:
        if status.st_size > largest:
            raise errors.LimitExceededError(
                f"{name} has {status.st_size} bytes; at most {largest} are read"
            )
        return read_range(descriptor, 0, status.st_size)
    finally:
        close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write the whole of *data*; an OSError leaves a part of it written."""
    while data:
        written = calls.write(descriptor, data)
        if written <= 0:
            raise OSError(errno.EIO, "nothing was written")
        data = data[written:]


def append_line(name: str, folder: int, line: bytes) -> int:
    """Append *line* to a log in one write, making the file where there is none; not synced.

    Returns where the line ends, or less where another process has appended meanwhile.
    """
    flags = posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND
    try:
        descriptor, status = open_plain(name, folder, flags)
    except FileNotFoundError:
        raise errors.StoreUnavailableError(
            errno.ENOENT, f"cannot open {name}: its folder is gone"
        ) from None
    try:
        if status.st_size == 0:
            calls.fchmod(descriptor, 0o600)
        write_all(descriptor, line)
    except OSError as error:
        raise refused(error, f"append to {name}") from None
    finally:
        close(descriptor)
    return status.st_size + len(line)


# --- the machine ------------------------------------------------------------------------------

_boot = ""


def boot() -> str:
    """The name of this start of the machine; always the same where the system does not tell."""
    global _boot
    if not _boot:
        try:
            descriptor = calls.open("/proc/sys/kernel/random/boot_id", _READ)
        except (FileNotFoundError, PermissionError):
            _boot = "unknown"
            return _boot
        except OSError as error:
            raise refused(error, "ask for the start of the machine") from None
        try:
            _boot = read_range(descriptor, 0, 64).decode().strip()
        finally:
            close(descriptor)
    return _boot
