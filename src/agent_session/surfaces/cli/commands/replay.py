"""`replay`: how a session got where it is, step by step, or the record as it stood then."""

from __future__ import annotations

import sys

from agent_session.core.durations import since_when
from agent_session.surfaces.cli.arguments import AGENT_ID, AS_JSON, Argument, UsageError
from agent_session.surfaces.cli.changes import changed_lines
from agent_session.surfaces.cli.render import (
    complain,
    is_terminal,
    say,
    say_json,
    say_json_lines,
)
from agent_session.telling.story import told
from agent_session.telling.words import local_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent_session.core.state import Record
    from agent_session.services.history import Step
    from agent_session.wiring import Wiring

DETAIL = (
    "Each event with what it changed in the record; with --at, the record as it stood then, as "
    "JSON."
)
EXAMPLES = (
    "agent-session replay agent-20260108-180530-abc12345",
    "agent-session replay agent-20260108-180530-abc12345 --at 7",
    "agent-session replay agent-20260108-180530-abc12345 --at 2h | jq .metadata",
    "agent-session replay agent-20260108-180530-abc12345 --step",
)
ARGUMENTS = (
    AGENT_ID,
    Argument(
        "when",
        "the number of an event, a time such as 2026-01-08T18:00Z, or an age: 30m, 2h, 3d",
        "--at",
        shown="SEQ|TIME",
    ),
    Argument("by_step", "wait for Enter after each step; q ends it", "--step", is_flag=True),
    AS_JSON,
)
# The head of each step says these.
_IN_THE_HEAD = frozenset(("/revision", "/last_updated"))


def run(
    wiring: Wiring, *, agent_id: str, when: str | None, by_step: bool, as_json: bool
) -> int:
    if when is not None:
        if by_step:
            raise UsageError("--at shows one record, and --step all of them: give one")
        say_json(_record(wiring, agent_id, when))
        return 0
    steps = list(wiring.history.steps(agent_id))
    if as_json:
        say_json_lines([each.as_json() for each in steps])
        return 0
    if not steps:
        complain("this session has no journal yet; its next write begins one")
    _show(steps, waits=by_step and is_terminal(sys.stdin) and is_terminal(sys.stdout))
    return 0


def _record(wiring: Wiring, agent_id: str, when: str) -> Record:
    if when.isascii() and when.isdigit():
        return wiring.history.record_at(agent_id, int(when[:18]))
    try:
        moment = since_when(when, wiring.now())
    except ValueError as error:
        raise UsageError(f"--at: {error}, or the number of an event") from None
    return wiring.history.record_when(agent_id, moment)


def _show(steps: Sequence[Step], *, waits: bool) -> None:
    for number, lines in enumerate(_told(steps), 1):
        for line in lines:
            say(line)
        if waits and number < len(steps) and not _goes_on(number, len(steps)):
            return


def _told(steps: Sequence[Step]) -> Iterator[list[str]]:
    phase = ""
    for step in steps:
        event = step.event
        what, phase = told(event, phase)
        head = f"{event['seq']}  {local_time(event['at'])}  {event['kind']}  {what}"
        changed = [each for each in step.changed if each.path not in _IN_THE_HEAD]
        # All of a new record would only say again what its head says.
        yield [head, *(changed_lines(changed) if event["prev"].strip("0") else ())]


def _goes_on(number: int, count: int) -> bool:
    """Whether the person wants the next one."""
    sys.stderr.write(f"-- {number} of {count}: Enter goes on, q ends -- ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    return bool(answer) and answer.strip().lower() != "q"
