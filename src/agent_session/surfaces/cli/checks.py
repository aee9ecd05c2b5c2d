"""What `doctor` looks at, one finding after the other; nothing is changed."""

from __future__ import annotations

import os
import sys

import agent_session

from .check import Check
from .hook_checks import check_hooks
from .store_checks import check_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent_session.wiring import Wiring

_OLDEST_PYTHON = (3, 11)
_EXTRAS = ("rich", "shtab", "psycopg")


def check_all(wiring: Wiring) -> Iterator[Check]:
    yield from _programs()
    yield Check("project", wiring.project)
    yield from check_store(wiring)
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
