"""The settings: one table, read from the user's file, the project's file and the environment,
later ones over earlier; but what concerns approvals and claims, the project and the
environment may only tighten, for an agent can write both.

`$XDG_CONFIG_HOME/agent-session/config.json` (the user's), `.claude/agent-session.json` (the
project's), and `AGENT_SESSION_*`. A file that is no JSON object, and a key that is not in
the table, are named, not ignored.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.approvals import CHAT, SIGNED, STRENGTHS, TERMINAL
from agent_session.core.claims import LONGEST_LEASE
from agent_session.core.codec import decode_object, parse

from .project import projects_settings, settings_files, small_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agent_session.core import errors, guards
else:
    errors = Late("agent_session.core.errors")
    guards = Late("agent_session.core.guards")


class Setting:
    """One row of the table: what it is called, its variable, its value where nobody says, what
    it must be, what a value of the project's or the environment's must be beside the one
    before it (nothing in particular where *tightens* is not given), and what the two make
    together (the later one counts where *joins* is not given);
    *strictest* is what holds where somebody's value cannot be understood.
    """

    __slots__ = (
        "default",
        "is_right",
        "joins",
        "key",
        "meaning",
        "strictest",
        "tightens",
        "variable",
    )

    def __init__(
        self,
        key: str,
        default: Any,
        is_right: Callable[[Any], bool],
        meaning: str,
        tightens: Callable[[Any, Any], bool] | None = None,
        joins: Callable[[Any, Any], Any] | None = None,
        strictest: Any = None,
    ) -> None:
        self.key = key
        self.variable = "AGENT_SESSION_" + key.upper().replace(".", "_")
        self.default = default
        self.is_right = is_right
        self.meaning = meaning
        self.tightens = tightens
        self.joins = joins
        self.strictest = strictest


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 10**9


def _is_positive_count(value: Any) -> bool:
    return isinstance(value, int) and _is_positive(value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_strength(value: Any) -> bool:
    return value in (CHAT, TERMINAL, SIGNED)


def _is_strictness(value: Any) -> bool:
    return value in (SHOW, STRICT)


def _is_on_match(value: Any) -> bool:
    return value in (REDIRECT, BRIEF, OFF)


def _are_guards(value: Any) -> bool:
    return isinstance(value, list) and not any(map(guards.complaint_about, value))


def _with_more(new: list[Any], old: list[Any]) -> list[Any]:
    return [*old, *(each for each in new if each not in old)]


def _is_lease(value: Any) -> bool:
    return _is_positive(value) and value <= LONGEST_LEASE.total_seconds() / 60


def _is_stronger(new: str, old: str) -> bool:
    return STRENGTHS[new] >= STRENGTHS[old]


def _is_shorter(new: float, old: float) -> bool:
    return new <= old


def _is_stricter(new: str, old: str) -> bool:
    return old == SHOW or new == STRICT


def _is_wal(value: Any) -> bool:
    return value in (AUTO, ON, OFF)


def _is_demanded(new: bool, old: bool) -> bool:
    return new or not old


def _never(new: Any, old: Any) -> bool:
    return False


SHOW = "show"
STRICT = "strict"
REDIRECT = "redirect"
BRIEF = "brief"
ON = "on"
OFF = "off"
AUTO = "auto"
GUARDS = "guards"
_GUARD = "guard"  # whoever writes this means them

TABLE = (
    Setting("store", None, _is_text, "where sessions are kept, as a URL or a folder"),
    Setting("resume.idle_minutes", 30, _is_positive, "idle time that ends a wait"),
    Setting("resume.max_errors", 3, _is_positive_count, "errors that end a session"),
    Setting(
        "resume.on_match",
        REDIRECT,
        _is_on_match,
        "a delegation while an agent of its type waits with an answer: redirect, brief or off",
    ),
    Setting(
        GUARDS,
        [],
        _are_guards,
        "the tool calls that need an approval; what the project adds stands beside yours",
        joins=_with_more,
    ),
    Setting("history.kept", 50, _is_positive_count, "changes of phase in the record"),
    Setting("turns.kept", 5, _is_positive_count, "turns in the record"),
    Setting("cleanup.hours", 24, _is_positive, "idle time after which cleanup removes"),
    Setting(
        "sqlite.wal",
        AUTO,
        _is_wal,
        "whether a new SQLite store keeps a write-ahead log: on, off, or as its version allows",
    ),
    Setting(
        "approval.strength",
        CHAT,
        _is_strength,
        "the weakest answer that counts: chat, terminal or signed",
        _is_stronger,
        strictest=SIGNED,
    ),
    Setting(
        "approval.expires_hours",
        24,
        _is_positive,
        "how long a request waits for its answer",
        _is_shorter,
    ),
    Setting(
        "approval.grant_minutes",
        60,
        _is_positive,
        "how long an approved action may be begun, once it is taken up",
        _is_shorter,
    ),
    Setting(
        "approval.git",
        SHOW,
        _is_strictness,
        "strict: another HEAD, or other uncommitted changes, is drift",
        _is_stricter,
        strictest=STRICT,
    ),
    Setting(
        "approval.allowed_signers",
        None,
        _is_text,
        "the keys whose signatures count; else the file allowed_signers beside your settings",
        _never,
    ),
    Setting(
        "claims.lease_minutes",
        30,
        _is_lease,
        "how long a claim lasts without a sign of life",
        _is_shorter,
    ),
    Setting(
        "claims.grant_seconds",
        60,
        _is_positive,
        "how long a resume that was granted waits to be taken up",
        _is_shorter,
    ),
    Setting(
        "claims.require_token",
        False,
        _is_flag,
        "refuse writes to a claimed session that present no token",
        _is_demanded,
    ),
)
_BY_KEY = {setting.key: setting for setting in TABLE}
_BY_VARIABLE = {setting.variable: setting for setting in TABLE}
# No settings: whose claim a process holds.
TOKEN = "AGENT_SESSION_TOKEN"
SESSION = "AGENT_SESSION_ID"
_PREFIX = "AGENT_SESSION_"


def _why_no_guards(key: str, value: Any) -> str:
    if key != GUARDS or not isinstance(value, list):
        return ""
    return next((f": {said}" for said in map(guards.complaint_about, value) if said), "")


class Settings:
    """The values in force, where each is from, and what was wrong with the files.

    *guards_in_doubt* is the complaint because of which nobody can tell what is guarded.
    """

    __slots__ = ("complaints", "guards_in_doubt", "sources", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {setting.key: setting.default for setting in TABLE}
        self.sources: dict[str, str] = {setting.key: "default" for setting in TABLE}
        self.complaints: list[str] = []
        self.guards_in_doubt: str | None = None

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def take(self, key: str, value: Any, source: str, *, is_users: bool = False) -> None:
        complaint = self._complaint(key, value, is_users=is_users)
        if complaint is not None:
            self.complain(f"{source}: {complaint}", of_guards=key.startswith(_GUARD))
            self._tighten(key, value)
            return
        joins = _BY_KEY[key].joins
        self.values[key] = joins(value, self.values[key]) if joins else value
        self.sources[key] = source

    def _tighten(self, key: str, value: Any) -> None:
        """Who misspells a demand has demanded something: nothing that is weaker will do."""
        setting = _BY_KEY.get(key)
        if setting and setting.strictest is not None and not setting.is_right(value):
            self.values[key] = setting.strictest

    def complain(self, complaint: str, *, of_guards: bool) -> None:
        self.complaints.append(complaint)
        if of_guards:
            self.guards_in_doubt = complaint

    def _complaint(self, key: str, value: Any, *, is_users: bool) -> str | None:
        setting = _BY_KEY.get(key)
        if setting is None:
            return f"unknown setting {ascii(key)[:60]}; known: {', '.join(_BY_KEY)}"
        if not setting.is_right(value):
            return f"{key} cannot be {ascii(value)[:60]}{_why_no_guards(key, value)}"
        if not is_users and setting.tightens and not setting.tightens(value, self.values[key]):
            return (
                f"{key} stays {ascii(self.values[key])[:60]}: {ascii(value)[:60]} would loosen "
                "it, and only your own settings may"
            )
        return None


def load_settings(project: str, variables: Mapping[str, str]) -> Settings:
    """The settings of *project* under *variables*; what is wrong is kept as a complaint."""
    settings = Settings()
    in_project = projects_settings(project)
    for path in settings_files(project, variables):
        for key, value in _in_file(path, settings).items():
            settings.take(key, value, path, is_users=path != in_project)
    for name in filter(_is_ours, variables):
        setting = _BY_VARIABLE.get(name)
        if setting is None:
            settings.complaints.append(f"{name}: there is no such setting")
        else:
            settings.take(setting.key, _said(setting, variables[name]), name)
    return settings


def _is_ours(variable: str) -> bool:
    return variable.startswith(_PREFIX) and variable not in {TOKEN, SESSION}


def _said(setting: Setting, text: str) -> Any:
    """A variable's text as the value it means."""
    if setting.is_right(text):
        return text
    try:
        return parse(text)
    except errors.InvalidValueError:
        return text


def _in_file(path: str, settings: Settings) -> dict[str, Any]:
    try:
        content = small_file(path)
        return {} if content is None else _flat(decode_object(content))
    except (OSError, errors.InvalidValueError) as error:
        settings.complain(f"{path}: {error}", of_guards=True)
        return {}


def _flat(found: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"resume": {"max_errors": 3}}` and `{"resume.max_errors": 3}` say the same."""
    flat: dict[str, Any] = {}
    for key, value in found.items():
        if isinstance(value, dict) and prefix + key != GUARDS:
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat
