"""Where our handlers are registered for Claude Code: in settings files, and by the plugin that
they enable. They are read, and never changed.
"""

from __future__ import annotations

import os
import sys

import agent_session
from agent_session.core.errors import InvalidValueError
from agent_session.core.json_edits import read
from agent_session.core.registering import RUN, START, are_off, ours_in
from agent_session.world.client_settings import read_settings

from .settings_changes import RUN_FILE, enabled_plugin, settings_files, users_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from agent_session.core.registering import Registered

_HOOKS_FILE = "hooks/hooks.json"
_PYTHON = "python"
_ROOT = "${CLAUDE_PLUGIN_ROOT}"


class Place:
    """A file in which *handlers* of ours stand; *root* is the plugin's folder, where it is the
    plugin's.
    """

    __slots__ = ("handlers", "path", "root")

    def __init__(self, path: str, handlers: list[Registered], root: str | None = None) -> None:
        self.path = path
        self.handlers = handlers
        self.root = root


def places(project: str) -> Iterator[Place]:
    """Every place that Claude Code reads for *project*, without what its command line adds."""
    for path in settings_files(project):
        handlers = ours_in(value_in(path))
        if handlers:
            yield Place(path, handlers)
    plugin = enabled_plugin(project)
    root = plugin_root(plugin[0]) if plugin else None
    if root is not None:
        path = os.path.join(root, _HOOKS_FILE)
        yield Place(path, ours_in(value_in(path)), root)


def silenced_by(project: str) -> str | None:
    """The settings file that turns all hooks off."""
    return next((path for path in settings_files(project) if are_off(value_in(path))), None)


def value_in(path: str) -> Any:
    """What the file says; None where it says nothing."""
    try:
        return read(read_settings(path) or "")
    except InvalidValueError:
        return None


def plugin_root(name: str) -> str | None:
    """The folder that the plugin *name*, as `agent-session@MARKETPLACE`, is read from."""
    folder = os.path.join(users_folder(), "plugins")
    market = _object(value_in(os.path.join(folder, "known_marketplaces.json")))
    known = _object(market.get(name.partition("@")[2]))
    # A marketplace that is a folder is read in place, without the copy that is installed.
    if _object(known.get("source")).get("source") == "directory":
        return _folder(known.get("installLocation"))
    installed = _object(value_in(os.path.join(folder, "installed_plugins.json")))
    copies = _object(installed.get("plugins")).get(name)
    newest = copies[-1] if isinstance(copies, list) and copies else None
    return _folder(_object(newest).get("installPath"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _folder(path: Any) -> str | None:
    return path if isinstance(path, str) and os.path.isdir(path) else None


def may_be_run(place: Place, handler: dict[str, Any], project: str) -> bool:
    """True for a handler in the words that `install` and the plugin write, that runs nothing
    of the project's: whoever wrote the project's settings may be anybody.
    """
    command, args = handler["command"], handler["args"]
    if place.root is not None:
        command = command.replace(_ROOT, place.root)
    words = args[4:] if args[2:4] == ["-c", RUN_FILE] else args[2:]
    if args[:2] == ["-I", "-S"] and os.path.basename(command).startswith(_PYTHON):
        run = words[:1]
        known = [each for each in run if isinstance(each, str) and each.endswith(START)]
    else:
        run = known = [command] if command.endswith(RUN) else []
    return bool(known) and all(_is_elsewhere(each, project) for each in (command, *run))


def _is_elsewhere(path: str, project: str) -> bool:
    """True for a file that does not lie in *project*, unless that is our own checkout."""
    sources = os.path.dirname(os.path.dirname(os.path.abspath(agent_session.__file__)))
    if path in {sys.executable, sources + START, os.path.dirname(sources) + RUN}:
        return True
    inside = os.path.realpath(project).rstrip("/") + "/"
    return os.path.isabs(path) and not any(
        each.startswith(inside) for each in (os.path.abspath(path), os.path.realpath(path))
    )
