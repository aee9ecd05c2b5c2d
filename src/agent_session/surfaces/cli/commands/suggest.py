"""`suggest`: which waiting session a request most likely continues."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import AS_JSON, Argument, UsageError
from agent_session.surfaces.cli.bounds import count
from agent_session.surfaces.cli.render import complain, say_json_lines
from agent_session.surfaces.cli.tables import Column, print_table
from agent_session.telling.words import short_span_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent_session.core.suggesting import Suggestion
    from agent_session.wiring import Wiring

DETAIL = (
    "Ranked by the same task, words in common and how lately it was active; only what may be "
    "resumed now. Nothing is granted. Status 1 where there is none."
)
EXAMPLES = (
    "agent-session suggest --agent terraform-architect --text 'apply the larger instance'",
    "agent-session suggest --agent terraform-architect --task T7 --json",
)
ARGUMENTS = (
    Argument("agent_name", "whose sessions", "--agent", shown="NAME"),
    Argument("task_id", "the task of the request", "--task", shown="T"),
    Argument("text", "what the request says", "--text", shown="TEXT"),
    Argument("limit", "at most so many; else 5", "--limit", shown="N", convert=count),
    AS_JSON,
)
_USUAL_LIMIT = 5


def run(
    wiring: Wiring,
    *,
    agent_name: str | None,
    task_id: str | None,
    text: str | None,
    limit: int | None,
    as_json: bool,
) -> int:
    if agent_name is None:
        raise UsageError("whose sessions? give --agent NAME")
    found = wiring.insights.suggest(agent_name, task_id, text, who=wiring.claimant())
    shown = found[: limit or _USUAL_LIMIT]
    if as_json:
        say_json_lines([each.as_json() for each in shown])
    elif not shown:
        complain(f"no session of {agent_name} may be resumed now")
    else:
        columns = (
            Column("SESSION"),
            Column("SCORE"),
            Column("PHASE"),
            Column("WHY", wraps=True),
        )
        print_table(columns, [tuple(_row(each)) for each in shown])
    return 0 if shown else 1


def _row(each: Suggestion) -> Iterator[str]:
    yield each.record["agent_id"]
    yield f"{each.score:.2f}"
    yield each.record["phase"]
    yield "; ".join(_reasons(each))


def _reasons(each: Suggestion) -> Iterator[str]:
    if each.same_task:
        yield f"same task {each.record['metadata']['task_id']}"
    if each.words:
        yield f"words in common: {', '.join(each.words)}"
    yield f"active {short_span_of(each.idle)} ago"
