"""One change of a store, killed or failed at its system calls: what is kept and answered.

The old state or the new one; the new one where the answer is yes, the old one where it is no; a
store's own error and no other; and once the fault is gone everything works.
"""

from __future__ import annotations

import importlib
import pkgutil
import signal
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from agent_session import core, local, services, sql
from agent_session.core.errors import (
    AgentSessionError,
    StoreError,
    UnknownOutcomeError,
)
from agent_session.core.store import Query, ids_pending
from tests.examples import updated
from tests.faults.places import FILES
from tests.faults.sweeps import is_answered_alike, is_over
from tests.faults.traced import HUNG, UNFAILING, Call, Fault, calls_of, run_struck
from tests.stores.calls import add, change, ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from agent_session.core.store import Store
    from tests.faults.changes import Change
    from tests.faults.grounds import Ground

DONE, REFUSED, UNKNOWN, OTHER_ANSWER, UNTYPED = 10, 11, 12, 13, 14
ANSWERS = (DONE, REFUSED, UNKNOWN)
SAID = {
    DONE: "said done",
    REFUSED: "said refused",
    UNKNOWN: "said that it does not know",
    OTHER_ANSWER: "answered what is not so",
    UNTYPED: "raised what is no error of a store",
    HUNG: "hung",
    -signal.SIGKILL: "was killed",
}
ERRORS = (
    "EIO", "ENOSPC", "EACCES", "EROFS", "EMFILE", "EDQUOT", "ENOMEM", "EINTR", "EPERM",
    "ENOLCK",
)  # fmt: skip


class Kept(NamedTuple):
    """What a store keeps: its records and flaws by id, its delegation log."""

    records: dict[str, Any]
    flaws: dict[str, Any]
    notes: list[Any]


def load_what_comes_late() -> None:
    """A module is imported when it is first needed; that is no part of a change."""
    for package in (core, local, sql, services, *map(_stores, ("files", "sqlite"))):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def _stores(name: str) -> Any:
    return importlib.import_module(f"agent_session.stores.{name}")


def kept_in(store: Store) -> Kept:
    told: dict[str, Any] = {}
    for record in store.scan(Query(), lambda error: told.update({error.agent_id: str(error)})):
        told[record["agent_id"]] = record
    flaws = {agent_id: list(store.flaws(agent_id)) for agent_id in told}
    return Kept(told, flaws, list(store.notes()))


class Struck:
    """All faults at one change, each on the store as it was before."""

    def __init__(self, change: Change, ground: Ground, log: str) -> None:
        self.change = change
        self.ground = ground
        self.tried = 0
        self.wrong: list[str] = []
        load_what_comes_late()
        change.prepare(ground)
        ground.renew()
        self.before = kept_in(ground.look())
        self.answer = change.act(ground.look())
        self.after = kept_in(ground.look())
        ground.renew()
        self.calls = calls_of(self._get_ready, log)

    @property
    def failable(self) -> list[Call]:
        return [call for call in self.calls if call.name not in UNFAILING]

    def run(self, faults: Iterable[Fault]) -> list[str]:
        """What went wrong, a sentence each."""
        for fault in faults:
            self.tried += 1
            self.ground.renew()
            ended = run_struck(self._get_ready, fault.rules())
            self.wrong += [f"{fault}: {flaw}" for flaw in self._flaws(ended)]
        return self.wrong

    def _get_ready(self) -> Callable[[], int]:
        store = self.ground.get_ready()
        return partial(self._act, store)

    def _act(self, store: Store) -> int:
        try:
            answer = self.change.act(store)
        except UnknownOutcomeError:
            return UNKNOWN
        except StoreError:
            return REFUSED
        except Exception:
            traceback.print_exc()
            return UNTYPED
        return DONE if is_answered_alike(answer, self.answer) else OTHER_ANSWER

    def _flaws(self, ended: int) -> Iterator[str]:
        said = SAID.get(ended, f"ended with {ended}")
        if ended not in (*ANSWERS, -signal.SIGKILL):
            yield said
        try:
            for flaw in self._flaws_kept(ended):
                yield f"{said}, {flaw}"
            if damage := self.ground.damage():
                yield f"{said}, and {damage}"
            for flaw in what_fails(self.ground.look()):
                yield f"{said}, and afterwards {flaw}"
        except AgentSessionError as error:
            yield f"{said}, and afterwards nothing works: {error!r}"

    def _flaws_kept(self, ended: int) -> Iterator[str]:
        now = kept_in(self.ground.look())
        for agent_id in {*self.before.records, *self.after.records, *now.records}:
            before, after, found = (
                self._of(each, agent_id) for each in (self.before, self.after, now)
            )
            if found not in (before, after):
                yield f"but {agent_id} is neither old nor new: {found}"
            elif ended == DONE and found != after and self.change.touches == 1:
                yield f"but {agent_id} is old"
            elif ended == REFUSED and found != before and self.change.touches == 1:
                yield f"but {agent_id} is new"
        if now.notes not in (self.before.notes, self.after.notes):
            yield f"but the delegation log is neither old nor new: {now.notes}"
        elif ended == DONE and now.notes != self.after.notes:
            yield "but the delegation log is old"
        elif ended == REFUSED and now.notes != self.before.notes:
            yield "but the delegation log is new"

    def _of(self, kept: Kept, agent_id: str) -> Any:
        """A killed writer may leave the file store a snapshot older than the journal."""
        flaws = [] if self.ground.kind == FILES else kept.flaws.get(agent_id)
        return kept.records.get(agent_id), flaws


def what_fails(store: Store) -> Iterator[str]:
    """What does not work in *store*, now that nothing strikes."""
    records = list(store.scan(Query()))
    live = {each["agent_id"] for each in records if not is_over(each)}
    if set(ids(store, live=True)) != live:
        yield f"of the live only {ids(store, live=True)} are found"
    waiting = {each["agent_id"] for each in records if ids_pending(each)}
    if set(ids(store, pending=True)) != waiting:
        yield f"of what waits only {ids(store, pending=True)} is found"
    for record in records:
        agent_id = record["agent_id"]
        after = change(store, agent_id, updated(99, metadata={"after": True}))
        if store.get(agent_id) != after or store.flaws(agent_id):
            yield f"{agent_id} cannot be updated: {store.flaws(agent_id)}"
    add(store, "afterwards")
    store.note({"after": True})


# --- which faults -----------------------------------------------------------------------------


def kills_at(calls: Sequence[Call]) -> list[Fault]:
    return [Fault(call, "KILL") for call in calls]


def errors_at(calls: Sequence[Call]) -> list[Fault]:
    """Ten errors at every call, once and from there on; but no call is interrupted for ever,
    and who begins it anew until it is not, as SQLite and CPython do, may do so.
    """
    return [
        Fault(call, error, for_ever)
        for call in calls
        for error in ERRORS
        for for_ever in (False, True)
        if not (for_ever and error == "EINTR")
    ]


def pairs_at(calls: Sequence[Call]) -> list[Fault]:
    """An error at every call, and the end at any later one; strace has one rule a name."""
    return [
        Fault(first, "EIO", later=later)
        for number, first in enumerate(calls)
        for later in calls[number + 1 :]
        if later.name != first.name
    ]
