"""What a change of a session writes: its row, its events, the ids it is found by, and a word to
those who watch.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.codec import digest, encode
from agent_session.core.hosts import birth_key, is_same_agent
from agent_session.core.phases import is_final
from agent_session.core.store import Query, ids_held, ids_pending

from . import measuring, rows
from .columns import columns_of, conditions_of, host_keys_of, values_of
from .keys import key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from agent_session.core import errors, events
    from agent_session.core.chain import Event
    from agent_session.core.events import Commit
    from agent_session.core.state import Record

    from .database import Runs, Transaction
else:
    errors = Late("agent_session.core.errors")
    events = Late("agent_session.core.events")

_BIRTH_LOCKS = 64


class Gathered:
    """What is to be run, statement by statement at once: for changes of many sessions."""

    def __init__(self) -> None:
        self._values: dict[str, list[Mapping[str, Any]]] = {}

    def run(self, statement: str, **values: Any) -> None:
        self._values.setdefault(statement, []).append(values)

    def send(self, transaction: Transaction) -> None:
        for statement, values in self._values.items():
            transaction.run_each(statement, values)


# --- a new session ----------------------------------------------------------------------------


def require_sole_birth(transaction: Transaction, born: Record) -> None:
    """HostTakenError where a live session has the host's agent of *born* already; until the end
    of the transaction none can begin.
    """
    key = birth_key(born)
    if key is None or is_final(born["phase"]):
        return
    slot = int(digest(key_of(key).encode())[:4], 16) % _BIRTH_LOCKS
    transaction.run("lock_birth", slot=slot)
    if transaction.rows("find_session", agent_id=born["agent_id"]):
        return  # its id is taken, which counts first; or it is ourselves, on a lost connection
    query = Query(host=key, live=True)
    sql = f"SELECT {rows.COLUMNS} FROM {rows.WITH_LAST_EVENT} WHERE {conditions_of(query)}"
    for row in transaction.select(sql, **values_of(query)):
        record = rows.kept_in(transaction, row).record
        if query.matches(record) and is_same_agent(born, record):
            raise errors.HostTakenError(record["agent_id"])


def enter_first(transaction: Transaction, made: Commit, beside: Runs) -> bool:
    """Enter the row, and by *beside* what stands beside it; False where the id is taken."""
    added = transaction.rows("add_session", agent_id=made.record["agent_id"], **_row_of(made))
    if not added:
        return False
    number = added[0][0]
    _enter_events(beside, number, _lines_of(made))
    _enter_hints(beside, number, None, made.record)
    measuring.enter(beside, number, None, made.record, made.events)
    _tell(beside, None, made.record)
    return True


def made_by(transaction: Transaction, agent_id: str, made: Commit) -> Record | None:
    """The record of *made*, if that is what was kept."""
    try:
        number = rows.locked_row(transaction, agent_id)[0]
    except errors.SessionNotFoundError:
        return None
    last = made.events[-1]
    entered = rows.events_of(transaction, agent_id, number, last["seq"] - 1)
    return made.record if entered and entered[0]["hash"] == last["hash"] else None


# --- a change ---------------------------------------------------------------------------------


def enter(runs: Runs, number: int, before: Record, made: Commit) -> None:
    *first, (_, line) = _lines_of(made)
    _enter_events(runs, number, first)
    row = {**_row_of(made), "number": number, "line": line}
    runs.run("enter_change", agent_id=made.record["agent_id"], **row)
    _enter_hints(runs, number, before, made.record)
    measuring.enter(runs, number, before, made.record, made.events)
    _tell_of_pending(runs, before, made.record)


def _row_of(made: Commit) -> dict[str, Any]:
    return {**columns_of(made.record), "record": made.snapshot.decode()}


def _lines_of(made: Commit) -> list[tuple[int, str]]:
    """Number and line of each event."""
    numbers = (event["seq"] for event in made.events)
    return list(zip(numbers, made.lines.decode().splitlines(), strict=True))


def _enter_events(runs: Runs, number: int, lines: Iterable[tuple[int, str]]) -> None:
    for seq, line in lines:
        runs.run("add_event", session=number, seq=seq, line=line)


def _enter_hints(runs: Runs, number: int, before: Record | None, after: Record | None) -> None:
    """What is found by other ids than its own: approvals, and what its host knows it by."""
    for hint, ids in (("approval", ids_held), ("host_key", host_keys_of)):
        had, has = ids(before) if before else [], ids(after) if after else []
        word = "approval_id" if hint == "approval" else hint
        for each in has:
            if each not in had:
                runs.run(f"add_{hint}", session=number, **{word: each})
        for each in had:
            if each not in has:
                runs.run(f"remove_{hint}", session=number, **{word: each})


def _tell(runs: Runs, before: Record | None, after: Record | None) -> None:
    """Wake whoever watches the session, or the pending approvals where these differ."""
    record = after or before
    assert record is not None
    runs.run("tell_of_session", agent_id=record["agent_id"])
    _tell_of_pending(runs, before, after)


def _tell_of_pending(runs: Runs, before: Record | None, after: Record | None) -> None:
    if (ids_pending(before) if before else []) != (ids_pending(after) if after else []):
        runs.run("tell_of_pending")


def replace_events(
    runs: Runs, number: int, entered: Sequence[Event], shorter: Sequence[Event]
) -> None:
    """Let *shorter* stand where *entered* does."""
    had = {each["hash"] for each in entered}
    kept = {each["hash"] for each in shorter}
    for each in entered:
        if each["hash"] not in kept:
            runs.run("remove_event", session=number, seq=each["seq"])
    new = [each for each in shorter if each["hash"] not in had]
    _enter_events(runs, number, ((each["seq"], encode(each)) for each in new))


def take_in(
    transaction: Transaction, gathered: Gathered, agent_id: str, sealed: Sequence[Event]
) -> None:
    """Enter what another store has sealed; what may wait is *gathered*.

    InvalidValueError, HostTakenError.
    """
    try:
        kept = rows.find_locked(transaction, agent_id)
    except errors.SessionNotFoundError:
        made = events.follow(agent_id, None, 0, NOTHING_BEFORE, sealed)
        require_sole_birth(transaction, made.record)
        if not enter_first(transaction, made, gathered):
            raise errors.SessionExistsError(agent_id) from None
        return
    made = events.follow(agent_id, kept.record, kept.seq, kept.tip, sealed)
    enter(gathered, kept.number, kept.record, made)


# --- a removal --------------------------------------------------------------------------------


def remove(runs: Runs, number: int, record: Record, at: str) -> None:
    """Take all of the session away, and leave a line that says so."""
    runs.run("add_removed", line=encode(events.removal(record, at)))
    runs.run("remove_events", session=number)
    runs.run("remove_session", number=number)
    _enter_hints(runs, number, record, None)
    _tell(runs, record, None)
