"""Processes of this host: which one holds a claim, whether it still runs, and whether an agent
is around this one.

A number alone says little, for numbers are used again: a process is known by its machine, that
machine's boot, its pid namespace, its number and its start. Hooks load this, so it stays light.
"""

from __future__ import annotations

import posix

from agent_session.core import Late
from agent_session.core.codec import digest

from . import proc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

# The machine's own id is to be kept from others; from this digest it cannot be had back.
_SALT = "agent-session process "
_WORDS = ("machine", "boot", "namespace", "started")


def identity(pid: int) -> dict[str, Any]:
    """`{machine, boot, namespace, pid, started}` of the process *pid*, which runs on this host;
    all but pid are text.  InvalidValueError where none runs.
    """
    try:
        started = proc.started(pid) if pid > 0 else None
        here = _here()
    except (OSError, OverflowError):
        started = None
    if started is None:
        raise errors.InvalidValueError(
            f"no process {pid} can be seen running here: give the number of the one that acts"
        )
    return {**here, "pid": pid, "started": started}


def fate_of(process: Mapping[str, Any]) -> bool | None:
    """True while that very process runs, False once it has ended, None where that cannot be
    known here.

    A zombie has ended. Nothing is raised, whatever *process* holds.
    """
    if not _is_identity(process):
        return None
    try:
        here = _here()
        if process["machine"] != here["machine"]:
            return None
        if process["boot"] != here["boot"]:
            return False
        if process["namespace"] != here["namespace"]:
            return None
        started: str = process["started"]
        return proc.started(process["pid"]) == started
    except (OSError, OverflowError):
        return None


def agent_around() -> str | None:
    """Why this seems to run inside an agent's process tree, as a sentence; None where nothing
    says so.
    """
    from . import agents

    return agents.agent_around()


def _is_identity(process: object) -> bool:
    # Any mapping has these; to import the type of them all would cost a hook too much.
    if not (hasattr(process, "get") and hasattr(process, "keys")):
        return False
    pid = process.get("pid")
    is_pid = isinstance(pid, int) and not isinstance(pid, bool) and pid > 0
    return is_pid and all(isinstance(process.get(word), str) for word in _WORDS)


def _here() -> dict[str, str]:
    """What every process that this one can see by its number has in common; OSError where the
    system does not tell.
    """
    if not proc.IS_LINUX:
        return {"machine": _machine(""), "boot": "", "namespace": ""}
    proc.require_own_proc()
    boot = proc.content_of("/proc/sys/kernel/random/boot_id").decode().strip()
    namespace = posix.readlink("/proc/self/ns/pid")
    return {"machine": _machine(boot), "boot": boot, "namespace": namespace}


def _machine(boot: str, id_file: str = "/etc/machine-id") -> str:
    """By its id and its name: images and clones come with one id for many machines, and a
    process on another must never be taken for one that ended with this one's last boot.

    One without an id is known by its *boot*, so until its next one; else by its name alone.
    """
    name = posix.uname().nodename
    try:
        own_id = proc.content_of(id_file).strip()
    except OSError:
        own_id = b""
    if len(own_id) != 32:  # "uninitialized", or empty
        own_id = boot.encode()
    known_by = _SALT.encode() + own_id + name.encode(errors="surrogateescape")
    return digest(known_by)[:32] if own_id else name
