"""The file store's hints of what waits: exact or too many, never too few, and cheap."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.chain import draft
from agent_session.core.errors import StateCorruptedError, UnsafeStoreError
from agent_session.core.instants import at
from agent_session.core.store import Query
from agent_session.local import disk
from agent_session.stores.files import inbox, index, pairs
from agent_session.stores.files.store import FileStore
from tests.examples import created, finalized, minutes_later, updated
from tests.faults.seam import Unsynced, standing_in
from tests.stores.approvals import approval_id, asked, claimed, decided
from tests.stores.calls import add, always, change, ids
from tests.stores.folders import SessionFolder, read, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Counting(Unsynced):
    """The system's own calls; *opened* are the names of what was opened."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.count = 0

    def __getattribute__(self, name: str) -> Any:
        if name in {"open", "stat", "write", "flock", "rename", "exchange", "unlink"}:
            self.count += 1
        return super().__getattribute__(name)

    def open(self, path: str, *rest: Any, **more: Any) -> int:
        self.opened.append(os.path.basename(path))
        return disk.SystemCalls.open(path, *rest, **more)


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Twelve sessions, of which a and b wait, c had its answer and d is at its end."""
    store = FileStore(str(tmp_path / "session"))
    for minutes, agent_id in enumerate("abcdefghijkl"):
        add(store, agent_id, minutes)
    for number, agent_id in enumerate("abcd"):
        change(store, agent_id, asked(number, 20 + number))
    change(store, "c", decided(2, 30))
    change(store, "d", finalized(minutes=31))
    return store.root.path


def log(path: str, name: str = "pending") -> str:
    return f"{path}/.index/{name}"


def pending(path: str) -> str:
    return "".join(ids(FileStore(path), pending=True))


def holder(path: str, number: int) -> str:
    return "".join(ids(FileStore(path), approval_id=approval_id(number)))


def opened_by(path: str, **conditions: Any) -> set[str]:
    """The sessions that a scan opens."""
    calls = Counting()
    with standing_in(calls):
        list(FileStore(path).scan(Query(**conditions)))
    return set(calls.opened) & set("abcdefghijkl")


def lose_the_index(path: str) -> None:
    shutil.rmtree(f"{path}/.index")


def lose_the_mark(path: str) -> None:
    os.unlink(f"{path}/.index/trusted")


def another_boot(path: str) -> None:
    write(f"{path}/.index/trusted", b"another boot")


def plant_links(path: str) -> None:
    for name in ("pending", "approvals"):
        os.unlink(log(path, name))
        os.symlink("/etc/passwd", log(path, name))


DAMAGE = (lose_the_index, lose_the_mark, another_boot, plant_links)


def test_only_what_waits_is_read(path: str) -> None:
    assert opened_by(path, pending=True) == {"a", "b"}
    assert opened_by(path, approval_id=approval_id(2)) == {"c"}
    assert opened_by(path, approval_id="ap-nonsense") == set()


def test_an_approval_whose_hint_was_lost_is_found(path: str) -> None:
    os.unlink(log(path, "approvals"))

    assert [holder(path, number) for number in range(5)] == ["a", "b", "c", "d", ""]


def test_an_approval_that_somebody_else_is_hinted_to_hold_is_found(path: str) -> None:
    lines = read(log(path, "approvals"))
    write(log(path, "approvals"), lines.replace(b'"c"', b'"e"').replace(b'"d"', b'"gone"'))

    assert [holder(path, number) for number in range(4)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("damage", DAMAGE)
def test_readers_do_without_what_cannot_be_trusted(
    path: str, damage: Callable[[str], None]
) -> None:
    damage(path)

    assert (pending(path), holder(path, 0), holder(path, 3)) == ("ba", "a", "d")


@pytest.mark.parametrize("damage", DAMAGE[:3])
def test_the_next_write_rebuilds_it(path: str, damage: Callable[[str], None]) -> None:
    damage(path)

    change(FileStore(path), "e", updated(40))

    assert FileStore(path).index.is_trusted()
    assert opened_by(path, pending=True) == {"a", "b"}
    assert [opened_by(path, approval_id=approval_id(number)) for number in range(4)] == [
        {agent_id} for agent_id in "abcd"
    ]


def test_a_planted_link_is_neither_read_nor_written_to(path: str) -> None:
    plant_links(path)

    with pytest.raises(UnsafeStoreError):
        change(FileStore(path), "e", asked(9, 40))
    FileStore(path).repair(None)

    assert not os.path.islink(log(path))
    assert (pending(path), holder(path, 3)) == ("ba", "d")
    assert FileStore(path).get("e")["approvals"] == []


def test_a_hint_of_a_writer_that_is_under_way_outlives_a_rebuild(path: str) -> None:
    after = {**FileStore(path).get("e"), "approvals": [asked(9)["data"]["approval"]]}
    inbox.announce(path, FileStore(path).get("e"), after)  # type: ignore[arg-type]

    FileStore(path).repair(None)

    assert inbox.holders(path, approval_id(9)) == ["e"]
    assert sorted(inbox.pending(path) or ()) == ["a", "b", "e"]
    assert (pending(path), holder(path, 9)) == ("ba", "")


def test_what_does_not_concern_an_approval_costs_nothing(path: str) -> None:
    store = FileStore(path)
    store.add("m", [created("m", 40)])
    change(store, "m", updated(41))
    calls = Counting()
    with standing_in(calls):
        change(store, "m", updated(42))
        in_vain = calls.count
        change(store, "a", updated(43))  # its approvals stay as they are
        change(store, "a", updated(44))
        calls.count = 0
        change(store, "a", updated(45))

    assert not {"pending", "approvals"} & set(calls.opened)
    assert calls.count == in_vain


def test_a_claim_costs_less_than_an_update(path: str) -> None:
    store, calls = FileStore(path), Counting()
    change(store, "e", updated(40))
    with standing_in(calls):
        change(store, "f", claimed(41))

    assert not [name for name in calls.opened if name.endswith(".jsonl") and "a-" in name]


@pytest.mark.parametrize(
    "before", ["imported", "revived by hand", "of another task"], ids=lambda each: each
)
def test_a_claim_leaves_no_live_session_without_a_hint(path: str, before: str) -> None:
    folder = SessionFolder(path, "e")
    if before == "imported":
        os.unlink(folder.journal)
        lines = read(f"{path}/.index/a-unknown.jsonl").splitlines(keepends=True)
        write(
            f"{path}/.index/a-unknown.jsonl",
            b"".join(line for line in lines if b'"e"' not in line),
        )
    elif before == "revived by hand":
        change(FileStore(path), "e", finalized(minutes=40))
        folder.edit(phase="planning", last_updated=at(minutes_later(40)))
    else:
        folder.edit(metadata={"task_id": "T2"})

    change(FileStore(path), "e", claimed(41))

    assert "e" in ids(FileStore(path), live=True, agent_name="unknown", task_id="T2")


def test_a_phase_that_a_person_ended_by_hand_ends_the_wait(path: str) -> None:
    SessionFolder(path, "a").edit(phase="completed")
    assert pending(path) == "b"

    change(FileStore(path), "a", draft("edited", at(minutes_later(50)), "test", fields={}))

    assert opened_by(path, pending=True) == {"b"}


def test_a_clock_that_was_set_back_revives_nothing(path: str) -> None:
    change(FileStore(path), "a", decided(0, 5))  # long before it was asked for

    assert opened_by(path, pending=True) == {"b"}
    change(FileStore(path), "a", asked(9, 4))
    assert sorted(pending(path)) == ["a", "b"]


def test_the_logs_are_compacted_and_keep_all_that_counts(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_SMALLEST_TO_COMPACT", 1 << 10)
    store = FileStore(path)
    with standing_in(Unsynced()):
        for number in range(10, 110):
            agent_id = f"short-lived-{number}"
            add(store, agent_id, 2 * number)
            change(store, agent_id, asked(number, 2 * number))
            store.remove(agent_id, at(minutes_later(2 * number + 1)), always)
            assert os.path.getsize(log(path)) < 4 << 10
            assert os.path.getsize(log(path, "approvals")) < 4 << 10

    assert opened_by(path, pending=True) == {"a", "b"}
    assert [opened_by(path, approval_id=approval_id(number)) for number in range(4)] == [
        {agent_id} for agent_id in "abcd"
    ]


def test_a_torn_line_spoils_no_other(path: str) -> None:
    for name, torn in (("pending", b'\n["+", "2026-'), ("approvals", b'\n["+","ap-00')):
        whole = [b"\n" + line + b"\n" for line in read(log(path, name)).splitlines() if line]
        for number in range(len(whole) + 1):
            write(log(path, name), b"".join([*whole[:number], torn, *whole[number:]]))
            assert opened_by(path, pending=True) == {"a", "b"}
            assert opened_by(path, approval_id=approval_id(1)) == {"b"}
        write(log(path, name), b"".join([torn, *whole, b"\xff\0" * 9]))
    change(FileStore(path), "e", asked(9, 40))
    inbox._compact_approvals(disk.open_folder(f"{path}/.index"))

    assert opened_by(path, approval_id=approval_id(1)) == {"b"}
    assert opened_by(path, approval_id=approval_id(9)) == {"e"}


def test_an_approval_is_found_wherever_it_stands_in_a_long_log(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "_BLOCK", 64)
    with open(log(path, "approvals"), "ab") as file:
        for number in range(100, 200):
            agent_id = "x" * (number % 128 + 1)
            file.write(pairs.lines("+", agent_id, [approval_id(number)]))

    for number in range(100, 200):
        assert inbox.holders(path, approval_id(number)) == ["x" * (number % 128 + 1)]


def test_an_unreadable_holder_is_told_of(path: str) -> None:
    write(SessionFolder(path, "c").journal, b"")
    write(SessionFolder(path, "c").snapshot, b"")
    told: list[StateCorruptedError] = []

    found = list(FileStore(path).scan(Query(approval_id=approval_id(2)), told.append))

    assert (found, [error.agent_id for error in told]) == ([], ["c"])
