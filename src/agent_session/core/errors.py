"""Every error of agent-session: one base, built from facts, translated once at a surface.

Who is at fault tells the family: `RefusedError` is an answer (the caller asked for what the
rules deny), `StoreError` is a failure (the disk or the database). `code` is the machine-
readable word of each.
"""

from __future__ import annotations


class AgentSessionError(Exception):
    """The base of all errors of agent-session; never raised itself."""

    code = "error"


class RefusedError(AgentSessionError):
    """The rules say no.  Nothing was changed."""

    code = "refused"


class InvalidAgentIdError(RefusedError, ValueError):
    """An id that may not become the name of a folder."""

    code = "invalid_agent_id"

    def __init__(self, agent_id: object) -> None:
        super().__init__(
            f"{_shown(agent_id)} is no agent id: use letters, digits, '.', '_' and '-', "
            "starting with a letter or digit, at most 128 characters"
        )
        self.agent_id = agent_id


class SessionNotFoundError(RefusedError, LookupError):
    """No session has this id."""

    code = "session_not_found"

    def __init__(self, agent_id: str) -> None:
        super().__init__(f"no session {_shown(agent_id)} in this store")
        self.agent_id = agent_id


class SessionExistsError(RefusedError):
    """A session with this id is already there."""

    code = "session_exists"

    def __init__(self, agent_id: str) -> None:
        super().__init__(f"session {_shown(agent_id)} exists already; choose another id")
        self.agent_id = agent_id


class SessionFinalError(RefusedError):
    """Nothing follows a final phase."""

    code = "session_final"

    def __init__(self, agent_id: str, phase: str) -> None:
        super().__init__(
            f"session {_shown(agent_id)} is {phase}, and nothing follows a final phase; "
            "create a new session"
        )
        self.agent_id = agent_id
        self.phase = phase


class UnknownWordError(RefusedError, ValueError):
    """A word that is not one of a fixed list: a phase, an outcome, a setting."""

    code = "unknown_word"

    def __init__(self, what: str, word: object, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown {what} {_shown(word)}; known: {', '.join(known)}")
        self.word = word
        self.known = known


class InvalidValueError(RefusedError, ValueError):
    """A value of the wrong type or outside its range."""

    code = "invalid_value"


class InvalidJSONError(InvalidValueError):
    """Text that is not strict JSON, or a value that strict JSON cannot say."""

    code = "invalid_json"


class LimitExceededError(InvalidValueError):
    """Too large, too deep or too long."""

    code = "limit_exceeded"


class NothingToDoError(RefusedError, ValueError):
    """A call that names no change."""

    code = "nothing_to_do"


class OutOfTimeError(AgentSessionError):
    """A hook's own time is up."""

    code = "out_of_time"


class StoreError(AgentSessionError):
    """The store failed.  What was there before is still there."""

    code = "store_failed"


class StateCorruptedError(StoreError):
    """Both files of a session are beyond repair."""

    code = "state_corrupted"

    def __init__(self, agent_id: str, why: str) -> None:
        super().__init__(f"session {_shown(agent_id)} cannot be read: {why}")
        self.agent_id = agent_id
        self.why = why


class StoreUnavailableError(StoreError, OSError):
    """A call to the disk or the database was refused."""

    code = "store_unavailable"


class StoreBusyError(StoreError, TimeoutError):
    """Another writer kept the lock for too long."""

    code = "store_busy"


class UnsafeStoreError(StoreError):
    """A symbolic link, no plain file, or a file system that cannot keep the promises."""

    code = "unsafe_store"


class UnknownOutcomeError(StoreError):
    """The write may or may not outlive a power cut: read before you write again."""

    code = "unknown_outcome"


def _shown(value: object) -> str:
    """One short ASCII line, whatever the value is and however long."""
    short = value[:80] if isinstance(value, str) else value
    text = ascii(type(short) if isinstance(short, list | dict) else short)
    return text if len(text) <= 80 else text[:77] + "..."
