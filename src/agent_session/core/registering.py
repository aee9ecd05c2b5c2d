"""Our handlers in the settings of a host: put in, renewed in their place, and taken out, with
everybody else's left as it is.

The settings are JSON text, for a person keeps them; what is wrong with them is refused.
"""

from __future__ import annotations

import json

from . import Late
from .hosts import CLAUDE_CODE, CODEX
from .json_edits import added, read, removed, replaced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from . import errors

    Hooks = Mapping[str, list[dict[str, Any]]]
else:
    errors = Late("agent_session.core.errors")

START = "/agent_session/surfaces/hooks/start.py"
RUN = "/hooks/run"
_HOOKS = "hooks"
_OFF = "disableAllHooks"
_PLUGINS = "enabledPlugins"
_OUR_PLUGIN = "agent-session@"


class Registered:
    """A handler that stands in the settings: of which *event*, in which *group* and at which
    *place* in it, and which tools it is for.
    """

    __slots__ = ("event", "group", "handler", "matcher", "place")

    def __init__(
        self, event: str, group: int, place: int, matcher: str | None, handler: dict[str, Any]
    ) -> None:
        self.event = event
        self.group = group
        self.place = place
        self.matcher = matcher
        self.handler = handler


def is_ours(handler: object) -> bool:
    """True for a handler that runs our hook, from this place or from any other."""
    if not isinstance(handler, dict):
        return False
    command, args = handler.get("command"), handler.get("args")
    if not isinstance(command, str) or not isinstance(args, list):
        return False
    words = [each for each in args if isinstance(each, str)]
    if any(each.endswith(START) for each in words):
        return True
    return command.endswith(RUN) and words[:1] in ([CLAUDE_CODE], [CODEX])


def ours_in(settings: object) -> list[Registered]:
    """Our handlers, in the order in which they stand; what has another shape holds none."""
    return [each for each in _all_in(settings) if is_ours(each.handler)]


def _all_in(settings: object) -> Iterator[Registered]:
    hooks = settings.get(_HOOKS) if isinstance(settings, dict) else None
    for event, groups in hooks.items() if isinstance(hooks, dict) else ():
        for group, each in enumerate(groups if isinstance(groups, list) else ()):
            handlers = each.get(_HOOKS) if isinstance(each, dict) else None
            for place, handler in enumerate(handlers if isinstance(handlers, list) else ()):
                yield Registered(event, group, place, each.get("matcher"), handler)


def are_off(settings: object) -> bool:
    """True where the settings say that no hook fires at all."""
    return isinstance(settings, dict) and settings.get(_OFF) is True


def our_plugin_in(settings: object) -> str | None:
    """`agent-session@MARKETPLACE`, where the settings enable the plugin."""
    plugins = settings.get(_PLUGINS) if isinstance(settings, dict) else None
    found = plugins.items() if isinstance(plugins, dict) else ()
    named = (name for name, on in found if name.startswith(_OUR_PLUGIN) and on)
    return next(named, None)


# --- reading what somebody has written --------------------------------------------------------


def settings_in(text: str) -> dict[str, Any]:
    """The object that *text* says; InvalidJSONError, InvalidValueError say what is wrong."""
    if not text.strip():
        return {}
    settings = read(text)
    if not isinstance(settings, dict):
        raise errors.InvalidValueError("it is no JSON object")
    flaw = _flaw(settings.get(_HOOKS, {}))
    if flaw is not None:
        raise errors.InvalidValueError(flaw)
    return settings


def _flaw(hooks: object) -> str | None:
    if not isinstance(hooks, dict):
        return f'"{_HOOKS}" is no object'
    for event, groups in hooks.items():
        shown = json.dumps(event)[:80]
        if not isinstance(groups, list):
            return f'"{_HOOKS}" holds no array under {shown}'
        for at, group in enumerate(groups):
            if not _is_group(group):
                return (
                    f'"{_HOOKS}" holds something else than {{"hooks": [{{...}}]}} under '
                    f"{shown}, number {at + 1}"
                )
    return None


def _is_group(value: object) -> bool:
    handlers = value.get(_HOOKS) if isinstance(value, dict) else None
    return isinstance(handlers, list) and all(isinstance(each, dict) for each in handlers)


# --- the changes ------------------------------------------------------------------------------


def with_ours(text: str, hooks: Hooks) -> str:
    """*text* with each of the handlers in *hooks* once, and no other of ours.

    Where one stood already for the same event and tools, it is renewed there.
    """
    text = text if text.strip() else "{}\n"
    for event, groups in hooks.items():
        for group in groups:
            text = _with(text, event, group)
    wanted = [(e, g.get("matcher"), g[_HOOKS][0]) for e, gs in hooks.items() for g in gs]
    return _without(text, wanted)


def _with(text: str, event: str, group: dict[str, Any]) -> str:
    settings = settings_in(text)
    [handler], matcher = group[_HOOKS], group.get("matcher")
    for old in ours_in(settings):
        if (old.event, old.matcher) == (event, matcher):
            path = (_HOOKS, event, old.group, _HOOKS, old.place)
            return text if old.handler == handler else replaced(text, path, handler)
    if _HOOKS not in settings:
        return added(text, (), {event: [group]}, _HOOKS)
    if event not in settings[_HOOKS]:
        return added(text, (_HOOKS,), [group], event)
    return added(text, (_HOOKS, event), group)


def without_ours(text: str) -> str:
    """*text* without our handlers, and without what they alone have filled."""
    return _without(text, [])


def _without(text: str, wanted: list[tuple[str, str | None, dict[str, Any]]]) -> str:
    """*text* without any of our handlers but the first of each that is *wanted*."""
    while True:
        settings, left = settings_in(text), list(wanted)
        for old in ours_in(settings):
            each = (old.event, old.matcher, old.handler)
            if each not in left:
                text = removed(text, _path_to(settings, old))
                break
            left.remove(each)
        else:
            return text


def _path_to(settings: dict[str, Any], old: Registered) -> tuple[str | int, ...]:
    """What is taken out with it: the outermost that holds nothing else."""
    hooks = settings[_HOOKS]
    groups = hooks[old.event]
    if len(groups[old.group][_HOOKS]) > 1:
        return (_HOOKS, old.event, old.group, _HOOKS, old.place)
    if len(groups) > 1:
        return (_HOOKS, old.event, old.group)
    return (_HOOKS, old.event) if len(hooks) > 1 else (_HOOKS,)


def are_alike(text: str, former: str) -> bool:
    """True where both say the same, in the same order, beside what holds no hook at all."""
    return json.dumps(_bare(settings_in(text))) == json.dumps(_bare(settings_in(former)))


def _bare(settings: dict[str, Any]) -> dict[str, Any]:
    hooks = {event: groups for event, groups in settings.get(_HOOKS, {}).items() if groups}
    bare = {**settings, _HOOKS: hooks}
    if not hooks:
        del bare[_HOOKS]
    return bare
