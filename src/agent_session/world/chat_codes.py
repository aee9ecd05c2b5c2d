"""The code that an answer typed into a host's chat must carry: shown to the person, never to
the model.

It is made from a key of this user's (`$XDG_STATE_HOME/agent-session/chat.key`) and everything
that the request says, so it is good for one request as it was shown. A program of the same
user can read the key: an answer in the chat is the weakest there is.
"""

from __future__ import annotations

import posix
import stat

from agent_session.core.codec import digest
from agent_session.core.errors import UnsafeStoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Without those that are taken for one another: i, l, o, 0, 1.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 6
_KEY = "chat.key"
_KEY_BYTES = 32
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_OPEN = posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC


def code_for(message: bytes, variables: Mapping[str, str]) -> str:
    """Six letters for *message*; UnsafeStoreError, OSError where no key can be kept."""
    number = int(digest(_key(variables) + message), 16)
    code = ""
    for _ in range(LENGTH):
        number, at = divmod(number, len(LETTERS))
        code += LETTERS[at]
    return code


def _key(variables: Mapping[str, str]) -> bytes:
    path = f"{_state_folder(variables)}/agent-session"
    _make_folders(path)
    folder = posix.open(path, posix.O_RDONLY | posix.O_DIRECTORY | _OPEN)
    try:
        return _read(folder) or _made(folder)
    finally:
        posix.close(folder)


def _state_folder(variables: Mapping[str, str]) -> str:
    state = variables.get("XDG_STATE_HOME", "")
    if state.startswith("/"):  # a relative one is to be ignored, says its specification
        return state
    home = variables.get("HOME", "")
    if not home.startswith("/"):
        raise UnsafeStoreError("there is no HOME to keep the key of chat codes in")
    return f"{home}/.local/state"


def _make_folders(path: str) -> None:
    parts = path.split("/")
    for end in range(2, len(parts) + 1):
        try:
            posix.mkdir("/".join(parts[:end]), _PRIVATE_FOLDER)
        except FileExistsError:
            continue


def _read(folder: int) -> bytes | None:
    try:
        descriptor = posix.open(_KEY, posix.O_RDONLY | _OPEN, dir_fd=folder)
    except FileNotFoundError:
        return None
    try:
        status = posix.fstat(descriptor)
        is_ours = stat.S_ISREG(status.st_mode) and status.st_uid == posix.getuid()
        key = posix.read(descriptor, _KEY_BYTES)
    finally:
        posix.close(descriptor)
    if not is_ours or status.st_mode & 0o077 or len(key) != _KEY_BYTES:
        raise UnsafeStoreError(
            f"{_KEY}: it is not private to this user; remove it, and a new one is made"
        )
    return key


def _made(folder: int) -> bytes:
    """A new key under its name at once, whoever else is making one."""
    # By chance, not by number: a number may be that of a killed process, or of another
    # container's with the same home.
    aside = f".{_KEY}.{posix.urandom(8).hex()}"
    flags = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | _OPEN
    descriptor = posix.open(aside, flags, _PRIVATE_FILE, dir_fd=folder)
    try:
        posix.write(descriptor, posix.urandom(_KEY_BYTES))
        posix.fsync(descriptor)
        posix.link(aside, _KEY, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        pass
    finally:
        posix.close(descriptor)
        posix.unlink(aside, dir_fd=folder)
    key = _read(folder)
    assert key is not None, "it has just been made"
    return key
