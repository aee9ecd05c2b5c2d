"""`episode`: the sessions that ran in a stretch of time."""

from __future__ import annotations

from agent_session.core.durations import duration
from agent_session.core.instants import moment
from agent_session.surfaces.cli.arguments import AS_JSON, Argument, UsageError
from agent_session.surfaces.cli.bounds import A_TIME, bound
from agent_session.surfaces.cli.render import complain, say_json_lines
from agent_session.surfaces.cli.tables import Column, print_table
from agent_session.telling.words import local_time, span_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from agent_session.wiring import Wiring

DETAIL = "The sessions that were created then, oldest first, and how they ended."
EXAMPLES = (
    "agent-session episode 2026-01-08T18:00Z --for 30m",
    "agent-session episode 2h --for 30m --json",
)
ARGUMENTS = (
    Argument("start", f"when it began: {A_TIME}", shown="START"),
    Argument(
        "lasted", "how long it lasted; else until now", "--for", shown="D", convert=duration
    ),
    AS_JSON,
)
_SUCCESS = {True: "yes", False: "no", None: ""}


def run(wiring: Wiring, *, start: str, lasted: Any, as_json: bool) -> int:
    now = wiring.now()
    begun = bound("START", start, now)
    if begun is None:
        raise UsageError("when did it begin?")
    end = now if lasted is None else moment(begun) + lasted
    found = wiring.insights.sessions_in(begun, end, lambda error: complain(str(error)))
    if as_json:
        say_json_lines(found)
    elif found:
        headings = ("CREATED", "SESSION", "AGENT", "LASTED", "SUCCESS", "PHASES")
        columns = [*map(Column, headings[:-1]), Column(headings[-1], wraps=True)]
        print_table(columns, list(map(_row, found)))
    else:
        complain("no session was created then")
    return 0


def _row(each: Mapping[str, Any]) -> Sequence[str]:
    lasted = each["duration_seconds"]
    return (
        local_time(each["created_at"]),
        each["agent_id"],
        each["agent_name"],
        "" if lasted is None else span_of(lasted),
        _SUCCESS[each["success"]],
        " ".join(each["phases"]),
    )
