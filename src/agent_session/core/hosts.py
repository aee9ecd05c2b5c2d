"""Which agent program runs a session, and by which ids that program knows it.

A host gives an agent an id that holds within one of its conversations; a session may outlive
the conversation, so it may have had several. Every id that it ever had leads to it.
"""

from __future__ import annotations

from .chain import draft

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeAlias

    from .chain import Draft
    from .state import Record

    Host: TypeAlias = Mapping[str, Any]

CLAUDE_CODE = "claude-code"
CODEX = "codex"

# More than any session has; a record is bounded all the same.
EARLIER_KEPT = 16
REDIRECTED_KEPT = 32
_IDENTITY = ("kind", "session_id", "agent_id")
# How an agent stood when it paused, to be held beside how it is resumed.
STANDING = ("cwd", "permission_mode")


def agent_key(kind: str, agent_id: str) -> str:
    """How a session is looked up by its host's id of the agent."""
    return f"{kind}:{agent_id}"


def conversation_key(kind: str, session_id: str) -> str:
    """How the sessions of one conversation of a host are looked up."""
    return f"{kind}#{session_id}"


def main_key(kind: str, session_id: str) -> str:
    """How the session of a conversation itself is looked up, in which no agent of its runs."""
    return f"{kind}@{session_id}"


def birth_key(record: Record) -> str | None:
    """What a live session of the same agent would be found by as this one begins."""
    host = record["host"] or {}
    kind, agent_id, session_id = map(host.get, ("kind", "agent_id", "session_id"))
    if not isinstance(kind, str) or not isinstance(session_id, str):
        return None
    return main_key(kind, session_id) if agent_id is None else agent_key(kind, str(agent_id))


def is_same_agent(one: Record, other: Record) -> bool:
    """True where both are, now, of the same agent in the same conversation."""
    mine, others = one["host"] or {}, other["host"] or {}
    return all(mine.get(word) == others.get(word) for word in _IDENTITY)


def keys_of(record: Record) -> list[str]:
    """Everything that *record* is to be found under, each once."""
    host = record["host"]
    return list(dict.fromkeys(_keys(host))) if host else []


def _keys(host: Host) -> Iterator[str]:
    kind = host.get("kind")
    if not isinstance(kind, str):
        return
    if host.get("agent_id") is None and isinstance(host.get("session_id"), str):
        yield main_key(kind, host["session_id"])
    for each in (host, host.get("expecting"), *_listed(host.get("earlier"))):
        if not isinstance(each, dict):
            continue
        agent_id, session_id = each.get("agent_id"), each.get("session_id")
        if isinstance(agent_id, str):
            yield agent_key(kind, agent_id)
        if isinstance(session_id, str):
            yield conversation_key(kind, session_id)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


# --- the changes ------------------------------------------------------------------------------


def host_of(
    kind: str,
    session_id: str,
    agent_id: str | None,
    *,
    transcript_path: str | None = None,
    cwd: str | None = None,
    permission_mode: str | None = None,
    definition: str | None = None,
) -> dict[str, Any]:
    """A new session's host. *agent_id* is None for the host's main conversation itself;
    *definition* is a digest of what the agent was told to be.
    """
    return {
        "kind": kind,
        "session_id": session_id,
        "agent_id": agent_id,
        "transcript_path": transcript_path,
        "cwd": cwd,
        "permission_mode": permission_mode,
        "definition": definition,
        "paused": None,
        "expecting": None,
        "redirected": [],
        "earlier": [],
    }


def paused(host: Host) -> dict[str, Any]:
    """As the agent pauses: how it stands is kept beside how it will be resumed."""
    return {**host, "paused": {word: host.get(word) for word in STANDING}}


def standing(host: Host, now: Mapping[str, Any]) -> dict[str, Any]:
    """The host with what *now* tells of its standing; what is not told stays."""
    return {**host, **{word: now[word] for word in STANDING if now.get(word) is not None}}


def expecting(host: Host, session_id: str, call: str, token: int) -> dict[str, Any]:
    """The session is to go on in the agent that *call* of the conversation starts, under the
    claim of that *token*.
    """
    return {**host, "expecting": {"session_id": session_id, "call": call, "token": token}}


def expected(record: Record) -> Host | None:
    """What it is expecting; None once the claim it was granted for is another's or over."""
    call: Host | None = (record["host"] or {}).get("expecting")
    token = (record["claim"] or {}).get("token")
    return call if call is not None and call.get("token") == token else None


def not_expecting(host: Host) -> dict[str, Any]:
    return {**host, "expecting": None}


def moved(host: Host, now: Host) -> dict[str, Any]:
    """The session goes on under the ids of *now*; those that it had still lead to it."""
    had = {"session_id": host["session_id"], "agent_id": host["agent_id"]}
    before = [each for each in _listed(host.get("earlier")) if each != had]
    earlier = [*before, had][-EARLIER_KEPT:]
    kept = {word: host.get(word) for word in ("paused", "redirected")}
    return {**now, **kept, "earlier": earlier}


def redirected(host: Host, mark: str) -> dict[str, Any]:
    """A delegation was sent to the waiting agent instead, once; *mark* says which."""
    return {**host, "redirected": [*_listed(host.get("redirected")), mark][-REDIRECTED_KEPT:]}


def was_redirected(host: Host, mark: str) -> bool:
    return mark in _listed(host.get("redirected"))


def differences(host: Host) -> list[tuple[str, str, str]]:
    """What is not as it was at the pause: its name, how it was, how it is."""
    before = host.get("paused") or {}
    return [
        (word, str(before[word]), str(host[word]))
        for word in STANDING
        if before.get(word) is not None and host.get(word) not in (None, before[word])
    ]


def hosted(host: Host, at: str, actor: str) -> Draft:
    return draft("hosted", at, actor, host=dict(host))


def _hosted(record: Record, event: Mapping[str, Any]) -> Record:
    return {**record, "host": event["data"]["host"]}


CHANGES: Mapping[str, Callable[[Record, Mapping[str, Any]], Record]] = {"hosted": _hosted}
