"""Which settings of Claude Code call `hooks/pre_delegate.py` and `hooks/subagent_stop.py`, the
project's and the user's; they are read, and never changed.
"""

from __future__ import annotations

import os
import shlex

from agent_session.core.codec import decode_object
from agent_session.core.errors import InvalidValueError

from .settings_changes import settings_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

SCRIPTS = ("pre_delegate.py", "subagent_stop.py")
_LARGEST = 1 << 20


class Registration:
    """A *command* of the settings in *path* that runs our *script* when *event* comes."""

    __slots__ = ("command", "event", "path", "script")

    def __init__(self, script: str, path: str, event: str, command: str) -> None:
        self.script = script
        self.path = path
        self.event = event
        self.command = command

    def runs(self, script: str, project: str) -> bool:
        """True where the command names the file *script* itself, under whatever path."""
        for word in self._words():
            for variable in ("${CLAUDE_PROJECT_DIR}", "$CLAUDE_PROJECT_DIR"):
                word = word.replace(variable, project)
            if os.path.realpath(os.path.join(project, word)) == os.path.realpath(script):
                return True
        return False

    def _words(self) -> list[str]:
        try:
            return shlex.split(self.command)
        except ValueError:  # an open quote
            return []


def registrations(project: str) -> list[Registration]:
    """Every command that names one of our scripts, of this checkout or of another."""
    return [
        Registration(script, path, event, command)
        for path in settings_files(project)
        for event, command in _commands_in(path)
        for script in SCRIPTS
        if script in command
    ]


def checkout() -> str | None:
    """The `hooks` folder beside this package; None where it was installed without one."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    folder = os.path.join(os.path.dirname(os.path.dirname(package)), "hooks")
    there = all(os.path.isfile(os.path.join(folder, script)) for script in SCRIPTS)
    return folder if there else None


def _commands_in(path: str) -> Iterator[tuple[str, str]]:
    """Each event with each of its commands; none where the file has another shape."""
    try:
        with open(path, "rb") as file:
            found = decode_object(file.read(_LARGEST)).get("hooks")
    except (OSError, InvalidValueError):
        return
    for event, groups in found.items() if isinstance(found, dict) else ():
        for group in _objects(groups):
            for hook in _objects(group.get("hooks")):
                if isinstance(hook.get("command"), str):
                    yield event, hook["command"]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
