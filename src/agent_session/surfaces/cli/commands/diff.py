"""`diff`: where two sessions differ, or two states of one."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import AS_JSON, Argument
from agent_session.surfaces.cli.bounds import count
from agent_session.surfaces.cli.changes import changed_lines
from agent_session.surfaces.cli.render import say, say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core.state import Record
    from agent_session.wiring import Wiring

DETAIL = (
    "Agent, purpose, phase, metadata, limits, errors and summary. ID@SEQ is a session as it "
    "was at this event. Status 0 where they are the same, 1 where they differ."
)
EXAMPLES = (
    "agent-session diff agent-20260108-180530-abc12345 smaller-instance",
    "agent-session diff agent-20260108-180530-abc12345@7 agent-20260108-180530-abc12345",
)


def _one(text: str) -> tuple[str, int | None]:
    agent_id, at, seq = text.partition("@")
    return agent_id, count(seq) if at else None


ARGUMENTS = (
    Argument("one", "the one session", shown="A[@SEQ]", convert=_one),
    Argument("other", "the other", shown="B[@SEQ]", convert=_one),
    AS_JSON,
)


def run(
    wiring: Wiring,
    *,
    one: tuple[str, int | None],
    other: tuple[str, int | None],
    as_json: bool,
) -> int:
    found = wiring.history.differences(_record(wiring, *one), _record(wiring, *other))
    if as_json:
        say_json([each.as_json() for each in found])
    else:
        for line in changed_lines(found):
            say(line)
    return 1 if found else 0


def _record(wiring: Wiring, agent_id: str, seq: int | None) -> Record:
    if seq is None:
        return wiring.sessions.get(agent_id)
    return wiring.history.record_at(agent_id, seq)
