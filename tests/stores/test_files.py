"""The file store keeps the contract; and what it promises about its own folder."""

from __future__ import annotations

import json
import os
import shutil
import stat
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.chain import NOTHING_BEFORE, flaw_in
from agent_session.core.errors import SessionNotFoundError, UnsafeStoreError
from agent_session.core.events import fold
from agent_session.core.instants import at
from agent_session.core.store import Query
from agent_session.local import disk, mounts
from agent_session.stores.files.store import FileStore
from tests.examples import finalized, minutes_later, updated
from tests.faults.processes import run_as_ordinary_user
from tests.stores.calls import add, always, change, ids
from tests.stores.contract import StoreContract
from tests.stores.folders import (
    THREE_FILES,
    SessionFolder,
    leave_session_of_the_first_implementation,
    modes_below,
    read,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from agent_session.core.store import Store


class OpenedAnew:
    """A file store that is opened for every call, as by one process after the other."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Any:
        return getattr(FileStore(self._path), name)


class TestFileStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return FileStore(str(tmp_path / "session"))


class TestFileStoreOpenedForEveryCall(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return OpenedAnew(str(tmp_path / "session"))


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "session")


# --- the folder -------------------------------------------------------------------------------


def test_a_store_marks_its_folder_and_keeps_it_out_of_git(path: str) -> None:
    add(FileStore(path), "a")
    marked = read(f"{path}/.store.json")
    add(FileStore(path), "b")

    assert json.loads(marked)["format"] == 1
    assert len(json.loads(marked)["id"]) == 32
    assert read(f"{path}/.store.json") == marked
    assert read(f"{path}/.gitignore") == b"*\n"


def test_a_plain_listing_of_the_folder_counts_the_sessions(path: str) -> None:
    store = FileStore(path)
    for agent_id in "abc":
        add(store, agent_id)
    store.note({"n": 1})
    store.remove("c", at(minutes_later(1)), always)

    assert sorted(name for name in os.listdir(path) if not name.startswith(".")) == ["a", "b"]


def test_no_reader_makes_a_folder(path: str) -> None:
    store = FileStore(path)

    assert ids(store) == ids(store, live=True) == []
    assert list(store.notes()) == []
    with pytest.raises(SessionNotFoundError):
        store.get("a")
    store.sweep()
    assert not os.path.lexists(path)


def test_a_refused_session_makes_no_folder(path: str) -> None:
    with pytest.raises(ValueError, match="no agent id"):
        add(FileStore(path), "../a")

    assert not os.path.lexists(path)


def test_a_session_is_its_three_files(path: str) -> None:
    store = FileStore(path)
    add(store, "a")
    for minutes in range(1, 8):
        change(store, "a", updated(minutes))
        assert SessionFolder(path).names() == THREE_FILES


def test_a_folder_that_holds_no_session_is_left_as_it_is(path: str) -> None:
    store = FileStore(path)
    add(store, "b")
    os.mkdir(f"{path}/a")

    with pytest.raises(SessionNotFoundError):
        change(store, "a", updated())

    assert os.listdir(f"{path}/a") == []
    assert add(store, "a")["revision"] == 1


def test_a_removal_leaves_one_line(path: str) -> None:
    store = FileStore(path)
    add(store, "a", agent_name="x\ny")

    store.remove("a", at(minutes_later(1)), always)

    [line] = read(f"{path}/.removed.jsonl").splitlines()
    removed = json.loads(line)
    assert (removed["agent_id"], removed["agent_name"]) == ("a", "x\ny")
    assert removed["removed_at"] == at(minutes_later(1))


def test_what_killed_processes_left_is_swept_once_it_is_old(path: str) -> None:
    store = FileStore(path)
    add(store, "a")
    for name in (".new-young", ".new-old", ".gone-b"):
        os.mkdir(f"{path}/{name}")
        write(f"{path}/{name}/state.json", b"{}")
    write(f"{path}/.new-file", b"")
    os.utime(f"{path}/.new-old", (0, 0))
    os.utime(f"{path}/.new-file", (0, 0))

    store.sweep()

    left = {name for name in os.listdir(path) if name.startswith((".new-", ".gone-"))}
    assert left == {".new-young"}
    assert ids(store) == ["a"]


# --- modes ------------------------------------------------------------------------------------


def live_a_little(path: str) -> None:
    store = FileStore(path)
    for agent_id in "abc":
        add(store, agent_id)
        change(store, agent_id, updated())
    change(store, "b", finalized())
    store.remove("c", at(minutes_later(3)), always)
    store.note({"n": 1})
    store.repair(None)


def assert_private(path: str) -> None:
    for each, mode in modes_below(path):
        assert mode == (oct(0o700) if os.path.isdir(each) else oct(0o600)), each


@pytest.mark.parametrize("umask", [0, 0o022, 0o077, 0o277, 0o777])
def test_nobody_else_can_read_anything_whatever_the_umask(path: str, umask: int) -> None:
    before = os.umask(umask)
    try:
        live_a_little(path)
    finally:
        os.umask(before)

    assert_private(path)


@pytest.mark.parametrize("umask", [0, 0o777])
def test_the_umask_locks_no_ordinary_user_out(place_for_all: str, umask: int) -> None:
    def live_under_umask() -> None:
        os.umask(umask)
        live_a_little(f"{place_for_all}/session")
        live_a_little_more(f"{place_for_all}/session")

    def live_a_little_more(path: str) -> None:
        change(FileStore(path), "a", updated(9))
        assert ids(FileStore(path), live=True) == ["a"]

    assert run_as_ordinary_user(live_under_umask) == 0
    assert_private(f"{place_for_all}/session")


def test_a_folder_that_others_could_read_is_made_private_by_the_first_write(path: str) -> None:
    folder = leave_session_of_the_first_implementation(path)

    change(FileStore(path), "a", updated())

    assert folder.names() == THREE_FILES
    assert_private(path)


def test_a_session_that_may_not_be_read_hides_no_other(place_for_all: str) -> None:
    path = f"{place_for_all}/session"

    def look() -> None:
        store = FileStore(path)
        for agent_id in "abc":
            add(store, agent_id)
        os.chmod(f"{path}/b", 0)
        unreadable: list[str] = []
        for query in (Query(), Query(live=True)):
            found = store.scan(query, lambda error: unreadable.append(error.agent_id))
            assert sorted(record["agent_id"] for record in found) == ["a", "c"]
        assert unreadable == ["b", "b"]
        os.chmod(f"{path}/b", 0o700)

    assert run_as_ordinary_user(look) == 0


def test_a_session_that_was_unreadable_at_a_rebuild_is_found_when_it_is_back(
    place_for_all: str,
) -> None:
    path = f"{place_for_all}/session"

    def look() -> None:
        for agent_id in "abc":
            add(FileStore(path), agent_id)
        os.chmod(f"{path}/b", 0)
        shutil.rmtree(f"{path}/.index")
        change(FileStore(path), "a", updated())
        os.chmod(f"{path}/b", 0o700)
        assert sorted(ids(FileStore(path), live=True)) == ["a", "b", "c"]

    assert run_as_ordinary_user(look) == 0


# --- file systems -----------------------------------------------------------------------------

MOUNTS = """\
22 1 0:20 / /sys rw,nosuid - sysfs sysfs rw
29 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
35 29 0:31 / /home/user\\040name rw shared:7 master:2 - nfs4 server:/home rw,vers=4.2
36 29 0:1300 /a /mnt rw - fuse.sshfs host:/a rw
"""


@pytest.mark.parametrize(
    ("device", "kind"),
    [
        (os.makedev(0, 31), "nfs4"),
        (os.makedev(0, 1300), "fuse.sshfs"),
        (os.makedev(0, 20), "sysfs"),
        (os.makedev(254, 1), "ext4"),
        (os.makedev(0, 99), None),
    ],
)
def test_the_mount_table_tells_the_file_system_of_a_device(
    device: int, kind: str | None
) -> None:
    assert mounts.kind_of(device, MOUNTS) == kind


class OnDevice:
    """The system's own calls, but for the device that folders seem to lie on."""

    def __init__(self, device: int, mount_table: str) -> None:
        self._device = device
        self._table = mount_table

    def __getattr__(self, name: str) -> Any:
        return getattr(disk.SystemCalls, name)

    def fstat(self, descriptor: int) -> os.stat_result:
        found = os.fstat(descriptor)
        fields = list(found)
        fields[stat.ST_DEV] = self._device if stat.S_ISDIR(found.st_mode) else found.st_dev
        return os.stat_result(fields)

    def open(self, path: str, *rest: Any, **more: Any) -> int:
        return os.open(self._table if path == "/proc/self/mountinfo" else path, *rest, **more)


@pytest.mark.parametrize(("minor", "is_refused"), [(31, True), (1300, True), (99, False)])
def test_a_network_file_system_is_refused_with_the_way_out(
    path: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    minor: int,
    is_refused: bool,
) -> None:
    table = str(tmp_path / "mountinfo")
    write(table, MOUNTS.encode())
    monkeypatch.setattr(disk, "calls", OnDevice(os.makedev(0, minor), table))

    if not is_refused:
        assert add(FileStore(path), "a")["revision"] == 1
        return
    with pytest.raises(UnsafeStoreError, match=r"network file system.*PostgreSQL"):
        add(FileStore(path), "a")
    assert os.listdir(path) == []


# --- sessions of the first implementation, and of later versions ------------------------------


def test_a_folder_without_a_journal_is_read_as_it_is(path: str) -> None:
    folder = leave_session_of_the_first_implementation(path)
    store = FileStore(path)

    record = store.get("a")

    assert (record["phase"], record["metadata"]) == ("approval", {"plan": "apply"})
    assert (record["revision"], record["approvals"], record["fence"]) == (0, [], 0)
    assert record["created_at"] == at(minutes_later(0))
    assert list(store.events("a")) == []
    assert store.flaws("a") == []
    assert ids(store) == ids(store, resume_ready=True) == ["a"]
    assert folder.names() == ["state.json"]


def test_the_next_write_imports_it(path: str) -> None:
    folder = leave_session_of_the_first_implementation(path)
    store = FileStore(path)

    after = change(store, "a", updated(metadata={"n": 1}))

    imported, entered = store.events("a")
    assert (imported["kind"], entered["kind"], after["revision"]) == ("imported", "updated", 2)
    assert (after["phase"], after["metadata"]) == ("approval", {"plan": "apply", "n": 1})
    assert flaw_in(imported, 0, NOTHING_BEFORE) is None
    assert fold(store.events("a")) == after == store.get("a")
    assert store.flaws("a") == []
    assert folder.names() == THREE_FILES


def test_what_only_a_journal_can_vouch_for_is_not_imported(path: str) -> None:
    leave_session_of_the_first_implementation(
        path,
        approvals=[{"status": "approved"}],
        claim={"holder": "x"},
        fence=7,
        revision=9,
        limits={"idle_seconds": 9e8},
    )
    store = FileStore(path)

    for record in (store.get("a"), change(store, "a", updated())):
        assert (record["approvals"], record["claim"], record["fence"]) == ([], None, 0)
        assert record["limits"] is None
    assert store.get("a")["revision"] == 2


def test_a_refused_change_imports_nothing(path: str) -> None:
    folder = leave_session_of_the_first_implementation(path)

    with pytest.raises(ValueError, match="cannot follow"):
        change(FileStore(path), "a", {**updated(), "kind": "danced"})

    assert "journal.jsonl" not in folder.names()


def test_fields_of_a_newer_version_are_kept(path: str) -> None:
    folder = leave_session_of_the_first_implementation(path, mood={"since": "then"})
    store = FileStore(path)

    change(store, "a", updated())
    after = change(store, "a", updated(2, phase="planning"))

    assert after["mood"] == {"since": "then"}  # type: ignore[typeddict-item]
    assert folder.state()["mood"] == {"since": "then"}
    write(folder.snapshot, b"")
    assert store.get("a") == after
