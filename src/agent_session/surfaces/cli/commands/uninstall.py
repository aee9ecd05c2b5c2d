"""`uninstall`: take our hooks out of a settings file, and leave no trace of them."""

from __future__ import annotations

import os

from agent_session.core.errors import InvalidValueError
from agent_session.core.registering import are_alike, ours_in, settings_in, without_ours
from agent_session.surfaces.cli.render import say, say_json, tell
from agent_session.surfaces.cli.settings_changes import (
    ARGUMENTS,
    checked_settings,
    chosen_path,
    show_change,
    warn_of_plugin,
)
from agent_session.world.client_settings import ClientSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = (
    "Where nothing but `install` has changed the file, it is put back byte for byte.\n"
    "Sessions and approvals are kept."
)
EXAMPLES = ("agent-session uninstall --dry-run", "agent-session uninstall --user")
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
    with ClientSettings(path) as found:
        before = found.text
        count = len(ours_in(checked_settings(before or "", path)))
        after = _without(found) if count else before
        if count and not dry_run:
            _write(found, after)
    if as_json:
        changed = bool(count)
        say_json({"settings": path, "hooks": count, "changed": changed, "dry_run": dry_run})
    elif dry_run:
        show_change(path, before, after)
    else:
        _tell(path, count, is_gone=after is None)
    if not as_json and not dry_run:
        warn_of_plugin(wiring.project)
    return 0


def _without(found: ClientSettings) -> str | None:
    """The text as it is to be; None where the whole file was made by `install`."""
    left = without_ours(found.text or "")
    if os.path.lexists(found.former_path):
        former = found.former()
        return former if former is not None and _is_former(left, former) else left
    return left if settings_in(left) else None


def _is_former(left: str, former: str) -> bool:
    """True where a person has changed nothing since; a former that is broken is not."""
    try:
        return not ours_in(settings_in(former)) and are_alike(left, former)
    except InvalidValueError:
        return False


def _write(found: ClientSettings, after: str | None) -> None:
    if after is None:
        found.remove()
    elif after == found.former():
        found.restore_former()
    else:
        found.write(after)
    found.drop_former()


def _tell(path: str, count: int, *, is_gone: bool) -> None:
    if not count:
        say(f"Nothing to remove: no hook of agent-session is in {path}")
        return
    say(f"Removed hooks: {count} from {path}{', which held nothing else' if is_gone else ''}")
    tell("now restart Claude Code")
