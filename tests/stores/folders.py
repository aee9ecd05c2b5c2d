"""A file store's folder as a person or another program sees it: names, bytes and modes."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

from agent_session.core.instants import at
from tests.examples import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

THREE_FILES = [".lock", "journal.jsonl", "state.json"]


class SessionFolder:
    """The folder of one session, looked at and meddled with from outside."""

    def __init__(self, store: str, agent_id: str = "a") -> None:
        self.path = os.path.join(store, agent_id)
        self.journal = os.path.join(self.path, "journal.jsonl")
        self.snapshot = os.path.join(self.path, "state.json")

    def names(self) -> list[str]:
        return sorted(os.listdir(self.path))

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(read(self.snapshot))
        return found

    def edit(self, **fields: Any) -> bytes:
        """Change *fields* of state.json as a person would, and say what is there now."""
        edited = json.dumps({**self.state(), **fields}, indent=4).encode()
        write(self.snapshot, edited)
        return edited

    def lines(self) -> list[bytes]:
        return read(self.journal).splitlines(keepends=True)


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def modes_below(path: str) -> Iterator[tuple[str, str]]:
    """(path, mode in octal) of *path* and of all that is in it."""
    yield path, oct(stat.S_IMODE(os.lstat(path).st_mode))
    for folder, folders, files in os.walk(path):
        for name in folders + files:
            each = os.path.join(folder, name)
            yield each, oct(stat.S_IMODE(os.lstat(each).st_mode))


def record_of_the_first_implementation(agent_id: str = "a", **fields: Any) -> dict[str, Any]:
    """What the first implementation wrote: the published fields, no fraction in its times."""
    return {
        "agent_id": agent_id,
        "agent_name": "terraform-architect",
        "purpose": "infrastructure",
        "created_at": at(NOW).replace(".000000", ""),
        "last_updated": at(NOW).replace(".000000", ""),
        "phase": "approval",
        "metadata": {"plan": "apply"},
        "resume_ready": True,
        "history": [],
        "error_count": 0,
        "last_error": None,
        "finalized_at": None,
        "duration_seconds": None,
        "summary": None,
        **fields,
    }


def leave_session_of_the_first_implementation(
    store: str, agent_id: str = "a", **fields: Any
) -> SessionFolder:
    """Make the folder as that implementation left it: one file, and the modes of the umask."""
    folder = SessionFolder(store, agent_id)
    os.makedirs(folder.path, 0o755)
    found = record_of_the_first_implementation(agent_id, **fields)
    write(folder.snapshot, json.dumps(found, indent=2).encode())
    os.chmod(folder.snapshot, 0o644)
    return folder
