"""The settings file of an agent program, which a person keeps: read and written with care.

It is never written through a link, nor in place: a reader sees the file from before or the
one from after, and a person who was faster is not overwritten. What it was before our first
change stands beside it until that is taken back.
"""

from __future__ import annotations

import os
import stat

from agent_session.core.errors import InvalidValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

LARGEST = 1 << 20
FORMER = ".before-agent-session"
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_FOR_ALL = 0o666  # less what the umask says, as for any file that a person makes
_MARK = "\ufeff"
_TRIES = 200
_SECONDS_BETWEEN = 0.05


class ClientSettings:
    """The file at *path* with its *text*, None where there is none; InvalidValueError, with a
    sentence that says what to do, where it is nothing to be changed.

    As a context it keeps other changes of ours out, from before it is read; the folder is
    *made* for that, if it is to be written.
    """

    def __init__(self, path: str, *, made: bool = False) -> None:
        self.path = os.path.abspath(path)
        self.text: str | None = None
        self._raw: bytes | None = None
        self._kept: os.stat_result | None = None
        self._made = made
        self._lock = -1

    def __enter__(self) -> ClientSettings:
        folder = os.path.dirname(self.path)
        if self._made:
            _refuse_unwritable(self.path)
            os.makedirs(folder, exist_ok=True)
        try:
            if os.path.isdir(folder):
                self._lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                _wait_for(self._lock, folder)
            self.read()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    # --- reading ------------------------------------------------------------------------------

    def read(self) -> None:
        self._raw, self._kept = _content(self.path)
        self.text = None if self._raw is None else _text_of(self._raw, self.path)

    @property
    def former_path(self) -> str:
        return self.path + FORMER

    def former(self) -> str | None:
        """The text from before our first change; None where it is not there, or no text."""
        try:
            raw = _content(self.former_path)[0]
            return None if raw is None else _text_of(raw, self.former_path)
        except InvalidValueError:
            return None

    # --- writing ------------------------------------------------------------------------------

    def keep_former(self) -> None:
        """Set what was read aside, if nothing is set aside yet."""
        if self._raw is None:
            return
        aside = self._written_aside(self._raw)
        try:
            os.link(aside, self.former_path)
        except FileExistsError:
            pass
        finally:
            os.unlink(aside)

    def write(self, text: str) -> None:
        """Put *text* in the file's place; InvalidValueError where somebody was faster."""
        mark = _MARK if self._raw and self._raw.startswith(_MARK.encode()) else ""
        aside = self._written_aside((mark + text).encode())
        try:
            self._refuse_if_changed()
            os.rename(aside, self.path)
        except BaseException:
            os.unlink(aside)
            raise

    def restore_former(self) -> None:
        """Put what was set aside back, byte for byte."""
        self._refuse_if_changed()
        os.rename(self.former_path, self.path)

    def remove(self) -> None:
        self._refuse_if_changed()
        os.unlink(self.path)

    def drop_former(self) -> None:
        try:
            os.unlink(self.former_path)
        except FileNotFoundError:
            pass

    def _refuse_if_changed(self) -> None:
        if _content(self.path)[0] != self._raw:
            raise InvalidValueError(
                f"{self.path} was changed by somebody else just now: try again"
            )

    def _written_aside(self, raw: bytes) -> str:
        aside = f"{self.path}.{os.getpid()}.new"
        descriptor = os.open(aside, _NEW, _FOR_ALL)
        with os.fdopen(descriptor, "wb") as file:
            if self._kept is not None:
                _keep_owner(descriptor, self._kept)
                os.fchmod(descriptor, stat.S_IMODE(self._kept.st_mode))
            file.write(raw)
            file.flush()
            os.fsync(descriptor)
        return aside


def _wait_for(lock: int, folder: str) -> None:
    """Take the *lock* as soon as nobody else of us has it; a moment is enough for a change."""
    import fcntl
    import time

    for _ in range(_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_SECONDS_BETWEEN)
        else:
            return
    raise InvalidValueError(f"somebody else is changing settings in {folder}: try again")


def _keep_owner(descriptor: int, kept: os.stat_result) -> None:
    try:
        os.fchown(descriptor, kept.st_uid, kept.st_gid)
    except OSError:  # only root may give a file away; then it is whoever changes it
        pass


def read_settings(path: str) -> str | None:
    """The text of a settings file that is only looked at, through links too; None where it
    cannot be read.
    """
    try:
        raw = _content(os.path.realpath(path))[0]
        return None if raw is None else _text_of(raw, path)
    except InvalidValueError:
        return None


def _content(path: str) -> tuple[bytes | None, os.stat_result | None]:
    """The bytes, and whose file it is; None for both where nothing is there."""
    _refuse_what_is_no_file(path)
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        return None, None
    except OSError as error:
        raise InvalidValueError(
            f"{path} cannot be read ({error.strerror}): let your user read it"
        ) from None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        raw = file.read(LARGEST + 1) if stat.S_ISREG(found.st_mode) else b""
    if len(raw) > LARGEST:
        raise InvalidValueError(f"{path} has more than {LARGEST >> 20} MiB: no settings file")
    return raw, found


def _refuse_what_is_no_file(path: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except OSError:  # it is not there, or opening it says what is wrong
        return
    if stat.S_ISLNK(mode):
        target = os.path.realpath(path)
        raise InvalidValueError(
            f"{path} is a symbolic link to {target}: if that is the file to be changed, name "
            f"it with --settings {target}"
        )
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "no plain file"
        raise InvalidValueError(f"{path} is {kind}: move it away")


def _refuse_unwritable(path: str) -> None:
    """InvalidValueError where the file may not be changed, or nothing put beside it."""
    folder = os.path.dirname(path)
    while not os.path.isdir(folder) and not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    for each in (path, folder):
        if os.path.lexists(each) and not os.access(each, os.W_OK):
            raise InvalidValueError(f"{each} cannot be written: let your user write to it")
    if not os.path.isdir(folder):
        raise InvalidValueError(f"{folder} is no folder: move it away")


def _text_of(raw: bytes, path: str) -> str:
    try:
        return raw.decode().removeprefix(_MARK)
    except UnicodeDecodeError as error:
        raise InvalidValueError(
            f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8"
        ) from None
