"""`install`: have Claude Code call our hooks, by a settings file that a person keeps."""

from __future__ import annotations

from agent_session.core.errors import InvalidValueError
from agent_session.core.registering import are_off, ours_in, with_ours
from agent_session.surfaces.cli.render import say, say_json, tell
from agent_session.surfaces.cli.settings_changes import (
    ARGUMENTS,
    checked_settings,
    chosen_path,
    count_of,
    enabled_plugin,
    show_change,
    wanted_hooks,
    warn_of_plugin,
)
from agent_session.world.client_settings import ClientSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = (
    "What others have registered stays as it is, and so does every other setting.  The file\n"
    "as it was is kept beside it, for `uninstall`.  Not needed where the plugin is installed."
)
EXAMPLES = (
    "agent-session install --dry-run",
    "agent-session install",
    "agent-session install --user",
)
__all__ = ["ARGUMENTS", "DETAIL", "EXAMPLES", "run"]


def run(
    wiring: Wiring,
    *,
    of_project: bool,
    of_user: bool,
    settings: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    path = chosen_path(wiring, of_project=of_project, of_user=of_user, settings=settings)
    hooks = wanted_hooks()
    with ClientSettings(path, made=not dry_run) as found:
        before = found.text
        _refuse_where_nothing_fires(before or "", path)
        after = with_ours(before or "", hooks)
        if after != before and not dry_run:
            _write(found, after)
    if as_json:
        plugin = enabled_plugin(wiring.project)
        say_json(
            {
                "settings": path,
                "hooks": count_of(hooks),
                "changed": after != before,
                "dry_run": dry_run,
                "plugin": plugin and plugin[0],
            }
        )
    elif dry_run:
        show_change(path, before, after)
    else:
        _tell(path, count_of(hooks), changed=after != before)
    if not as_json:
        warn_of_plugin(wiring.project)
    return 0


def _refuse_where_nothing_fires(text: str, path: str) -> None:
    if are_off(checked_settings(text, path)):
        raise InvalidValueError(
            f'{path} says "disableAllHooks": true, so nothing would fire: take that out, and '
            "install again"
        )


def _write(found: ClientSettings, after: str) -> None:
    # What holds handlers of ours already is not the file from before us.
    if not ours_in(checked_settings(found.text or "", found.path)):
        found.keep_former()
    found.write(after)


def _tell(path: str, count: int, *, changed: bool) -> None:
    if not changed:
        say(f"Nothing to change: all {count} hooks are in {path}")
        return
    say(f"Installed hooks: {count} in {path}")
    tell("now restart Claude Code, and see with `agent-session doctor` that they fire")
