"""An SQLite store's files: nobody else's to read, nothing followed, made by no reader."""

from __future__ import annotations

import os
import shutil
import signal
import stat
from _sqlite3 import connect
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.errors import (
    AgentSessionError,
    SessionNotFoundError,
    StoreError,
    StoreUnavailableError,
    UnsafeStoreError,
)
from agent_session.core.instants import at
from agent_session.local import disk
from agent_session.stores.sqlite.connections import BESIDE
from agent_session.stores.sqlite.store import open_sqlite
from tests.examples import minutes_later, updated
from tests.faults.processes import run_as_ordinary_user
from tests.faults.seam import standing_in
from tests.stores.calls import add, always, change, ids
from tests.stores.folders import read, write
from tests.stores.test_files import MOUNTS, OnDevice
from tests.stores.test_planted_files import PLANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent_session.core.store import Store

PRECIOUS = b"what somebody else has written\n"
# Names that mean something in a URL, in SQL or to a shell.
ODD_NAMES = ("a b.db", "50%.db", "what?mode=memory", "x#y.db", "%41.db", "'\";--", "é\u2028.db")


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A FIFO that is opened as a file waits for ever: then the alarm ends the test."""
    signal.alarm(30)
    yield
    signal.alarm(0)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "sessions.db")


@pytest.fixture
def precious(tmp_path: Path) -> Iterator[str]:
    """A file that nothing here may write to."""
    path = str(tmp_path / "precious")
    write(path, PRECIOUS)
    os.chmod(path, 0o640)
    yield path
    assert read(path) == PRECIOUS
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640
    assert not os.path.lexists(f"{path}.new")


def do_everything(store: Store) -> list[type[Exception] | None]:
    """Every method that reads, and every one that writes; the refusals."""
    calls: list[Callable[[], object]] = [
        lambda: store.get("a"),
        lambda: ids(store),
        lambda: ids(store, live=True, agent_name="x"),
        lambda: list(store.events("a")),
        lambda: list(store.notes()),
        lambda: store.flaws("a"),
        lambda: store.watch(None).close(),
        lambda: add(store, "c"),
        lambda: change(store, "a", updated()),
        lambda: store.remove("a", at(minutes_later(3)), always),
        lambda: store.note({}),
        lambda: store.repair(None),
        store.identity,
        store.sweep,
    ]
    return [refusal_of(call) for call in calls]


def refusal_of(call: Callable[[], object]) -> type[Exception] | None:
    try:
        call()
    except AgentSessionError as error:
        return type(error)
    return None


def files_in(folder: object) -> dict[str, str]:
    """Their names and modes."""
    return {
        each.name: oct(stat.S_IMODE(each.stat(follow_symlinks=False).st_mode))
        for each in os.scandir(str(folder))
    }


# --- modes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("wal", [True, False])
@pytest.mark.parametrize("umask", [0, 0o022, 0o277, 0o777])
def test_nobody_else_can_read_any_file_whatever_the_umask(
    tmp_path: Path, umask: int, wal: bool
) -> None:
    folder = tmp_path / "new"
    before = os.umask(umask)
    try:
        store = open_sqlite(f"{folder}/sessions.db", wal=wal)
        add(store, "a")
        change(store, "a", updated())
        store.note({"n": 1})
        found = files_in(folder)
    finally:
        os.umask(before)

    beside = ("-wal", "-shm") if wal else ("-journal",)
    assert found == {f"sessions.db{each}": "0o600" for each in ("", *beside, "-gate")}
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


@pytest.mark.parametrize("umask", [0, 0o777])
def test_the_umask_locks_no_ordinary_user_out(place_for_all: str, umask: int) -> None:
    def live() -> None:
        os.umask(umask)
        for number in range(2):
            store = open_sqlite(f"{place_for_all}/new/sessions.db")
            add(store, f"s{number}")
            change(store, "s0", updated())

    assert run_as_ordinary_user(live) == 0
    assert set(files_in(f"{place_for_all}/new").values()) == {"0o600"}


# --- who makes what ---------------------------------------------------------------------------


@pytest.mark.parametrize("is_folder_there", [True, False])
def test_no_reader_makes_a_file(tmp_path: Path, is_folder_there: bool) -> None:
    folder = tmp_path / "new"
    if is_folder_there:
        folder.mkdir()
    store = open_sqlite(f"{folder}/sessions.db")

    assert ids(store) == ids(store, live=True) == []
    assert list(store.notes()) == []
    with pytest.raises(SessionNotFoundError):
        store.get("a")
    with store.watch(None) as watch:
        assert not watch.wait(0.03)
    store.sweep()
    store.repair(None)

    assert os.listdir(tmp_path) == (["new"] if is_folder_there else [])
    assert not is_folder_there or os.listdir(folder) == []


def test_the_first_write_makes_the_folders_above_too(tmp_path: Path) -> None:
    store = open_sqlite(f"{tmp_path}/one/two/sessions.db")

    add(store, "a")

    assert stat.S_IMODE(os.stat(tmp_path / "one/two").st_mode) == 0o700
    assert ids(open_sqlite(f"{tmp_path}/one/two/sessions.db")) == ["a"]


def test_what_is_refused_before_the_store_is_asked_makes_no_file(path: str) -> None:
    with pytest.raises(ValueError, match="no agent id"):
        add(open_sqlite(path), "../a")

    assert not os.path.lexists(path)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_is_that_of_one_file(tmp_path: Path, name: str) -> None:
    add(open_sqlite(f"{tmp_path}/{name}"), "a")

    assert ids(open_sqlite(f"{tmp_path}/{name}")) == ["a"]
    assert {each.removesuffix("-gate") for each in os.listdir(tmp_path)} == {
        name,
        *(f"{name}{each}" for each in BESIDE if os.path.exists(f"{tmp_path}/{name}{each}")),
    } - {f"{name}-gate"}


def test_an_empty_file_is_a_store_that_is_not_made_yet(path: str) -> None:
    write(path, b"")

    assert ids(open_sqlite(path)) == []
    assert read(path) == b""
    assert add(open_sqlite(path), "a")["revision"] == 1


# --- what stands where a file of the store belongs --------------------------------------------


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("suffix", ["", *BESIDE])
def test_what_is_no_plain_file_is_refused_and_left_as_it_is(
    path: str, precious: str, plant: Callable[[str, str], None], suffix: str
) -> None:
    add(open_sqlite(path), "a")
    if os.path.lexists(path + suffix):
        os.unlink(path + suffix)
    plant(path + suffix, precious)
    before = os.lstat(path + suffix).st_ino

    refusals = do_everything(open_sqlite(path))

    assert refusals == [UnsafeStoreError] * (len(refusals) - 1) + [None]  # a sweep asks nothing
    assert os.lstat(path + suffix).st_ino == before


@pytest.mark.parametrize("is_foreign_log", [True, False])
def test_a_database_of_somebody_else_is_refused_and_left_as_it_is(
    path: str, is_foreign_log: bool
) -> None:
    other = connect(path, isolation_level=None)
    if is_foreign_log:
        other.execute("PRAGMA journal_mode = wal")
    other.execute("CREATE TABLE sessions (agent_id TEXT, record TEXT)")
    other.execute("INSERT INTO sessions VALUES ('a', 'precious')")
    other.close()
    before = read(path)

    refusals = do_everything(open_sqlite(path))

    assert refusals == [UnsafeStoreError] * (len(refusals) - 1) + [None]
    assert read(path) == before
    with pytest.raises(UnsafeStoreError, match="is a database, but no store of agent-session"):
        add(open_sqlite(path), "a")


def test_what_is_no_database_is_refused_and_left_as_it_is(path: str) -> None:
    write(path, PRECIOUS * 100)

    refusals = do_everything(open_sqlite(path))

    assert refusals == [StoreUnavailableError] * (len(refusals) - 1) + [None]
    assert read(path) == PRECIOUS * 100
    with pytest.raises(StoreUnavailableError, match="is no SQLite database"):
        open_sqlite(path).get("a")


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    os.mkdir(tmp_path / "real")
    add(open_sqlite(f"{tmp_path}/real/sessions.db"), "a")
    os.symlink(tmp_path / "real", tmp_path / "link")

    refusals = do_everything(open_sqlite(f"{tmp_path}/link/sessions.db"))

    assert set(refusals[:-1]) == {UnsafeStoreError}


@pytest.mark.parametrize(("minor", "is_refused"), [(31, True), (1300, True), (99, False)])
def test_a_network_file_system_is_refused_with_the_way_out(
    path: str, tmp_path: Path, minor: int, is_refused: bool
) -> None:
    table = str(tmp_path / "mountinfo")
    write(table, MOUNTS.encode())
    with standing_in(OnDevice(os.makedev(0, minor), table)):
        if not is_refused:
            assert add(open_sqlite(path), "a")["revision"] == 1
            return
        with pytest.raises(UnsafeStoreError, match=r"network file system.*PostgreSQL"):
            add(open_sqlite(path), "a")
    assert os.listdir(tmp_path) == ["mountinfo"]


def test_bytes_that_are_no_text_spoil_one_session_and_no_other(path: str) -> None:
    store = open_sqlite(path)
    before = add(store, "a")
    add(store, "b")
    other = connect(path, isolation_level=None)
    other.execute("UPDATE sessions SET record = CAST(x'ff41' AS TEXT) WHERE agent_id = 'a'")
    other.close()

    assert store.get("a") == before
    assert sorted(ids(store)) == ["a", "b"]
    store.repair("a")
    assert store.flaws("a") == []


# --- the file changes under an open store -----------------------------------------------------


@pytest.mark.parametrize("wal", [True, False])
def test_a_store_that_was_removed_is_empty_and_made_anew(path: str, wal: bool) -> None:
    store = open_sqlite(path, wal=wal)
    add(store, "a")
    for suffix in ("", *BESIDE):
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)

    assert ids(store) == []
    assert not os.path.exists(path)
    add(store, "b")
    assert ids(store) == ids(open_sqlite(path)) == ["b"]


@pytest.mark.parametrize("wal", [True, False])
def test_a_store_that_was_replaced_is_read_and_written_as_it_is_now(
    path: str, tmp_path: Path, wal: bool
) -> None:
    store, backup = open_sqlite(path, wal=wal), open_sqlite(f"{tmp_path}/backup.db", wal=False)
    add(store, "a")
    add(backup, "b")
    for suffix in BESIDE:
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)
    os.rename(f"{tmp_path}/backup.db", path)

    assert ids(store) == ["b"]
    change(store, "b", updated())
    assert open_sqlite(path).get("b")["revision"] == 2


def test_a_watch_goes_on_when_the_store_is_replaced(path: str) -> None:
    store = open_sqlite(path)
    add(store, "a")
    shutil.copy(path, f"{path}.backup")
    with store.watch("a") as watch:
        change(store, "a", updated())
        assert watch.wait(5)
        os.rename(f"{path}.backup", path)
        assert watch.wait(5)
        change(store, "a", updated(2))
        assert watch.wait(5)


# --- the disk ---------------------------------------------------------------------------------


class Failing:
    """The system's own calls, but for the one of that *name*."""

    def __init__(self, name: str, error: int) -> None:
        self._name = name
        self._error = error

    def __getattr__(self, name: str) -> Any:
        if name != self._name:
            return getattr(disk.SystemCalls, name)

        def fail(*_: object, **__: object) -> None:
            raise OSError(self._error, os.strerror(self._error))

        return fail


@pytest.mark.parametrize("name", ["stat", "open", "fstat", "flock"])
def test_a_disk_that_fails_is_told_in_our_words(path: str, name: str) -> None:
    add(open_sqlite(path), "a")

    with standing_in(Failing(name, 5)), pytest.raises(StoreError):
        change(open_sqlite(path), "a", updated())

    assert open_sqlite(path).get("a")["revision"] == 1


def test_a_file_that_may_not_be_written_is_still_read(place_for_all: str) -> None:
    path = f"{place_for_all}/sessions.db"
    add(open_sqlite(path, wal=False), "a")
    for each in os.scandir(place_for_all):
        os.chmod(each.path, 0o644)
    os.chmod(place_for_all, 0o755)

    def look() -> None:
        store = open_sqlite(path)
        assert store.get("a")["revision"] == 1
        assert refusal_of(lambda: change(store, "a", updated())) is StoreUnavailableError

    if os.geteuid() == 0:
        os.chown(place_for_all, 0, 0)
        assert run_as_ordinary_user(look) == 0


def test_a_cleanup_of_nothing_makes_no_store(path: str) -> None:
    now = at(minutes_later(1))

    assert list(open_sqlite(path).remove_finished(now, now)) == []

    assert not os.path.exists(path)
