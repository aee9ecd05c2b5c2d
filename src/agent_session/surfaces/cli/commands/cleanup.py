"""`cleanup`: remove sessions that were idle for too long."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import AS_JSON, Argument
from agent_session.surfaces.cli.bounds import hours as in_hours
from agent_session.surfaces.cli.progress import watched
from agent_session.surfaces.cli.render import complain, say, say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.services.sessions import Swept
    from agent_session.wiring import Wiring


DETAIL = "Safe while agents work.  Paused sessions that timed out are finalized as abandoned."
EXAMPLES = (
    "agent-session cleanup --hours 24",
    "agent-session cleanup --hours 0.5 --dry-run",
    "0 * * * * cd /path/to/project && agent-session cleanup --hours 24    # in a crontab",
)
ARGUMENTS = (
    Argument(
        "hours",
        "how long a session must have been idle; else the setting cleanup.hours, 24",
        "--hours",
        shown="N",
        convert=in_hours,
    ),
    Argument(
        "force",
        "take live sessions that are within their idle limit, too",
        "--force",
        is_flag=True,
    ),
    Argument("dry_run", "name what would go, and change nothing", "--dry-run", is_flag=True),
    AS_JSON,
)


def run(
    wiring: Wiring, *, hours: float | None, force: bool, dry_run: bool, as_json: bool
) -> int:
    age = wiring.settings["cleanup.hours"] if hours is None else hours
    swept = wiring.sessions.cleanup(
        age, force=force, dry_run=dry_run, progress=watched("Looking through sessions")
    )
    for error in swept.unreadable:
        complain(str(error))
    if as_json:
        _tell_json(swept, dry_run=dry_run)
    else:
        _tell(swept, dry_run=dry_run)
    return 0


def _tell_json(swept: Swept, *, dry_run: bool) -> None:
    unreadable = [error.agent_id for error in swept.unreadable]
    say_json(
        {
            "dry_run": dry_run,
            "removed": swept.removed,
            "abandoned": swept.abandoned,
            "kept": swept.kept,
            "unreadable": unreadable,
        }
    )


def _tell(swept: Swept, *, dry_run: bool) -> None:
    if dry_run:
        for agent_id in swept.removed:
            say(f"Would remove session: {agent_id}")
        for agent_id in swept.abandoned:
            say(f"Would finalize as abandoned: {agent_id}")
    removed, abandoned = len(swept.removed), len(swept.abandoned)
    say(f"Sessions to remove: {removed}" if dry_run else f"Removed sessions: {removed}")
    if abandoned and not dry_run:
        say(f"Finalized as abandoned: {abandoned}")
