"""What `doctor` looks at, one finding after the other; nothing is changed."""

from __future__ import annotations

import os
import sys

import agent_session
from agent_session.core.errors import InvalidValueError, StoreError

from .check import Check
from .hook_checks import check_hooks
from .progress import watched
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


def check_all(wiring: Wiring) -> Iterator[Check]:
    yield from _programs()
    yield Check("project", wiring.project)
    yield from _store(wiring)
    yield from _settings(wiring)
    yield from check_hooks(wiring)


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
