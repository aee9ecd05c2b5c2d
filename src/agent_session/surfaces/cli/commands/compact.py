"""`compact`: shorten the journals of sessions that are over."""

from __future__ import annotations

from agent_session.core.retention import removal_age
from agent_session.surfaces.cli.arguments import AS_JSON, Argument, UsageError
from agent_session.surfaces.cli.bounds import hours as in_hours
from agent_session.surfaces.cli.progress import watched
from agent_session.surfaces.cli.render import complain, say, say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.services.pruning import Compacted
    from agent_session.wiring import Wiring

DETAIL = (
    "Of a journal stay the first event, the last, all that changed an approval, and merges; "
    "what was between them becomes one event, and the chain of hashes still verifies. The "
    "record is as it was."
)
EXAMPLES = (
    "agent-session compact agent-20260108-180530-abc12345",
    "agent-session compact --hours 24 --dry-run",
)
ARGUMENTS = (
    Argument(
        "agent_id",
        "one session that is over; else all of them that --hours names",
        shown="ID",
        is_optional=True,
    ),
    Argument(
        "hours",
        "all that are over and were idle for so long; 0 for every one",
        "--hours",
        shown="N",
        convert=in_hours,
    ),
    Argument(
        "dry_run",
        "say what would become shorter, and change nothing",
        "--dry-run",
        is_flag=True,
    ),
    AS_JSON,
)


def run(
    wiring: Wiring, *, agent_id: str | None, hours: float | None, dry_run: bool, as_json: bool
) -> int:
    if (agent_id is None) == (hours is None):
        raise UsageError(
            "which ones? give the id of one session, or --hours for all that are over"
        )
    if agent_id is not None:
        found = wiring.pruning.compact(agent_id, dry_run=dry_run)
    else:
        progress = watched("Compacting")
        found = wiring.pruning.compact_old(
            removal_age(hours), dry_run=dry_run, progress=progress
        )
    for error in found.unreadable:
        complain(str(error))
    if as_json:
        _tell_json(found, dry_run=dry_run)
    else:
        _tell(found, dry_run=dry_run)
    return 1 if found.unreadable else 0


def _tell_json(found: Compacted, *, dry_run: bool) -> None:
    events = {
        agent_id: {"before": before, "after": after}
        for agent_id, (before, after) in found.events.items()
    }
    unreadable = [error.agent_id for error in found.unreadable]
    say_json(
        {
            "dry_run": dry_run,
            "looked_at": found.count,
            "compacted": events,
            "unreadable": unreadable,
        }
    )


def _tell(found: Compacted, *, dry_run: bool) -> None:
    before = sum(each for each, _ in found.events.values())
    after = sum(each for _, each in found.events.values())
    done = "Would compact" if dry_run else "Compacted"
    say(f"{done} sessions: {len(found.events)} of {found.count}, events {before} -> {after}")
