"""Something stands where a file of the store belongs: it is not followed, and nothing hangs."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from agent_session.core.errors import (
    AgentSessionError,
    InvalidAgentIdError,
    StateCorruptedError,
    UnsafeStoreError,
)
from agent_session.core.instants import at
from agent_session.core.store import Query
from agent_session.stores.files.store import FileStore
from tests.examples import minutes_later, updated
from tests.stores.calls import add, always, change, ids
from tests.stores.folders import SessionFolder, read, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PRECIOUS = b"what somebody else has written\n"


def plant_link(path: str, precious: str) -> None:
    os.symlink(precious, path)


def plant_link_to_nothing(path: str, precious: str) -> None:
    os.symlink(f"{precious}.new", path)


def plant_hard_link(path: str, precious: str) -> None:
    os.link(precious, path)


def plant_fifo(path: str, _: str) -> None:
    os.mkfifo(path)


def plant_folder(path: str, _: str) -> None:
    os.mkdir(path)


PLANTS = (plant_link, plant_link_to_nothing, plant_hard_link, plant_fifo, plant_folder)
IN_THE_SESSION = ("state.json", "journal.jsonl", ".lock", ".state.json.tmp")
IN_THE_STORE = (
    ".store.json",
    ".gitignore",
    ".index/trusted",
    ".index/lock",
    ".index/a-x.jsonl",
    ".index/.trusted.tmp",
    ".delegations.jsonl",
    ".removed.jsonl",
)


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A FIFO that is opened as a file waits for ever: then the alarm ends the test."""
    signal.alarm(20)
    yield
    signal.alarm(0)


@pytest.fixture
def precious(tmp_path: Path) -> Iterator[str]:
    """A file that nothing here may write to."""
    path = str(tmp_path / "precious")
    write(path, PRECIOUS)
    os.chmod(path, 0o640)
    yield path
    assert read(path) == PRECIOUS
    assert os.stat(path).st_mode & 0o777 == 0o640
    assert not os.path.lexists(f"{path}.new")


@pytest.fixture
def path(tmp_path: Path) -> str:
    store = FileStore(str(tmp_path / "session"))
    for agent_id in "ab":
        add(store, agent_id, agent_name="x")
        change(store, agent_id, updated(phase="planning"))
    store.note({"n": 1})
    return store.root.path


def put(plant: Callable[[str, str], None], path: str, precious: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)
    plant(path, precious)


def do_everything(store: FileStore) -> list[str]:
    """Every method on every session; the words of the refusals."""
    calls: list[Callable[[], object]] = [
        lambda: store.note({"n": 2}),
        lambda: list(store.notes()),
        lambda: ids(store),
        lambda: ids(store, live=True, agent_name="x"),
        lambda: add(store, "c", agent_name="x"),
        lambda: store.remove("c", at(minutes_later(3)), always),
        store.sweep,
        lambda: store.repair(None),
    ]
    for agent_id in "ab":
        calls += [
            lambda agent_id=agent_id: store.get(agent_id),  # type: ignore[misc]
            lambda agent_id=agent_id: list(store.events(agent_id)),  # type: ignore[misc]
            lambda agent_id=agent_id: store.flaws(agent_id),  # type: ignore[misc]
            lambda agent_id=agent_id: store.repair(agent_id),  # type: ignore[misc]
            lambda agent_id=agent_id: change(store, agent_id, updated(2)),  # type: ignore[misc]
        ]
    refusals = []
    for call in calls:
        try:
            call()
        except AgentSessionError as error:
            refusals.append(error.code)
    return refusals


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", IN_THE_SESSION)
def test_nothing_in_a_session_s_folder_is_followed(
    path: str, precious: str, name: str, plant: Callable[[str, str], None]
) -> None:
    put(plant, f"{path}/a/{name}", precious)

    do_everything(FileStore(path))

    unplanted = FileStore(path).get("b")
    assert (unplanted["phase"], unplanted["revision"]) == ("planning", 3)


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", IN_THE_STORE)
def test_nothing_in_the_store_s_folder_is_followed(
    path: str, precious: str, name: str, plant: Callable[[str, str], None]
) -> None:
    put(plant, f"{path}/{name}", precious)

    do_everything(FileStore(path))

    for agent_id in "ab":
        assert FileStore(path).get(agent_id)["phase"] == "planning"


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_snapshot_is_rebuilt_from_the_journal(
    path: str, precious: str, plant: Callable[[str, str], None]
) -> None:
    put(plant, f"{path}/a/state.json", precious)
    store = FileStore(path)

    assert store.get("a")["phase"] == "planning"
    assert change(store, "a", updated(2, metadata={"n": 1}))["metadata"] == {"n": 1}
    assert FileStore(path).get("a")["metadata"] == {"n": 1}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_journal_makes_the_session_unreadable_and_is_left_there(
    path: str, precious: str, plant: Callable[[str, str], None]
) -> None:
    put(plant, f"{path}/a/journal.jsonl", precious)
    store, told = FileStore(path), list[StateCorruptedError]()

    with pytest.raises(StateCorruptedError):
        store.get("a")
    with pytest.raises(StateCorruptedError):
        change(store, "a", updated(2))
    assert [each["agent_id"] for each in store.scan(Query(), told.append)] == ["b"]
    assert [error.agent_id for error in told] == ["a"]
    assert os.path.lexists(f"{path}/a/journal.jsonl")


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_lock_stops_writers_and_no_reader(
    path: str, precious: str, plant: Callable[[str, str], None]
) -> None:
    put(plant, f"{path}/a/.lock", precious)
    store = FileStore(path)

    with pytest.raises(UnsafeStoreError):
        change(store, "a", updated(2))
    assert store.get("a")["revision"] == 2


@pytest.mark.parametrize("name", [".index/trusted", ".index/a-x.jsonl", ".index"])
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_index_hides_no_session(
    path: str, precious: str, plant: Callable[[str, str], None], name: str
) -> None:
    if name == ".index":
        os.rename(f"{path}/.index", f"{path}/../elsewhere")
    put(plant, f"{path}/{name}", precious)

    assert sorted(ids(FileStore(path), live=True)) == ["a", "b"]
    assert sorted(ids(FileStore(path), live=True, agent_name="x")) == ["a", "b"]


@pytest.mark.parametrize("agent_id", ["../outside", "./a/../../outside", "/{}/outside", "a/"])
def test_no_id_leads_out_of_the_folder(path: str, tmp_path: Path, agent_id: str) -> None:
    add(FileStore(str(tmp_path)), "outside")
    outside = SessionFolder(str(tmp_path), "outside")
    before = [read(outside.journal), read(outside.snapshot)]
    store, named = FileStore(path), agent_id.format(tmp_path)

    for call in (
        lambda: store.get(named),
        lambda: add(store, named),
        lambda: change(store, named, updated(2)),
        lambda: store.events(named),
        lambda: store.remove(named, at(minutes_later(3)), always),
        lambda: store.repair(named),
    ):
        with pytest.raises(InvalidAgentIdError):
            call()

    assert [read(outside.journal), read(outside.snapshot)] == before
    assert sorted(ids(store)) == ["a", "b"]


def test_a_folder_that_is_a_link_is_no_session(path: str, tmp_path: Path) -> None:
    os.rename(f"{path}/a", tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", f"{path}/a")
    elsewhere = SessionFolder(str(tmp_path), "elsewhere")
    before = {name: read(f"{elsewhere.path}/{name}") for name in elsewhere.names()}
    store = FileStore(path)

    for call in (
        lambda: store.get("a"),
        lambda: change(store, "a", updated(2)),
        lambda: store.events("a"),
        lambda: store.flaws("a"),
        lambda: store.remove("a", at(minutes_later(3)), always),
    ):
        with pytest.raises(StateCorruptedError):
            call()
    with pytest.raises(AgentSessionError):
        add(store, "a")

    assert ids(store) == ids(store, live=True) == ["b"]
    assert {name: read(f"{elsewhere.path}/{name}") for name in elsewhere.names()} == before


@pytest.mark.parametrize("plant", PLANTS[:-1])
def test_a_file_with_the_name_of_a_session_is_none(
    path: str, precious: str, plant: Callable[[str, str], None]
) -> None:
    plant(f"{path}/c", precious)
    store = FileStore(path)

    with pytest.raises(AgentSessionError):
        add(store, "c")
    with pytest.raises(AgentSessionError):
        store.get("c")
    assert sorted(ids(store)) == ["a", "b"]


def test_a_store_that_is_a_link_is_refused_whole(path: str, tmp_path: Path) -> None:
    link = str(tmp_path / "link")
    os.symlink(path, link)
    before = sorted(os.listdir(path))
    store = FileStore(link)

    refusals = do_everything(store)

    assert set(refusals) == {"unsafe_store"}
    assert sorted(os.listdir(path)) == before
    assert FileStore(path).get("a")["revision"] == 2


@pytest.mark.parametrize("plant", PLANTS[2:4])
def test_a_store_that_is_no_folder_is_refused_whole(
    tmp_path: Path, precious: str, plant: Callable[[str, str], None]
) -> None:
    plant(str(tmp_path / "session"), precious)

    refusals = do_everything(FileStore(str(tmp_path / "session")))

    assert set(refusals) == {"unsafe_store"}


def test_what_a_planted_leftover_points_to_is_not_swept(path: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    write(str(tmp_path / "elsewhere" / "precious"), PRECIOUS)
    os.symlink(tmp_path / "elsewhere", f"{path}/.gone-a")

    FileStore(path).sweep()
    FileStore(path).remove("a", at(minutes_later(3)), always)

    assert read(str(tmp_path / "elsewhere" / "precious")) == PRECIOUS
    assert ids(FileStore(path)) == ["b"]
