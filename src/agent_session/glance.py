"""The quick no: nothing of this agent is live, nothing waits, nothing is guarded, as one look
tells.

Most hooks end here, and a hook pays for every import, so what cannot be told at a glance,
because something is live or the store is one of another kind, is left to the services.
"""

from __future__ import annotations

import time

from agent_session.core import Late

from .places import FILES, SQLITE, kind_and_place, located
from .project import SESSIONS, environment, project_root, settings_files, small_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from agent_session.core import codec, delegations, errors, guards
    from agent_session.stores.files import glance as glance_of_files
    from agent_session.stores.sqlite import glance as glance_of_sqlite

    class Glance(Protocol):
        """What one look at a store tells; every method raises StoreError."""

        def has_surely_none(self, agent_name: str) -> bool: ...

        def surely_nothing_waits(self) -> bool: ...

        def surely_nobody_is_known_by(self, key: str) -> bool: ...

        def note(self, delegation: Mapping[str, Any]) -> None: ...

        def close(self) -> None: ...
else:
    codec = Late("agent_session.core.codec")
    delegations = Late("agent_session.core.delegations")
    errors = Late("agent_session.core.errors")
    guards = Late("agent_session.core.guards")
    glance_of_files = Late("agent_session.stores.files.glance")
    glance_of_sqlite = Late("agent_session.stores.sqlite.glance")

NOTHING_LIVE = "session_not_found"
_STORE = "AGENT_SESSION_STORE"
_GUARDS = "AGENT_SESSION_GUARDS"


def nothing_is_live(agent_name: str, task_id: str | None) -> bool:
    """True where the project's own store surely has nothing live of the agent; it is logged."""

    def look(store: Glance) -> bool:
        if not store.has_surely_none(agent_name):
            return False
        line = delegations.delegation(
            _now(), agent_name, task_id, NOTHING_LIVE, None, resume=False
        )
        store.note(line)
        return True

    return _answered(look)


def nothing_waits() -> bool:
    """True where in the project's own store surely nothing waits for a person's answer."""
    return _answered(lambda store: store.surely_nothing_waits(), is_none_enough=True)


def nobody_is_known_by(key: str) -> bool:
    """True where the project's own store surely has no session that a host knows by *key*."""
    return _answered(lambda store: store.surely_nobody_is_known_by(key), is_none_enough=True)


def surely_unguarded(tool: str, tool_input: Mapping[str, Any]) -> bool:
    """True where surely no guard of the settings is about this call."""
    variables = environment()
    if _GUARDS in variables:
        return False
    for path in settings_files(project_root(None, variables), variables):
        try:
            values = _guards_in(path)
        except (OSError, errors.InvalidValueError):
            return False
        if not all(map(guards.is_plainly_one, values)):
            return False
        if values and guards.may_concern(guards.guards_of(values), tool, tool_input):
            return False
    return True


def _guards_in(path: str) -> list[Any]:
    """What the file of settings says of guards; OSError, InvalidValueError."""
    values = _said_in(path).get("guards", [])
    if not isinstance(values, list):
        raise errors.InvalidValueError("guards is no list")
    return values


def _said_in(path: str) -> dict[str, Any]:
    """What the file of settings says, nothing where there is none; OSError,
    InvalidValueError.
    """
    content = small_file(path)
    return {} if content is None else codec.decode_object(content)


def _answered(look: Callable[[Glance], bool], *, is_none_enough: bool = False) -> bool:
    """What *look* tells of the project's own store; False where it cannot be told, and where
    there is no store unless that *is_none_enough*.
    """
    variables = environment()
    try:
        kind, place = kind_and_place(_url(project_root(None, variables), variables))
        if kind not in _GLANCES:
            return False
        store = _GLANCES[kind](place)
    except FileNotFoundError:
        return is_none_enough
    except (OSError, errors.StoreError, errors.InvalidValueError):
        return False
    try:
        return look(store)
    except errors.StoreError:
        return False
    finally:
        store.close()


def _url(project: str, variables: Mapping[str, str]) -> str:
    """Where the store is; OSError, InvalidValueError."""
    if _STORE in variables:
        return variables[_STORE]
    url = f"{FILES}:{SESSIONS}"
    for path in settings_files(project, variables):
        url = _said_in(path).get("store", url)
    if not isinstance(url, str):
        raise errors.InvalidValueError("store is no text")
    return located(url, project)


def _files(place: str) -> Glance:
    return glance_of_files.FilesGlance(place)


def _sqlite(place: str) -> Glance:
    return glance_of_sqlite.SqliteGlance(place)


_GLANCES: Mapping[str, Callable[[str], Glance]] = {FILES: _files, SQLITE: _sqlite}


def _now() -> str:
    """As `instants.at` spells it, without the C module of `datetime`."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime(f"%Y-%m-%dT%H:%M:%S.{nanoseconds // 1000:06d}Z", time.gmtime(seconds))
