"""`merge`: bring what one session has learned into another, by a three-way merge."""

from __future__ import annotations

from agent_session.core.merge_errors import MergeConflictError
from agent_session.services.branches import OURS, THEIRS
from agent_session.surfaces.cli.arguments import AS_JSON, Argument, UsageError
from agent_session.surfaces.cli.changes import conflict_lines
from agent_session.surfaces.cli.render import complain, say, say_json, tell
from agent_session.surfaces.cli.tokens import TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.services.branches import Merge
    from agent_session.wiring import Wiring

DETAIL = (
    "Metadata alone, held against what both had in common: where they were forked, or last "
    "merged. What only one has changed is taken, lists are united. Where both have changed the "
    "same, status 1 and nothing is changed, unless --ours or --theirs says whose stands."
)
EXAMPLES = (
    "agent-session merge smaller-instance agent-20260108-180530-abc12345 --dry-run",
    "agent-session merge smaller-instance agent-20260108-180530-abc12345 --theirs",
)
ARGUMENTS = (
    Argument("source", "the session that has learned; it is left as it is", shown="FROM"),
    Argument("target", "the session that takes it in", shown="INTO"),
    Argument("ours", "where both have changed, keep what INTO has", "--ours", is_flag=True),
    Argument("theirs", "where both have changed, take what FROM has", "--theirs", is_flag=True),
    Argument("dry_run", "only say what would come of it", "--dry-run", is_flag=True),
    TOKEN,
    AS_JSON,
)


def run(
    wiring: Wiring,
    *,
    source: str,
    target: str,
    ours: bool,
    theirs: bool,
    dry_run: bool,
    token: int | None,
    as_json: bool,
) -> int:
    if ours and theirs:
        raise UsageError("give --ours or --theirs, not both")
    keep = OURS if ours else THEIRS if theirs else None
    who = wiring.claimant(token=token)
    try:
        merge = wiring.branches.merge(source, target, keep, dry_run=dry_run, who=who)
    except MergeConflictError as error:
        return _refuse(error, as_json=as_json)
    if as_json:
        say_json(merge.as_json())
    else:
        _tell(merge, source, is_done=not dry_run)
    return 0


def _refuse(error: MergeConflictError, *, as_json: bool) -> int:
    conflicts = error.conflicts
    if as_json:
        named = [each.as_json() for each in conflicts]
        say_json({"refused": error.code, "reason": str(error), "conflicts": named})
    complain(str(error))
    for line in () if as_json else conflict_lines(conflicts):
        tell(line)
    return 1


def _tell(merge: Merge, source: str, *, is_done: bool) -> None:
    into = merge.record["agent_id"]
    for line in conflict_lines(merge.conflicts):
        tell(line)
    if not merge.was_any:
        say(f"Nothing to merge: {source} has learned nothing since {_name(merge)}")
    elif is_done:
        say(f"Merged {source} into {into}, against {_name(merge)}")
    else:
        say(f"Would merge {source} into {into}, against {_name(merge)}")


def _name(merge: Merge) -> str:
    return f"{merge.base.agent_id}@{merge.base.revision}"
