"""What `doctor` says of hooks: where they are registered, which are missing, and whether each
does what it is for.
"""

from __future__ import annotations

import os

from agent_session.core.registrations import CLAUDE_CODE, CLOSED

from .check import Check
from .hosted_hooks import may_be_run, places, plugin_root, silenced_by
from .registered_hooks import SCRIPTS, checkout, registrations
from .settings_changes import enabled_plugin
from .trials import SAMPLES, Trial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent_session.core.registering import Registered
    from agent_session.core.registrations import Registration
    from agent_session.wiring import Wiring

    from .hosted_hooks import Place

_RENEW = "`agent-session install` renews it, with the same option --user or --settings as then"


def check_hooks(wiring: Wiring) -> Iterator[Check]:
    yield from _scripts(wiring)
    found = list(places(wiring.project))
    yield from _plugin(wiring.project)
    if not found:
        yield Check(
            "hooks",
            "registered in no settings of Claude Code: `agent-session install`, or the plugin; "
            "`claude --plugin-dir` cannot be seen from here, `/hooks` in Claude Code shows it",
        )
        return
    yield _once(found)
    silent = silenced_by(wiring.project)
    if silent is not None:
        yield Check("hooks", f'{silent} says "disableAllHooks"', False, "take that out of it")
    for place in found:
        yield from _place(place, wiring.project)


def _scripts(wiring: Wiring) -> Iterator[Check]:
    """Only told: whoever calls the library or the command line itself needs no hook."""
    folder = checkout()
    found = registrations(wiring.project)
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


def _plugin(project: str) -> Iterator[Check]:
    enabled = enabled_plugin(project)
    if enabled is None:
        return
    name, path = enabled
    root = plugin_root(name)
    yield Check(
        "plugin",
        f"{name} is enabled in {path}, " + (f"from {root}" if root else "but is not installed"),
        root is not None,
        f"`claude plugin install {name}`, or take it out of there",
    )


def _once(found: list[Place]) -> Check:
    paths = [place.path for place in found]
    return Check(
        "hooks",
        f"registered in {', '.join(paths)}",
        not _fires_twice(found),
        "every hook fires twice: `agent-session uninstall`, or disable the plugin",
    )


def _fires_twice(found: list[Place]) -> bool:
    """True where two places differ: the same handler in both is run once by Claude Code."""
    handlers = [[each.handler for each in place.handlers] for place in found]
    return any(each != handlers[0] for each in handlers)


def _place(place: Place, project: str) -> Iterator[Check]:
    rest = list(place.handlers)
    with Trial() as trial:
        for row in CLAUDE_CODE:
            called = SAMPLES[row.event, row.matcher].called
            mine = [each for each in rest if _is_for(each, row)]
            rest = [each for each in rest if each not in mine]
            if not mine:
                yield Check(f"hook {called}", f"not in {place.path}", False, _RENEW)
            for each in mine:
                flaw = _flaw(trial, place, each, row, project)
                said = f"fires, from {place.path}" if flaw is None else f"{flaw}; {place.path}"
                yield Check(f"hook {called}", said, flaw is None, _RENEW)
    for each in rest:
        said = f"is not called for that any more; {place.path}"
        yield Check(f"hook {each.event} {each.matcher or ''}".strip(), said, False, _RENEW)


def _is_for(handler: Registered, row: Registration) -> bool:
    return (handler.event, handler.matcher) == (row.event, row.matcher)


def _flaw(
    trial: Trial, place: Place, each: Registered, row: Registration, project: str
) -> str | None:
    handler = each.handler
    if not may_be_run(place, handler, project):
        return "it was not tried, for it is registered in other words, or lies in the project"
    if row.fails_closed and not (
        CLOSED in handler["args"] and handler.get("onFailure") == "block"
    ):
        return "where it fails, a call that needs an approval would pass"
    return trial.flaw_of(place, handler, row.event, SAMPLES[row.event, row.matcher])
