"""The work that every system is given: sessions of about 1 KB, and what is done with them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

WORDS = "aws_instance.web will be replaced; aws_db_instance.main will be updated in place; "
# How many sessions a list is asked for, where it can be asked for a part.
LISTED = 100


def state(number: int) -> dict[str, Any]:
    """What a session keeps, other in each and after each update."""
    return {
        "phase": "approval",
        "task_id": f"T{number}",
        "step": number,
        "plan": f"{number}: {WORDS * 10}",
    }


class Store(Protocol):
    """One system's own calls for that work; each may be a coroutine. Made with a folder of its
    own (or a URL), in the process that uses it.
    """

    def create(self, session_id: str, state: dict[str, Any]) -> str | Awaitable[str]:
        """A new session; its id."""

    def pause(self, session_id: str) -> object:
        """Whatever it takes so that `decide` says yes; not timed."""

    def update(self, session_id: str, state: dict[str, Any]) -> object:
        """Keep what has changed, as durably as the system does."""

    def decide(self, session_id: str) -> bool | Awaitable[bool]:
        """Read what a process needs that is asked to resume: whether the session waits."""

    def list_newest(self) -> int | Awaitable[int]:
        """Look at the newest LISTED sessions, or at all where it has no less; how many came."""

    def make_old(self, session_id: str, state: dict[str, Any]) -> str | Awaitable[str]:
        """A session that `delete_old` may take; not timed."""

    def delete_old(self, session_ids: list[str]) -> object:
        """Remove these."""

    def note(self, session_id: str, writer: str) -> object:
        """Read the session, and add one to what *writer* has counted in it."""

    def noted(self, session_id: str) -> int | Awaitable[int]:
        """How much all writers have counted, as a reader finds it."""
