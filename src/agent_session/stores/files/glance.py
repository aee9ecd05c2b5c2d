"""All that a hook asks of the store when nothing is live: the names in `.index/`, whether they
may be trusted, and the delegation log.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.codec import digest, encode

from . import disk

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
_LONGEST_PLAIN_NAME = 64
_LARGEST_MARK = 256


def log_of(agent_name: str) -> str:
    """The name of an agent's log: readable where the agent's is plain, else a digest."""
    letters = agent_name.replace("-", "").replace("_", "")
    plain = letters.isascii() and letters.isalnum() and len(agent_name) <= _LONGEST_PLAIN_NAME
    return (f"a-{agent_name}" if plain else f"h-{digest(agent_name.encode())[:32]}") + LOG


def is_trusted(folder: int) -> bool:
    """True where the open index was written under this start of the machine."""
    try:
        return disk.read_file(TRUSTED, folder, _LARGEST_MARK) == disk.boot().encode()
    except (FileNotFoundError, errors.StoreError, errors.InvalidValueError):
        return False


def has_surely_none(root: int, agent_name: str) -> bool:
    """True where a trusted index of the open store *root* knows nothing live of the agent."""
    try:
        folder = disk.open_folder(FOLDER, root)
    except FileNotFoundError:
        return False
    try:
        return is_trusted(folder) and disk.status_of(log_of(agent_name), folder) is None
    finally:
        disk.close(folder)


def note(root: int, delegation: Mapping[str, Any]) -> None:
    """Append one line to the delegation log of the open store *root*."""
    disk.append_line(DELEGATIONS, root, encode(delegation).encode() + b"\n")
