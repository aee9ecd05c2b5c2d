"""Events as a person reads them: what changed, in a few words."""

from __future__ import annotations

from agent_session.core.codec import encode
from agent_session.core.phases import INITIALIZING
from agent_session.core.visible import shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_LONGEST_VALUE = 60


def told(event: Mapping[str, Any], phase: str) -> tuple[str, str]:
    """What *event* changed in a session that was in *phase*, and the phase after it.

    A journal that somebody has changed may hold anything, and is told all the same.
    """
    data = event["data"]
    if event["kind"] == "created":
        return _birth(data), INITIALIZING
    if event["kind"] == "imported":
        record = _object(data.get("record"))
        now = _short(record.get("phase", ""))
        return f"{_birth(record)}, taken over in {now}", now
    changes = _object(data.get("fields", data))
    words = "; ".join(_changes(changes, phase))
    return words or "nothing more", _short(changes.get("phase", phase))


def _birth(data: Mapping[str, Any]) -> str:
    given = (data.get("agent_name", ""), data.get("purpose", ""), data.get("metadata") or "")
    return ", ".join(filter(None, map(_pairs, given)))


def _changes(data: Mapping[str, Any], phase: str) -> Iterator[str]:
    if "phase" in data:
        yield f"{phase} -> {_short(data['phase'])}"
    if "error" in data:
        yield f"error: {_short(data['error'])}"
    if data.get("metadata"):
        yield _pairs(data["metadata"])
    if data.get("summary"):
        yield _short(data["summary"])
    rest = {key: value for key, value in data.items() if key not in _TOLD}
    if rest:
        yield _pairs(rest)


_TOLD = frozenset(("phase", "error", "metadata", "summary"))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _pairs(values: Any) -> str:
    if not isinstance(values, dict):
        return _short(values)
    return ", ".join(f"{_short(key)}={_short(value)}" for key, value in values.items())


def _short(value: Any) -> str:
    return shortened(value if isinstance(value, str) else encode(value), _LONGEST_VALUE)
