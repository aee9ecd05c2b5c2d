"""The quick no: nothing of this agent is live, nothing waits, nothing is guarded, as one look
tells.

Most hooks end here, and a hook pays for every import, so what cannot be told at a glance,
because something is live or somebody has changed a setting, is left to the services.
"""

from __future__ import annotations

import posix
import time

from agent_session.core import Late

from .project import SESSIONS, environment, is_there, project_root, settings_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agent_session.core import codec, delegations, errors, guards
    from agent_session.local import disk
    from agent_session.stores.files import glance
else:
    codec = Late("agent_session.core.codec")
    delegations = Late("agent_session.core.delegations")
    errors = Late("agent_session.core.errors")
    guards = Late("agent_session.core.guards")
    disk = Late("agent_session.local.disk")
    glance = Late("agent_session.stores.files.glance")

NOTHING_LIVE = "session_not_found"
_VARIABLES = "AGENT_SESSION_"
_GUARDS = "AGENT_SESSION_GUARDS"
_LARGEST_SETTINGS = 1 << 20


def nothing_is_live(agent_name: str, task_id: str | None) -> bool:
    """True where the project's own store surely has nothing live of the agent; it is logged."""

    def look(root: int) -> bool:
        if not glance.has_surely_none(root, agent_name):
            return False
        line = delegations.delegation(
            _now(), agent_name, task_id, NOTHING_LIVE, None, resume=False
        )
        glance.note(root, line)
        return True

    return _answered(look)


def nothing_waits() -> bool:
    """True where in the project's own store surely nothing waits for a person's answer."""
    return _answered(glance.surely_nothing_waits, is_none_enough=True)


def nobody_is_known_by(key: str) -> bool:
    """True where the project's own store surely has no session that a host knows by *key*."""
    return _answered(
        lambda root: glance.surely_nobody_is_known_by(root, key), is_none_enough=True
    )


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
    try:
        descriptor = posix.open(path, posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return []
    try:
        values = codec.decode_object(posix.read(descriptor, _LARGEST_SETTINGS)).get(
            "guards", []
        )
    finally:
        posix.close(descriptor)
    if not isinstance(values, list):
        raise errors.InvalidValueError("guards is no list")
    return values


def _answered(look: Callable[[int], bool], *, is_none_enough: bool = False) -> bool:
    """What *look* tells of the project's own store; False where it cannot be told, and where
    there is no store unless that *is_none_enough*.
    """
    variables = environment()
    project = project_root(None, variables)
    if _may_be_set_up_otherwise(project, variables):
        return False
    try:
        root = disk.open_folder(f"{project}/{SESSIONS}")
    except FileNotFoundError:
        return is_none_enough
    except errors.StoreError:
        return False
    try:
        return look(root)
    except errors.StoreError:
        return False
    finally:
        disk.close(root)


def _may_be_set_up_otherwise(project: str, variables: Mapping[str, str]) -> bool:
    return any(name.startswith(_VARIABLES) for name in variables) or any(
        map(is_there, settings_files(project, variables))
    )


def _now() -> str:
    """As `instants.at` spells it, without the C module of `datetime`."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime(f"%Y-%m-%dT%H:%M:%S.{nanoseconds // 1000:06d}Z", time.gmtime(seconds))
