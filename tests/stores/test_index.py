"""The file store's index is a hint: rebuilt when in doubt, never short of a live session."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from agent_session.core.instants import at
from agent_session.core.store import Query
from agent_session.local import disk
from agent_session.stores.files import glance
from agent_session.stores.files import index as index_module
from agent_session.stores.files.store import FileStore
from tests.examples import finalized, minutes_later, updated
from tests.stores.calls import add, always, change, ids
from tests.stores.folders import read, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Six sessions of two agents: a, b and c live (c the newest), d to f at an end."""
    store = FileStore(str(tmp_path / "session"))
    for minutes, agent_id in enumerate("abcdef"):
        add(store, agent_id, minutes, agent_name="xy"[minutes % 2])
        change(store, agent_id, updated(minutes + 0.5, phase="planning"))
    for agent_id in "def":
        change(store, agent_id, finalized(minutes=10))
    return store.root.path


@pytest.fixture
def another_boot(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(disk, "_boot", "another start of the machine")
    return disk.boot()


def log(path: str, agent_name: str = "x") -> str:
    return f"{path}/.index/a-{agent_name}.jsonl"


def hinted(path: str, agent_name: str = "x") -> list[str]:
    """What the index alone says is live, newest activity first."""
    hints = FileStore(path).index.live(agent_name)
    assert hints is not None
    return [hint.agent_id for hint in hints]


def live(path: str, agent_name: str | None = None) -> str:
    return "".join(ids(FileStore(path), live=True, agent_name=agent_name))


def empty(path: str) -> None:
    write(path, b"")


def garble(path: str) -> None:
    write(path, b"\0\xff" * 99)


def remove_all(path: str) -> None:
    for name in os.listdir(path):
        os.unlink(f"{path}/{name}")


DAMAGE: dict[str, Callable[[str], None]] = {
    "no index": lambda path: shutil.rmtree(f"{path}/.index"),
    "an empty index": lambda path: remove_all(f"{path}/.index"),
    "no mark": lambda path: os.unlink(f"{path}/.index/trusted"),
    "an empty mark": lambda path: empty(f"{path}/.index/trusted"),
    "a garbled mark": lambda path: garble(f"{path}/.index/trusted"),
    "another boot's": lambda path: write(f"{path}/.index/trusted", b"another boot"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_readers_do_without_an_index_that_cannot_be_trusted(
    path: str, damage: Callable[[str], None]
) -> None:
    damage(path)

    assert (live(path), live(path, "x"), live(path, "y")) == ("cba", "ca", "b")
    assert not FileStore(path).index.is_trusted()


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_the_next_write_rebuilds_it(path: str, damage: Callable[[str], None]) -> None:
    damage(path)

    change(FileStore(path), "b", updated(20))

    assert FileStore(path).index.is_trusted()
    assert (hinted(path, "x"), hinted(path, "y")) == (["c", "a"], ["b"])
    assert live(path) == "bca"


def test_a_store_that_is_kept_open_notices_that_its_index_is_gone(path: str) -> None:
    store = FileStore(path)
    change(store, "b", updated(20))
    shutil.rmtree(f"{path}/.index")

    change(store, "a", updated(21))

    assert hinted(path) == ["a", "c"]
    assert ids(store, live=True) == ["a", "b", "c"]


def test_an_index_of_another_boot_is_rebuilt(path: str, another_boot: str) -> None:
    assert not FileStore(path).index.is_trusted()

    add(FileStore(path), "g", 30, agent_name="x")

    assert read(f"{path}/.index/trusted").decode() == another_boot
    assert hinted(path) == ["g", "c", "a"]


def test_a_garbled_line_spoils_no_other(path: str) -> None:
    written = [b"\n" + line + b"\n" for line in read(log(path)).splitlines() if line]

    for number in range(len(written) + 1):
        torn = [*written[:number], b'\n["+", "2026-', *written[number:]]
        write(log(path), b"".join(torn))
        assert hinted(path) == ["c", "a"]


@pytest.mark.parametrize("line", [b"", b"[]", b"null", b'["+",1,2,3]', b'["+","",["a"],null]'])
def test_what_is_no_hint_is_passed_over(path: str, line: bytes) -> None:
    with open(log(path), "ab") as file:
        file.write(line + b"\n")

    assert hinted(path) == ["c", "a"]


def test_a_session_that_ended_is_no_longer_hinted_at(path: str) -> None:
    store = FileStore(path)
    change(store, "a", finalized(minutes=20))

    assert hinted(path) == ["c"]
    store.remove("c", at(minutes_later(30)), always)
    assert hinted(path) == []
    assert glance.log_of("x") not in os.listdir(f"{path}/.index")


def test_a_hint_of_what_is_not_there_is_passed_over(path: str) -> None:
    shutil.rmtree(f"{path}/c")

    assert hinted(path) == ["c", "a"]
    assert live(path, "x") == "a"


def test_the_end_of_a_removed_session_does_not_hide_its_successor(path: str) -> None:
    store = FileStore(path)
    before = store.get("a")
    store.remove("a", at(minutes_later(20)), always)
    add(store, "a", 21, agent_name="x")

    store.index.note(before, live=False)  # as by a remover that was held up until now

    assert hinted(path) == ["a", "c"]


def test_the_newest_hint_stays_right_where_another_process_writes_between(path: str) -> None:
    ours, theirs = FileStore(path), FileStore(path)
    change(ours, "a", updated(20))
    change(theirs, "c", updated(21))
    change(ours, "a", updated(22))

    assert hinted(path) == ["a", "c"]


def test_the_busiest_session_does_not_fill_its_log(path: str) -> None:
    store = FileStore(path)
    change(store, "a", updated(20))
    before = read(log(path))

    for minutes in range(21, 60):
        change(store, "a", updated(minutes))

    assert read(log(path)) == before


@pytest.mark.parametrize("agent_name", ["x", "名前"])
def test_a_log_is_compacted_and_keeps_all_that_is_live(
    path: str, monkeypatch: pytest.MonkeyPatch, agent_name: str
) -> None:
    monkeypatch.setattr(index_module, "_SMALLEST_TO_COMPACT", 2 << 10)
    store = FileStore(path)
    add(store, "kept", 11, agent_name=agent_name)
    for minutes in range(20, 100):
        agent_id = f"short-lived-{minutes}"
        add(store, agent_id, minutes, agent_name=agent_name)
        change(store, agent_id, finalized(minutes=minutes + 0.5))
        assert os.path.getsize(f"{path}/.index/{glance.log_of(agent_name)}") < 6 << 10

    assert "kept" in hinted(path, agent_name)
    assert hinted(path, agent_name) == [
        agent_id for agent_id in ("kept", "c", "a") if agent_id in live(path, agent_name)
    ]


def test_a_repair_rebuilds_the_index_from_the_records(path: str) -> None:
    write(log(path), b"")
    assert hinted(path) == []

    FileStore(path).repair(None)

    assert hinted(path) == ["c", "a"]


def test_tasks_keep_apart_already_in_the_index(path: str) -> None:
    store = FileStore(path)
    change(store, "a", updated(20, metadata={"task_id": "T1"}))
    change(store, "c", updated(21, metadata={"task_id": "T2"}))

    found = store.scan(Query(agent_name="x", task_id="T1", live=True))

    assert [record["agent_id"] for record in found] == ["a"]


def test_the_index_holds_no_more_than_it_needs(path: str) -> None:
    hints = [json.loads(line) for line in read(log(path)).splitlines() if line]

    assert {mark for mark, *_ in hints} == {"+", "-"}
    assert {len(hint) for hint in hints} == {4}
