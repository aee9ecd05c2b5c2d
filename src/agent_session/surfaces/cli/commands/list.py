"""`list`: the sessions, a table on a terminal and a line each in a pipe."""

from __future__ import annotations

import sys

from agent_session.api import summary_of
from agent_session.core.phases import PHASES, is_final, is_resumable
from agent_session.core.store import Query
from agent_session.core.visible import one_line
from agent_session.surfaces.cli.arguments import AS_JSON, Argument
from agent_session.surfaces.cli.bounds import A_TIME, bound, count
from agent_session.surfaces.cli.render import complain, is_terminal, say_json_lines
from agent_session.telling.words import idle_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.core.instants import datetime
    from agent_session.core.state import Record
    from agent_session.wiring import Wiring

DETAIL = "In a pipe, one line each: id, agent, phase, last activity, ready, errors."
EXAMPLES = (
    "agent-session list --active-only",
    "agent-session list --agent terraform-architect --since 2h --json",
    "agent-session list --phase approval | cut -f1",
)
ARGUMENTS = (
    Argument(
        "active_only", "only those that are ready to be resumed", "--active-only", is_flag=True
    ),
    Argument("agent_name", "only those of this agent", "--agent", shown="NAME"),
    Argument("phase", "only those in this phase", "--phase", shown="P", choices=PHASES),
    Argument("since", f"only those active since then: {A_TIME}", "--since", shown="T"),
    Argument("until", "only those last active until then", "--until", shown="T"),
    Argument("limit", "at most so many", "--limit", shown="N", convert=count),
    AS_JSON,
)


def run(
    wiring: Wiring,
    *,
    active_only: bool,
    agent_name: str | None,
    phase: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    as_json: bool,
) -> int:
    now = wiring.now()
    query = Query(
        agent_name=agent_name,
        phase=phase,
        resume_ready=active_only,
        since=bound("--since", since, now),
        until=bound("--until", until, now),
    )
    found = wiring.sessions.list(query, lambda error: complain(str(error)))[:limit]
    if as_json:
        say_json_lines(map(summary_of, found))
    elif is_terminal(sys.stdout):
        _show(found, now)
    else:
        sys.stdout.writelines(map(_line, found))
    return 0


def _line(record: Record) -> str:
    ready = "true" if record["resume_ready"] else "false"
    cells = (
        record["agent_id"],
        record["agent_name"],
        record["phase"],
        record["last_updated"],
        ready,
        str(record["error_count"]),
    )
    return "\t".join(map(one_line, cells)) + "\n"


def _show(found: Sequence[Record], now: datetime) -> None:
    if not found:
        complain("no session here matches")
        return
    from agent_session.surfaces.cli.tables import Column, print_table

    columns = [
        Column("SESSION"),
        Column("AGENT", gives_way=True),
        Column("PHASE", _phase_style),
        Column("IDLE"),
        Column("READY", lambda cell: "green" if cell == "yes" else "dim"),
    ]
    # Room is scarce on 80 columns, and most sessions have no errors.
    if any(record["error_count"] for record in found):
        columns.append(Column("ERR", lambda cell: "dim" if cell == "0" else "bold red"))
    print_table(columns, [_row(record, now)[: len(columns)] for record in found])


def _row(record: Record, now: datetime) -> Sequence[str]:
    return (
        record["agent_id"],
        record["agent_name"],
        record["phase"],
        idle_of(record["last_updated"], now),
        "yes" if record["resume_ready"] else "no",
        str(record["error_count"]),
    )


def _phase_style(phase: str) -> str:
    if is_resumable(phase):
        return "green"
    return "dim" if is_final(phase) else "yellow"
