"""What `doctor` looks at, one finding after the other; nothing is changed."""

from __future__ import annotations

import os
import sys

import agent_session
from agent_session.core.errors import InvalidValueError, StoreError
from agent_session.project import environment

from .progress import watched
from .registered_hooks import SCRIPTS, checkout, registrations
from .render import size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent_session.stores.files.condition import Condition
    from agent_session.wiring import Wiring

_OLDEST_PYTHON = (3, 11)
_FEWEST_BYTES_FREE = 100 << 20
_MOST_NAMED = 3
_EXTRAS = ("rich", "shtab")


class Check:
    """One thing looked at: *is_right* is None for what is only told."""

    __slots__ = ("advice", "is_right", "value", "what")

    def __init__(
        self, what: str, value: str, is_right: bool | None = None, advice: str | None = None
    ) -> None:
        self.what = what
        self.value = value
        self.is_right = is_right
        self.advice = advice if is_right is False else None


def check_all(wiring: Wiring) -> Iterator[Check]:
    yield from _programs()
    yield Check("project", wiring.project)
    yield from _store(wiring)
    yield from _settings(wiring)
    yield from _hooks(wiring)


def _programs() -> Iterator[Check]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Check(
        "agent-session",
        f"{agent_session.__version__} in {os.path.dirname(agent_session.__file__)}",
    )
    yield Check(
        "python",
        f"{python} at {sys.executable}",
        sys.version_info >= _OLDEST_PYTHON,
        "agent-session needs Python 3.11 or newer",
    )
    there = [name for name in _EXTRAS if _is_installed(name)]
    yield Check(
        "extras",
        ", ".join(there) or "none; pip install 'agent-session[cli]' adds colour and completion",
    )


def _is_installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


# --- the store --------------------------------------------------------------------------------


def _store(wiring: Wiring) -> Iterator[Check]:
    source = wiring.settings.sources["store"] if wiring.url == wiring.settings["store"] else ""
    yield Check("store", f"{wiring.url}{f' (from {source})' if source else ''}")
    from agent_session.stores.files.store import FileStore

    try:
        if isinstance(wiring.store, FileStore):
            yield from _files(wiring.store.root.path)
    except (InvalidValueError, StoreError) as error:
        said = getattr(error, "strerror", None) or str(error)
        yield Check("store opens", said, False, "name a store with --store, or mend this one")


def _files(path: str) -> Iterator[Check]:
    from agent_session.stores.files.condition import Condition

    found = Condition(path)
    if found.exists:
        found.walk(watched("Looking at files"))
    yield from _folder(found)
    yield from _disk(found)


def _folder(found: Condition) -> Iterator[Check]:
    if found.exists:
        yield Check("sessions", f"{found.sessions}, {size_of(found.bytes_kept)}")
    else:
        yield Check("sessions", "none yet; the first write makes the folder")
    yield Check(
        "writable",
        "yes" if found.is_writable else "no",
        found.is_writable,
        f"let your user write to {found.path}",
    )
    if not found.exists:
        return
    exposed = found.exposed
    named = ", ".join(exposed[:_MOST_NAMED]) + (", ..." if len(exposed) > _MOST_NAMED else "")
    yield Check(
        "private",
        f"no: others may read or change {named}"
        if exposed
        else "yes, folders 0700 and files 0600",
        not exposed,
        f"chmod -R go-rwx {found.path}",
    )
    yield Check(
        "index",
        "trusted" if found.index_is_trusted else "not trusted; the next write rebuilds it",
    )


def _disk(found: Condition) -> Iterator[Check]:
    yield Check(
        "file system",
        found.file_system or "not told by this system",
        False if found.is_network else None,
        "keep the sessions on a local disk; only a database, PostgreSQL, can be shared",
    )
    yield Check(
        "disk space",
        f"{size_of(found.bytes_free)} free",
        found.bytes_free >= _FEWEST_BYTES_FREE,
        "make room, `agent-session cleanup` removes old sessions",
    )


# --- what surrounds it ------------------------------------------------------------------------


def _settings(wiring: Wiring) -> Iterator[Check]:
    for key, value in wiring.settings.values.items():
        if key != "store":
            yield Check(key, f"{value} ({wiring.settings.sources[key]})")
    for complaint in wiring.settings.complaints:
        yield Check(
            "settings",
            complaint,
            False,
            "mend or remove it; until then what was said before it stands",
        )


def _hooks(wiring: Wiring) -> Iterator[Check]:
    """Only told: whoever calls the library or the command line itself needs no hook."""
    folder = checkout()
    found = registrations(wiring.project, environment())
    for script in SCRIPTS:
        of_it = [each for each in found if each.script == script]
        for each in of_it:
            ours = folder and each.runs(os.path.join(folder, script), wiring.project)
            how = "this checkout's" if ours else f"another copy: {each.command}"
            yield Check(f"hook {script}", f"{each.event} in {each.path}, {how}")
        if not of_it:
            yield Check(
                f"hook {script}", "in no .claude/settings*.json of the project or yours"
            )
