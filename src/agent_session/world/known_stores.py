"""The stores that this user has asked for approvals in, so that one look finds what waits in
all of them: `$XDG_STATE_HOME/agent-session/stores.jsonl`, one `{"id", "url"}` a line.

A hint, and no more: nothing depends on it, what is listed may be gone, and a line that cannot
be read is passed over.
"""

from __future__ import annotations

import os
import stat

from agent_session.core.codec import decode_object, encode
from agent_session.core.errors import InvalidValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = "agent-session"
_NAME = "stores.jsonl"
_LARGEST = 1 << 20
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_OPEN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def known_stores(variables: Mapping[str, str]) -> dict[str, str]:
    """The ids by the URLs of the stores, in the order in which they were first used."""
    try:
        folder = _open_folder(_state_folder(variables))
    except (OSError, ValueError):
        return {}
    try:
        descriptor = os.open(_NAME, os.O_RDONLY | _OPEN, dir_fd=folder)
    except OSError:
        return {}
    finally:
        os.close(folder)
    try:
        return _listed(_content(descriptor))
    except OSError:
        return {}
    finally:
        os.close(descriptor)


def remember_store(identity: str, url: str, variables: Mapping[str, str]) -> bool:
    """List the store, if it is not yet; False where that cannot be done, which harms little."""
    try:
        url.encode()  # JSON cannot say every name that a folder may have
        line = (encode({"id": identity, "url": url}) + "\n").encode()
        path = _state_folder(variables)
        os.makedirs(path, _PRIVATE_FOLDER, exist_ok=True)
        folder = _open_folder(path)
    except (OSError, ValueError):
        return False
    try:
        return _enter(folder, identity, url, line)
    except OSError:
        return False
    finally:
        os.close(folder)


def _enter(folder: int, identity: str, url: str, line: bytes) -> bool:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | _OPEN
    descriptor = os.open(_NAME, flags, _PRIVATE_FILE, dir_fd=folder)
    try:
        content = _content(descriptor)
        if _listed(content).get(url) == identity:
            return True
        if len(content) + len(line) > _LARGEST:
            return False
        # Without a lock: whoever is as fast enters the same line twice, which harms nobody.
        torn = b"" if content[-1:] in {b"", b"\n"} else b"\n"
        return os.write(descriptor, torn + line) == len(torn + line)
    finally:
        os.close(descriptor)


def _state_folder(variables: Mapping[str, str]) -> str:
    """ValueError where the user has none."""
    state = variables.get("XDG_STATE_HOME", "")
    if not state.startswith("/"):  # a relative one is to be ignored, says its specification
        home = variables.get("HOME", "")
        state = f"{home}/.local/state"
        if not home.startswith("/"):
            raise ValueError("there is no HOME")
    return f"{state}/{_OURS}"


def _open_folder(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _content(descriptor: int) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError("no plain file")
    pieces = []
    size = 0
    while size < _LARGEST and (piece := os.pread(descriptor, _LARGEST, size)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _listed(content: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in content.splitlines():
        try:
            entry = decode_object(line)
        except InvalidValueError:
            continue
        identity, url = entry.get("id"), entry.get("url")
        if isinstance(identity, str) and isinstance(url, str):
            found[url] = identity
    return found
