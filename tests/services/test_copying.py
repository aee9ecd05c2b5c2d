"""A copy is the same store once more: every record, every chain, and nothing of the source is
touched.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.errors import InvalidValueError
from agent_session.core.store import Query
from agent_session.services.copying import Copying
from agent_session.stores.files.store import FileStore
from agent_session.stores.memory import MemoryStore
from agent_session.stores.postgres.store import open_postgres
from agent_session.stores.sqlite.store import open_sqlite
from tests.examples import finalized, updated
from tests.stores.approvals import asked
from tests.stores.calls import add, change
from tests.stores.contract_of_compacting import shorten
from tests.stores.contract_of_hosts import a_host
from tests.stores.folders import SessionFolder, leave_session_of_the_first_implementation, write

if TYPE_CHECKING:
    from pathlib import Path

    from agent_session.core.store import Store

KILLED_AFTER = 37
PROGRAM = f"""
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from agent_session.services import copying
from agent_session.wiring import open_store

copying._BATCH = 5
copied = 0

def kill_in_the_middle(found):
    for number, record in enumerate(found):
        if number == {KILLED_AFTER}:
            os.kill(os.getpid(), signal.SIGKILL)
        yield record

copying.Copying(open_store(sys.argv[2]), open_store(sys.argv[3])).copy(kill_in_the_middle)
"""


@pytest.fixture
def source(tmp_path: Path) -> Store:
    """100 sessions in every state, and the delegation log."""
    store = FileStore(str(tmp_path / "source"))
    for number in range(100):
        agent_id = f"s{number:03}"
        add(store, agent_id, number, agent_name=f"x{number % 7}", host=a_host(f"a{number}"))
        if number % 2:
            change(store, agent_id, updated(number + 1, phase="planning"), asked(number))
        if number % 3 == 0:
            change(store, agent_id, finalized(minutes=number + 2))
    store.note({"n": 1}, {"n": 2})
    return store


def told(store: Store) -> dict[str, Any]:
    """Everything that can be read of a store."""
    sessions = {
        record["agent_id"]: (record, list(store.events(record["agent_id"])))
        for record in store.scan(Query())
    }
    return {"sessions": sessions, "notes": list(store.notes()), "count": store.count()}


def copy(source: Store, target: Store) -> tuple[int, int, int, int]:
    copying = Copying(source, target)
    copying.copy()
    copied = copying.verify()
    assert copied.failed == {}
    return copied.new, copied.further, copied.same, copied.verified


def test_a_copy_through_every_store_and_back_is_the_same(
    source: Store, tmp_path: Path, postgres_url: str
) -> None:
    before = told(source)
    here = source
    for there in (
        open_sqlite(str(tmp_path / "sessions.db")),
        open_postgres(postgres_url),
        FileStore(str(tmp_path / "back")),
        MemoryStore(),
    ):
        assert copy(here, there) == (100, 0, 0, 100)
        assert told(there) == before
        here = there

    assert told(source) == before


@pytest.mark.parametrize("kind", ["files", "sqlite"])
def test_a_copy_that_was_killed_goes_on_where_it_was(
    source: Store, tmp_path: Path, kind: str
) -> None:
    url = f"{kind}:{tmp_path}/target"
    command = [sys.executable, "-c", PROGRAM, "src", f"files:{tmp_path}/source", url]
    ended = subprocess.run(command, env=os.environ, check=False, timeout=60)
    target = open_sqlite(f"{tmp_path}/target") if kind == "sqlite" else FileStore(url[6:])

    assert ended.returncode == -signal.SIGKILL
    assert 0 < target.count() <= KILLED_AFTER
    new, further, same, verified = copy(source, target)
    assert (new + same, further, verified) == (100, 0, 100)
    assert told(target) == told(source)


def test_what_has_happened_since_is_brought_by_another_copy(source: Store) -> None:
    target = MemoryStore()
    copy(source, target)
    change(source, "s001", updated(200), updated(201))
    add(source, "new", 202)
    source.note({"n": 3})

    assert copy(source, target) == (1, 1, 99, 101)
    assert told(target) == told(source)


def a_long_life(*more: Any) -> Store:
    source = MemoryStore()
    add(source, "a")
    change(source, "a", updated(1, phase="planning"), updated(2), updated(3), *more)
    return source


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_journal_that_was_compacted_on_one_side_is_the_same_session(side: str) -> None:
    source, target = a_long_life(finalized(minutes=9)), MemoryStore()
    Copying(source, target).copy()
    {"source": source, "target": target}[side].compact("a", shorten)

    again = Copying(source, target)

    assert (again.copy().same, again.copied.failed) == (1, {})
    assert again.verify().verified == 1


def test_what_was_compacted_comes_with_what_follows() -> None:
    source, target = a_long_life(finalized(minutes=9)), MemoryStore()
    source.compact("a", shorten)
    Copying(source, target).copy()
    change(source, "a", updated(10, metadata={"n": 1}))

    assert Copying(source, target).copy().further == 1
    assert target.get("a") == source.get("a")
    assert list(target.flaws("a")) == []


def test_a_copy_from_before_a_compaction_is_told() -> None:
    source, target = a_long_life(), MemoryStore()
    Copying(source, target).copy()
    change(source, "a", updated(4), finalized(minutes=9))
    source.compact("a", shorten)

    failed = Copying(source, target).copy().failed

    assert "before its journal was compacted: remove it there" in failed["a"]


def test_a_copy_that_is_in_use_is_left_as_it_is(source: Store) -> None:
    target = MemoryStore()
    copy(source, target)
    after = change(target, "s001", updated(300))

    assert copy(source, target) == (0, 0, 100, 100)
    assert target.get("s001") == after


def test_what_a_person_has_changed_by_hand_comes_as_an_event(
    source: Store, tmp_path: Path
) -> None:
    SessionFolder(str(tmp_path / "source"), "s001").edit(metadata={"mended": True})
    target = MemoryStore()

    assert copy(source, target) == (100, 0, 0, 100)
    assert target.get("s001")["metadata"] == {"mended": True}
    assert target.get("s001")["approvals"] == source.get("s001")["approvals"]
    assert copy(source, target) == (0, 0, 100, 100)


def test_sessions_of_the_first_implementation_come_too(tmp_path: Path) -> None:
    leave_session_of_the_first_implementation(str(tmp_path / "old"), "theirs")
    source, target = FileStore(str(tmp_path / "old")), MemoryStore()

    assert copy(source, target) == (1, 0, 0, 1)
    assert target.get("theirs")["metadata"] == {"plan": "apply"}
    assert copy(source, target) == (0, 0, 1, 1)


def test_another_session_of_the_same_id_is_named_and_left_alone(source: Store) -> None:
    target = MemoryStore()
    mine = add(target, "s001", purpose="mine")

    copying = Copying(source, target)
    copying.copy()
    copied = copying.verify()

    assert copied.failed == {"s001": "the target has another session of this id"}
    assert (copied.new, copied.verified, target.get("s001")) == (99, 99, mine)


def test_one_that_the_target_refuses_keeps_back_no_other(source: Store) -> None:
    target = MemoryStore()
    add(target, "mine", host=a_host("a1"))

    copied = Copying(source, target).copy()

    assert list(copied.failed) == ["s001"]
    assert (copied.new, target.count()) == (99, 100)


def test_the_unreadable_is_named_and_the_others_come(source: Store, tmp_path: Path) -> None:
    folder = SessionFolder(str(tmp_path / "source"), "s004")
    for path in (folder.journal, folder.snapshot):
        write(path, b"garbage\n")

    copied = Copying(source, MemoryStore()).copy()

    assert (list(copied.failed), copied.new) == (["s004"], 99)


def test_open_approvals_are_named_for_they_count_in_the_source_alone(source: Store) -> None:
    copied = Copying(source, MemoryStore()).copy()

    assert len(copied.open_approvals) == len(list(source.scan(Query(pending=True)))) > 9


def test_the_delegations_of_a_target_that_has_others_stay_its_own(source: Store) -> None:
    target = MemoryStore()
    target.note({"another": 1})

    assert Copying(source, target).copy().delegations is None
    assert list(target.notes()) == [{"another": 1}]


def test_a_difference_is_found(source: Store) -> None:
    target = MemoryStore()
    copying = Copying(source, target)
    copying.copy()
    target._records["s002"]["purpose"] = "forged"
    target._events["s004"][0]["data"]["purpose"] = "forged"
    del target._records["s006"], target._events["s006"]

    assert sorted(copying.verify().failed) == ["s002", "s004", "s006"]


def test_a_store_is_not_copied_onto_itself(source: Store, tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError):
        Copying(source, FileStore(str(tmp_path / "source"))).copy()


def test_an_empty_source_is_not_made_by_the_copy(tmp_path: Path) -> None:
    source = open_sqlite(str(tmp_path / "none.db"))

    assert copy(source, MemoryStore()) == (0, 0, 0, 0)
    assert list(tmp_path.iterdir()) == []
