"""The settings: one table, read from the user's file, the project's file and the environment,
later ones over earlier.

`$XDG_CONFIG_HOME/agent-session/config.json` (the user's), `.claude/agent-session.json` (the
project's), and `AGENT_SESSION_*`. A file that is no JSON object, and a key that is not in
the table, are named, not ignored.
"""

from __future__ import annotations

import posix

from agent_session.core import Late
from agent_session.core.codec import decode_object, parse

from .project import settings_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

_LARGEST_FILE = 1 << 20


class Setting:
    """One row of the table: what it is called, its variable, its value where nobody says, and
    what it must be.
    """

    __slots__ = ("default", "is_right", "key", "meaning", "variable")

    def __init__(
        self,
        key: str,
        variable: str,
        default: Any,
        is_right: Callable[[Any], bool],
        meaning: str,
    ) -> None:
        self.key = key
        self.variable = variable
        self.default = default
        self.is_right = is_right
        self.meaning = meaning


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 10**9


def _is_positive_count(value: Any) -> bool:
    return isinstance(value, int) and _is_positive(value)


TABLE = (
    Setting(
        "store",
        "AGENT_SESSION_STORE",
        None,
        _is_text,
        "where sessions are kept, as a URL or a folder",
    ),
    Setting(
        "resume.idle_minutes",
        "AGENT_SESSION_RESUME_IDLE_MINUTES",
        30,
        _is_positive,
        "idle time that ends a wait",
    ),
    Setting(
        "resume.max_errors",
        "AGENT_SESSION_RESUME_MAX_ERRORS",
        3,
        _is_positive_count,
        "errors that end a session",
    ),
    Setting(
        "history.kept",
        "AGENT_SESSION_HISTORY_KEPT",
        50,
        _is_positive_count,
        "changes of phase in the record",
    ),
    Setting(
        "cleanup.hours",
        "AGENT_SESSION_CLEANUP_HOURS",
        24,
        _is_positive,
        "idle time after which cleanup removes",
    ),
)
_BY_KEY = {setting.key: setting for setting in TABLE}


class Settings:
    """The values in force, where each is from, and what was wrong with the files."""

    __slots__ = ("complaints", "sources", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {setting.key: setting.default for setting in TABLE}
        self.sources: dict[str, str] = {setting.key: "default" for setting in TABLE}
        self.complaints: list[str] = []

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def take(self, key: str, value: Any, source: str) -> None:
        setting = _BY_KEY.get(key)
        if setting is None:
            self.complaints.append(
                f"{source}: unknown setting {ascii(key)[:60]}; known: {', '.join(_BY_KEY)}"
            )
        elif not setting.is_right(value):
            self.complaints.append(f"{source}: {key} cannot be {ascii(value)[:60]}")
        else:
            self.values[key] = value
            self.sources[key] = source


def load_settings(project: str, variables: Mapping[str, str]) -> Settings:
    """The settings of *project* under *variables*; what is wrong is kept as a complaint."""
    settings = Settings()
    for path in settings_files(project, variables):
        for key, value in _in_file(path, settings.complaints).items():
            settings.take(key, value, path)
    for setting in TABLE:
        if setting.variable in variables:
            settings.take(
                setting.key, _said(setting, variables[setting.variable]), setting.variable
            )
    return settings


def _said(setting: Setting, text: str) -> Any:
    """A variable's text as the value it means."""
    if setting.is_right("text"):
        return text
    try:
        return parse(text)
    except errors.InvalidValueError:
        return text


def _in_file(path: str, complaints: list[str]) -> dict[str, Any]:
    try:
        descriptor = posix.open(path, posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC)
    except (OSError, ValueError):
        return {}
    try:
        return _flat(decode_object(posix.read(descriptor, _LARGEST_FILE)))
    except (OSError, errors.InvalidValueError) as error:
        complaints.append(f"{path}: {error}")
        return {}
    finally:
        posix.close(descriptor)


def _flat(found: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"resume": {"max_errors": 3}}` and `{"resume.max_errors": 3}` say the same."""
    flat: dict[str, Any] = {}
    for key, value in found.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat
