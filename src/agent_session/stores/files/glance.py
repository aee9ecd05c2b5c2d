"""All that a hook asks of the store when nothing is live: the names in `.index/`, whether they
may be trusted, and the delegation log.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.codec import digest, encode
from agent_session.local import disk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

FOLDER = ".index"
TRUSTED = "trusted"
DELEGATIONS = ".delegations.jsonl"
LOG = ".jsonl"
# What waits for an answer; and, each in many logs, which session a host's key leads to.
PENDING = "pending"
OWNERS = "hosts-"
_DIGITS = 32
_LARGEST_LOG = 4 << 20
_LONGEST_PLAIN_NAME = 64
_LARGEST_MARK = 256


def log_of(agent_name: str) -> str:
    """The name of an agent's log: readable where the agent's is plain, else a digest."""
    letters = agent_name.replace("-", "").replace("_", "")
    plain = letters.isascii() and letters.isalnum() and len(agent_name) <= _LONGEST_PLAIN_NAME
    return (f"a-{agent_name}" if plain else f"h-{digest(agent_name.encode())[:32]}") + LOG


def digest_of_key(key: str) -> str:
    """What stands for a host's key, which may be long and hold anything."""
    return digest(key.encode(errors="surrogatepass"))[:_DIGITS]


def log_of_key(known_by: str) -> str:
    """The log of a key with this digest."""
    return f"{OWNERS}{known_by[:2]}"


def is_trusted(folder: int) -> bool:
    """True where the open index was written under this start of the machine."""
    try:
        return disk.read_file(TRUSTED, folder, _LARGEST_MARK) == disk.boot().encode()
    except (FileNotFoundError, errors.StoreError, errors.InvalidValueError):
        return False


class FilesGlance:
    """One look at the store in the folder *path*; FileNotFoundError where there is none."""

    __slots__ = ("root",)

    def __init__(self, path: str) -> None:
        self.root = disk.open_folder(path)

    def close(self) -> None:
        disk.close(self.root)

    def has_surely_none(self, agent_name: str) -> bool:
        """True where a trusted index knows nothing live of the agent."""
        return _lacks(self.root, log_of(agent_name), None)

    def surely_nothing_waits(self) -> bool:
        """True where it knows of nothing that waits for an answer."""
        return _lacks(self.root, PENDING, None)

    def surely_nobody_is_known_by(self, key: str) -> bool:
        """True where it knows no session under a host's *key*."""
        known_by = digest_of_key(key)
        return _lacks(self.root, log_of_key(known_by), known_by.encode())

    def note(self, delegation: Mapping[str, Any]) -> None:
        """Append one line to the delegation log."""
        disk.append_line(DELEGATIONS, self.root, encode(delegation).encode() + b"\n")


def _lacks(root: int, log: str, words: bytes | None) -> bool:
    """True where the index is trusted and has no such log, or none with *words* in it."""
    try:
        folder = disk.open_folder(FOLDER, root)
    except FileNotFoundError:
        return False
    try:
        if not is_trusted(folder):
            return False
        if disk.status_of(log, folder) is None:
            return True
        return words is not None and words not in disk.read_file(log, folder, _LARGEST_LOG)
    except (FileNotFoundError, errors.LimitExceededError):
        return False
    finally:
        disk.close(folder)
