"""`timeline`: what happened to a session, its journal as a person reads it."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import AGENT_ID, AS_JSON
from agent_session.surfaces.cli.render import complain, say_json_lines
from agent_session.surfaces.cli.tables import Column, print_table
from agent_session.telling.story import told
from agent_session.telling.words import local_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent_session.core.chain import Event
    from agent_session.wiring import Wiring

DETAIL = "One line an event, oldest first, on the clock of this machine."
EXAMPLES = ("agent-session timeline agent-20260108-180530-abc12345",)
ARGUMENTS = (AGENT_ID, AS_JSON)

_STYLES = {
    "created": "green",
    "imported": "green",
    "finalized": "bold",
    "edited": "yellow",
    "approval_requested": "cyan",
    "approval_decided": "bold cyan",
    "approval_used": "cyan",
    "approval_drifted": "bold red",
    "resolved": "yellow",
}


def run(wiring: Wiring, *, agent_id: str, as_json: bool) -> int:
    events = list(wiring.reports.timeline(agent_id))
    if as_json:
        say_json_lines(events)
        return 0
    if not events:
        complain("this session has no journal yet; its next write begins one")
    columns = (
        Column(style_of=lambda _: "dim"),
        Column(style_of=_STYLES.get),
        Column(wraps=True),
    )
    print_table(columns, list(_rows(events)))
    return 0


def _rows(events: Sequence[Event]) -> Iterator[Sequence[str]]:
    phase = ""
    for event in events:
        what, phase = told(event, phase)
        yield local_time(event["at"]), event["kind"], f"{what}  (by {event['actor']})"
