"""One use of the store, and another process that does something whole at any call of it.

The other one finds a lock that is held as any process does: it is told that the store is busy.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from agent_session.core.errors import (
    SessionExistsError,
    SessionNotFoundError,
    StoreBusyError,
    StoreUnavailableError,
)
from agent_session.core.instants import at
from agent_session.core.store import Query
from agent_session.local import disk
from agent_session.stores.files.store import FileStore
from tests.examples import finalized, minutes_later, updated
from tests.faults import operations
from tests.faults.seam import CLOCKS, Unsynced, standing_in
from tests.faults.sweeps import why_unusable
from tests.stores.approvals import asked, claimed
from tests.stores.calls import add, change

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.state import Record


class Impatient(Unsynced):
    """No wait is long: the one who holds the lock goes on only afterwards."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def monotonic(self) -> float:
        self._seconds += disk.PATIENCE_SECONDS
        return self._seconds

    def sleep(self, _: float) -> None:
        pass


class InterruptedSeam(Unsynced):
    """Lets *interrupt* happen before call number *at*."""

    def __init__(self, at_call: int, interrupt: Callable[[], None]) -> None:
        self._at_call = at_call
        self._interrupt = interrupt
        self.count = 0

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name == "count" or name in CLOCKS:
            return super().__getattribute__(name)
        try:
            real = super().__getattribute__(name)
        except AttributeError:
            real = getattr(disk.SystemCalls, name)

        def call(*given: Any, **named: Any) -> Any:
            self.count += 1
            if self.count == self._at_call:
                with standing_in(Impatient()):
                    self._interrupt()
            return real(*given, **named)

        return call


class Deed(NamedTuple):
    """What one process does to the session a: it leaves its *mark* in the metadata, *removes*
    or *makes* one; where it takes the index away, a write of another may be refused for that.
    """

    act: Callable[[FileStore, Witness], object]
    mark: str | None = None
    removes: bool = False
    makes: bool = False
    takes_the_index_away: bool = False


class Witness:
    """What the process was told, and what it saw."""

    def __init__(self) -> None:
        self.is_done = False
        self.seen: list[Record] = []

    def watch(self, deed: Deed, path: str, others: Deed) -> None:
        try:
            deed.act(FileStore(path, patience_seconds=0), self)
        except (SessionNotFoundError, SessionExistsError, StoreBusyError):
            return
        except StoreUnavailableError:
            if not others.takes_the_index_away:
                raise
            return
        self.is_done = True


def _mark(word: str) -> Deed:
    return Deed(
        lambda store, _: change(
            store, "a", updated(9, phase="approval", metadata={word: True})
        ),
        mark=word,
    )


def _mark_twice(word: str) -> Deed:
    def act(store: FileStore, _: Witness) -> None:
        change(store, "a", updated(9, metadata={f"{word} at first": True}))
        change(store, "a", updated(9.5, metadata={word: True}))

    return Deed(act, mark=word)


def _ask(word: str) -> Deed:
    entered = asked(9, 9), updated(9, metadata={word: True})
    return Deed(lambda store, _: change(store, "a", *entered), mark=word)


def _finalize(word: str) -> Deed:
    return Deed(
        lambda store, _: change(store, "a", finalized(minutes=9, metadata={word: True})),
        mark=word,
    )


def _remove(store: FileStore, witness: Witness) -> None:
    def look_and_allow(record: Record) -> bool:
        witness.seen.append(record)
        return True

    store.remove("a", at(minutes_later(9)), look_and_allow)


def _be_killed_while_removing(store: FileStore, witness: Witness) -> None:
    """The folder has lost its name, and what is in it is still there."""
    with store._locked("a") as removing:
        witness.seen.append(removing.found.record)
        os.rename(f"{store.root.path}/a", f"{store.root.path}/.gone-a")


def _read(store: FileStore, witness: Witness) -> None:
    witness.seen.append(store.get("a"))


def _list(store: FileStore, witness: Witness) -> None:
    witness.seen += [each for each in store.scan(Query()) if each["agent_id"] == "a"]


def _list_live(store: FileStore, witness: Witness) -> None:
    found = store.scan(Query(live=True, agent_name="x"))
    witness.seen += [each for each in found if each["agent_id"] == "a"]


def _add(store: FileStore, _: Witness) -> None:
    add(store, "a", 20, agent_name="x", metadata={"anew": True})


def _add_another(store: FileStore, _: Witness) -> None:
    add(store, "d", 20, agent_name="x")


def _remove_and_add(store: FileStore, witness: Witness) -> None:
    _remove(store, witness)
    _add(store, witness)


def _rebuild(store: FileStore, _: Witness) -> None:
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(store.root.path, ".index", "trusted"))
    change(store, "b", updated(9))


def _take_the_index_away(store: FileStore, _: Witness) -> None:
    shutil.rmtree(os.path.join(store.root.path, ".index"), ignore_errors=True)
    change(store, "b", updated(9))


def deeds(word: str) -> dict[str, Deed]:
    """All that a process may do, its mark being *word*."""
    return {
        "update": _mark(word),
        "update twice": _mark_twice(word),
        "ask": _ask(word),
        "claim": Deed(lambda store, _: change(store, "a", claimed(9))),
        "finalize": _finalize(word),
        "remove": Deed(_remove, removes=True),
        "be killed while removing": Deed(_be_killed_while_removing, removes=True),
        "remove and add": Deed(_remove_and_add, removes=True, makes=True),
        "add": Deed(_add, makes=True),
        "add another": Deed(_add_another, makes=True),
        "read": Deed(_read),
        "list": Deed(_list),
        "list live": Deed(_list_live),
        "rebuild the index": Deed(_rebuild),
        "take the index away": Deed(_take_the_index_away, takes_the_index_away=True),
        "repair": Deed(lambda store, _: store.repair(None)),
        "verify": Deed(lambda store, _: store.flaws("a")),
        "sweep": Deed(lambda store, _: store.sweep()),
    }


PREPARED: dict[str, Callable[[str], None]] = {
    "a sound one": operations.three_sessions,
    "a stale one": operations.a_stale_snapshot,
    "a torn one": operations.a_torn_tail,
    "an edited one": operations.an_edit_by_hand,
    "one to import": operations.one_of_the_first_implementation,
    "no index": operations.no_index,
}


def _unclaimed(record: Record) -> dict[str, Any]:
    """What a claim leaves as it was."""
    return {**record, "revision": 0, "claim": None, "fence": 0}


class Interleaving:
    """*ours* is interrupted by *theirs* at every call, each time from the same beginning."""

    def __init__(
        self, folder: str, prepare: Callable[[str], None], ours: Deed, theirs: Deed
    ) -> None:
        self.template = os.path.join(folder, "template")
        self.path = os.path.join(folder, "store")
        self.ours, self.theirs = ours, theirs
        self.calls = 0
        self.wrong: list[str] = []
        with standing_in(Unsynced()):
            prepare(self.template)
            self.before = FileStore(self.template).get("a")

    def run(self) -> list[str]:
        """The first thing that went wrong, if any did."""
        while not self.wrong:
            shutil.rmtree(self.path, ignore_errors=True)
            shutil.copytree(self.template, self.path)
            self.calls += 1
            us, them = Witness(), Witness()
            seam = InterruptedSeam(
                self.calls, partial(them.watch, self.theirs, self.path, self.ours)
            )
            with standing_in(seam):
                us.watch(self.ours, self.path, self.theirs)
            if seam.count < self.calls:
                break
            with standing_in(Unsynced()):
                self.wrong += [f"call {self.calls}: {flaw}" for flaw in self._flaws(us, them)]
        return self.wrong

    def _flaws(self, us: Witness, them: Witness) -> list[str]:
        flaw = why_unusable(self.path)
        return [
            *([flaw] if flaw else []),
            *self._lost(us, self.ours, them, self.theirs),
            *self._lost(them, self.theirs, us, self.ours),
            *self._unlikely(us, them),
        ]

    def _lost(self, one: Witness, deed: Deed, other: Witness, others: Deed) -> list[str]:
        """What was acknowledged, and is neither there nor was it seen by who removed it."""
        if not one.is_done or deed.mark is None:
            return []
        records = [self._now(), *(other.seen if others.removes else ())]
        if any(record is not None and deed.mark in record["metadata"] for record in records):
            return []
        return [f"{deed.mark!r} was acknowledged and is lost"]

    def _unlikely(self, us: Witness, them: Witness) -> list[str]:
        """Records that nobody has made, and removals that did not happen."""
        flaws = [
            f"saw {record}" for record in [*us.seen, *them.seen] if not self._may_be(record)
        ]
        removed = any(
            w.is_done and d.removes for w, d in ((us, self.ours), (them, self.theirs))
        )
        created = any(d.makes for d in (self.ours, self.theirs))
        if removed and not created and self._now() is not None:
            flaws.append("removed, and still there")
        return flaws

    def _may_be(self, record: Record) -> bool:
        """What was before, or has a mark with all that goes with it."""
        marks = set(record["metadata"]) - set(self.before["metadata"])
        if "anew" in marks:
            return True
        if not marks:
            return _unclaimed(record) == _unclaimed(self.before)
        return record["revision"] > self.before["revision"]

    def _now(self) -> Any:
        try:
            return FileStore(self.path).get("a")
        except SessionNotFoundError:
            return None
