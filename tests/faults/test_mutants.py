"""The suites bite: a store that lacks one of its cares is caught by the suite that watches it.

Each mutant is named after what it leaves out. What a suite finds nothing in is either of no use
to the store, or not watched.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.events import commit
from agent_session.local import disk, writes
from agent_session.stores.files import glance, index, journal, locked, root, session, store
from tests.faults.interleavings import PREPARED, Interleaving, deeds
from tests.faults.operations import OPERATIONS
from tests.faults.power_cuts import LIVES, Cuts
from tests.faults.strikes import ends_at, errors_at
from tests.faults.sweeps import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable

# --- what is left out -------------------------------------------------------------------------


def do_nothing(*_: Any, **__: Any) -> None:
    """What a mutant does in place of something."""


def say_yes(*_: Any, **__: Any) -> bool:
    return True


def keep_syncing_though_it_fails(descriptor: int, _: str) -> None:
    with suppress(OSError):
        disk.calls.fdatasync(descriptor)


def take_what_was_written_for_all(descriptor: int, data: bytes) -> None:
    disk.calls.write(descriptor, data)


def leave_errors_as_they_are(error: OSError, _: str) -> OSError:
    return error


def read_before_the_lock(self: Any, root: Any, patience_seconds: float) -> None:
    read(self)
    wait(self, root, patience_seconds)


wait, read = locked.LockedSession._wait, locked.LockedSession._read


def write_the_snapshot_first(self: Any, writing: Any, made: Any) -> Any:
    self._get_ready()
    self.index.note(made.record, live=True)
    writing.refresh(made.snapshot)
    writing.append(made)
    return made.record


def hint_after_the_session_is_there(self: Any, agent_id: str, drafts: Any) -> Any:
    made = commit(None, 0, NOTHING_BEFORE, drafts)
    self._get_ready()
    files = {journal.NAME: made.lines, session.SNAPSHOT: made.snapshot}
    self.root.add_folder(agent_id, files)
    self.index.note(made.record, live=True)
    return made.record


def announce_nothing(self: Any, before: Any, after: Any) -> None:
    """A request is hinted at by what follows the journal alone."""


def fill_the_folder_in_place(self: Any, name: str, files: Any) -> None:
    folder = self.open()
    root._fill_folder(name, folder, files)
    disk.close(folder)


def read_the_journal_first(agent_id: str, folder: int) -> Any:
    try:
        opened = journal.open_journal(folder)
    except FileNotFoundError:
        return session.weigh(agent_id, session.read_snapshot(folder), None)
    try:
        return session.weigh(agent_id, session.read_snapshot(folder), opened)
    finally:
        disk.close(opened.descriptor)


def enter_an_edit_alone(base: Any, by_hand: Any, _: str | None) -> Any:
    return edited(base, by_hand, None)


def enter_an_import_alone(agent_id: str, snapshot: bytes) -> Any:
    found = imported(agent_id, snapshot)
    assert found.pending is not None
    del found.pending[1][session.TAKEN_FROM]
    return found


edited, imported = session._edited, session._imported


def take_no_lock(folder: int, *, shared: bool) -> int:
    return index._lock_file(folder)


# --- where each is caught ---------------------------------------------------------------------


def by_errors(operation: str) -> Callable[[str], list[str]]:
    def look(folder: str) -> list[str]:
        sweep = Sweep(OPERATIONS[operation], folder)
        return sweep.run(errors_at(len(sweep.calls)))

    return look


def by_ends(operation: str) -> Callable[[str], list[str]]:
    def look(folder: str) -> list[str]:
        sweep = Sweep(OPERATIONS[operation], folder)
        return sweep.run(ends_at(sweep.calls))

    return look


def by_power_cuts(life: str) -> Callable[[str], list[str]]:
    return lambda folder: Cuts(LIVES[life], folder).run(samples=5)


def by_another(
    ours: str, theirs: str, prepared: str = "a sound one"
) -> Callable[[str], list[str]]:
    return lambda folder: Interleaving(
        folder, PREPARED[prepared], deeds("ours")[ours], deeds("theirs")[theirs]
    ).run()


class Mutant(NamedTuple):
    owner: Any
    instead: dict[str, Any]
    caught: Callable[[str], list[str]]


MUTANTS: dict[str, Mutant] = {
    "no lock": Mutant(writes, {"lock": do_nothing}, by_another("update", "update")),
    "reading before the lock": Mutant(
        locked.LockedSession,
        {"_wait": read_before_the_lock, "_read": do_nothing},
        by_another("update", "update"),
    ),
    "no look at the folder after the lock": Mutant(
        disk, {"is_same_folder": say_yes}, by_another("update", "be killed while removing")
    ),
    "no sync of the journal": Mutant(
        writes, {"sync_data": do_nothing}, by_power_cuts("create")
    ),
    "no sync of an update": Mutant(
        writes, {"sync_data": do_nothing}, by_power_cuts("update after a crash")
    ),
    "no sync of the folder": Mutant(
        writes, {"sync_folder": do_nothing}, by_power_cuts("create")
    ),
    "no sync of a new store's place": Mutant(
        writes, {"_sync_names_in": do_nothing}, by_power_cuts("create in a new store")
    ),
    "a failed sync is passed over": Mutant(
        writes, {"sync_data": keep_syncing_though_it_fails}, by_errors("update")
    ),
    "the snapshot before the journal": Mutant(
        store.FileStore, {"_write": write_the_snapshot_first}, by_ends("update")
    ),
    "the snapshot before the journal, at a power cut": Mutant(
        store.FileStore,
        {"_write": write_the_snapshot_first},
        by_power_cuts("create and update"),
    ),
    "a torn tail is not cut off": Mutant(
        journal, {"cut_torn_tail": do_nothing}, by_ends("update a torn one")
    ),
    "half a change is believed": Mutant(
        journal, {"acknowledged": journal.event_of}, by_ends("update in two steps")
    ),
    "a hole in a change is not seen": Mutant(
        journal, {"_is_whole": say_yes}, by_power_cuts("import")
    ),
    "a short write is taken for a whole one": Mutant(
        disk, {"write_all": take_what_was_written_for_all}, by_ends("update")
    ),
    "a new session is filled in place": Mutant(
        root.Root, {"add_folder": fill_the_folder_in_place}, by_ends("add")
    ),
    "the hint after the session": Mutant(
        store.FileStore, {"add": hint_after_the_session_is_there}, by_ends("add")
    ),
    "the hint of a request after the journal": Mutant(
        store.FileStore, {"_announce": announce_nothing}, by_ends("ask")
    ),
    "an edit is not known again": Mutant(
        session, {"_edited": enter_an_edit_alone}, by_errors("update an edited one")
    ),
    "an import is not known again": Mutant(
        session, {"_imported": enter_an_import_alone}, by_errors("import one")
    ),
    "errors are not translated": Mutant(
        disk, {"refused": leave_errors_as_they_are}, by_errors("get")
    ),
    "the journal is read before the snapshot": Mutant(
        session, {"read_session": read_the_journal_first}, by_another("read", "update")
    ),
    "no lock of the index": Mutant(
        index, {"locked": take_no_lock}, by_another("rebuild the index", "add another")
    ),
    "an index that outlives the machine's start": Mutant(
        glance, {"is_trusted": say_yes}, by_power_cuts("create")
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_store_that_lacks_a_care_is_caught(
    scratch: str, mutant: Mutant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, instead in mutant.instead.items():
        monkeypatch.setattr(mutant.owner, name, instead)

    assert mutant.caught(scratch) != []
