"""What `install` and `uninstall` share: which settings file they change, with which handlers,
and how the change is told.
"""

from __future__ import annotations

import os
import sys

import agent_session
from agent_session.core.errors import InvalidValueError
from agent_session.core.hosts import CLAUDE_CODE
from agent_session.core.registering import START, our_plugin_in, settings_in
from agent_session.core.registrations import CLAUDE_CODE as TABLE
from agent_session.core.registrations import hooks_of
from agent_session.core.visible import lines
from agent_session.project import environment
from agent_session.world.client_settings import read_settings

from .arguments import AS_JSON, Argument, UsageError
from .render import complain, say, say_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from agent_session.wiring import Wiring

_NAME = "settings.json"
_LOCAL_NAME = "settings.local.json"
# Not the file itself: Python says 2 where it is gone, as after a checkout was moved, and a
# host takes that for a "no" to every prompt. So it says 1.
RUN_FILE = "import sys; __file__ = sys.argv.pop(1); exec(open(__file__).read())"

ARGUMENTS = (
    Argument(
        "of_project",
        "the project's settings, .claude/settings.json; so it is where none is named",
        "--project",
        is_flag=True,
    ),
    Argument(
        "of_user",
        "your own, for every project: settings.json in CLAUDE_CONFIG_DIR, or ~/.claude",
        "--user",
        is_flag=True,
    ),
    Argument("settings", "another settings file", "--settings", shown="FILE"),
    Argument("dry_run", "show the change, and make none", "--dry-run", is_flag=True),
    AS_JSON,
)


def chosen_path(
    wiring: Wiring, *, of_project: bool, of_user: bool, settings: str | None
) -> str:
    """The settings file that is to be changed; UsageError where two are named."""
    if of_project + of_user + (settings is not None) > 1:
        raise UsageError("--project, --user and --settings: give one of them")
    if settings is not None:
        return os.path.abspath(settings)
    folder = users_folder() if of_user else os.path.join(wiring.project, ".claude")
    return os.path.join(folder, _NAME)


def users_folder() -> str:
    """Where Claude Code keeps what is the user's."""
    said = environment().get("CLAUDE_CONFIG_DIR")
    return os.path.abspath(said or os.path.expanduser("~/.claude"))


def settings_files(project: str) -> list[str]:
    """The files that Claude Code reads for *project*, each once, whether they are there or
    not.
    """
    folders = (os.path.join(project, ".claude"), users_folder())
    paths = [os.path.join(each, name) for each in folders for name in (_NAME, _LOCAL_NAME)]
    return list(dict.fromkeys(paths))


def wanted_hooks() -> Mapping[str, list[dict[str, Any]]]:
    """The table's handlers, which run this very package on this very interpreter."""
    start = os.path.dirname(os.path.dirname(os.path.abspath(agent_session.__file__))) + START
    for path in (sys.executable, start):
        if not os.path.isfile(path):
            raise InvalidValueError(f"there is no file {path!r} for a hook to run")
        try:
            path.encode()
        except UnicodeEncodeError:
            raise InvalidValueError(
                f"{path!r} is not UTF-8, which settings cannot say: move it"
            ) from None
    return hooks_of(TABLE, sys.executable, ["-I", "-S", "-c", RUN_FILE, start, CLAUDE_CODE])


def count_of(hooks: Mapping[str, list[dict[str, Any]]]) -> int:
    return sum(map(len, hooks.values()))


def checked_settings(text: str, path: str) -> dict[str, Any]:
    """What *text* says; InvalidValueError names the file, and says what to do."""
    try:
        return settings_in(text)
    except InvalidValueError as error:
        raise InvalidValueError(
            f"{path} cannot be changed safely: {error}; mend that and try again"
        ) from None


def enabled_plugin(project: str) -> tuple[str, str] | None:
    """Our plugin's name, and the settings file that enables it."""
    for path in settings_files(project):
        name = our_plugin_in(_as_told(path))
        if name is not None:
            return name, path
    return None


def _as_told(path: str) -> dict[str, Any]:
    try:
        return settings_in(read_settings(path) or "")
    except InvalidValueError:
        return {}


def warn_of_plugin(project: str) -> None:
    found = enabled_plugin(project)
    if found is not None:
        complain(
            f"the plugin {found[0]} is enabled too, in {found[1]}, so every hook fires twice: "
            f"`claude plugin disable {found[0]}`, or `agent-session uninstall`"
        )


def show_change(path: str, before: str | None, after: str | None) -> None:
    """The change as a unified diff."""
    if before == after:
        say(f"Nothing to change in {path}")
    else:
        say_text("\n".join(_difference(path, before, after)))


def _difference(path: str, before: str | None, after: str | None) -> Iterator[str]:
    from difflib import unified_diff

    old, new = (lines(text.removesuffix("\n")) if text else [] for text in (before, after))
    was, is_to_be = ("/dev/null" if text is None else path for text in (before, after))
    yield from unified_diff(old, new, was, is_to_be, lineterm="")
