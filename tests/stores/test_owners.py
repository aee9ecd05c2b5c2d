"""The file store's hints of whose sessions are whose: exact or too many, never too few."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from agent_session.core import hosts
from agent_session.core.errors import UnsafeStoreError
from agent_session.core.instants import at
from agent_session.local import disk
from agent_session.stores.files import index, owners, pairs
from agent_session.stores.files.glance import digest_of_key, log_of_key
from agent_session.stores.files.store import FileStore
from tests.examples import finalized, minutes_later, updated
from tests.faults.seam import Unsynced, standing_in
from tests.stores.approvals import claimed
from tests.stores.calls import add, always, change, ids
from tests.stores.contract_of_hosts import KIND, a_host, by_agent, by_conversation, hosted
from tests.stores.folders import SessionFolder, read, write
from tests.stores.test_inbox import Counting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Twelve sessions, of which a to d have a host; c is at its end, and d has moved."""
    store = FileStore(str(tmp_path / "session"))
    for minutes, agent_id in enumerate("abcd"):
        add(store, agent_id, minutes, host=a_host(f"{agent_id}1", f"s{minutes % 2}"))
    for minutes, agent_id in enumerate("efghijkl", 4):
        add(store, agent_id, minutes)
    change(store, "c", finalized(minutes=20))
    change(store, "d", hosted(hosts.moved(a_host("d1", "s1"), a_host("d2", "s2")), 21))
    return store.root.path


def log_of(path: str, agent_id: str) -> str:
    """Where an agent's id is entered."""
    known_by = digest_of_key(hosts.agent_key(KIND, agent_id))
    return f"{path}/.index/{log_of_key(known_by)}"


def logs(path: str) -> list[str]:
    return [name for name in os.listdir(f"{path}/.index") if name.startswith("hosts-")]


def found(path: str) -> list[str]:
    """Whom the ids of a to d, and those of two conversations, lead to."""
    store = FileStore(path)
    agents = [by_agent(store, each) for each in ("a1", "b1", "c1", "d1", "d2", "e1")]
    return [*agents, by_conversation(store, "s0"), by_conversation(store, "s2", live=True)]


ALL = ["a", "b", "c", "d", "d", "", "ac", "d"]


def opened_by(path: str, **conditions: object) -> set[str]:
    """The sessions that a scan opens."""
    calls = Counting()
    with standing_in(calls):
        ids(FileStore(path), **conditions)
    return set(calls.opened) & set("abcdefghijkl")


def lose_the_index(path: str) -> None:
    shutil.rmtree(f"{path}/.index")


def lose_the_mark(path: str) -> None:
    os.unlink(f"{path}/.index/trusted")


def another_boot(path: str) -> None:
    write(f"{path}/.index/trusted", b"another boot")


def plant_links(path: str) -> None:
    for name in logs(path):
        os.unlink(f"{path}/.index/{name}")
        os.symlink("/etc/passwd", f"{path}/.index/{name}")


def plant_folders(path: str) -> None:
    for name in logs(path):
        os.unlink(f"{path}/.index/{name}")
        os.mkdir(f"{path}/.index/{name}")


DAMAGE = (lose_the_index, lose_the_mark, another_boot, plant_links, plant_folders)


def test_only_what_an_id_leads_to_is_read(path: str) -> None:
    assert found(path) == ALL
    assert opened_by(path, host=hosts.agent_key(KIND, "c1")) == {"c"}
    assert opened_by(path, host=hosts.conversation_key(KIND, "s1")) == {"b", "d"}
    assert opened_by(path, host=hosts.agent_key(KIND, "new")) == set()


@pytest.mark.parametrize("damage", DAMAGE)
def test_readers_do_without_what_cannot_be_trusted(
    path: str, damage: Callable[[str], None]
) -> None:
    damage(path)

    assert found(path) == ALL


@pytest.mark.parametrize("damage", DAMAGE[:3])
def test_the_next_write_rebuilds_it(path: str, damage: Callable[[str], None]) -> None:
    damage(path)

    change(FileStore(path), "e", updated(40))

    assert FileStore(path).index.is_trusted()
    assert found(path) == ALL
    assert opened_by(path, host=hosts.agent_key(KIND, "d1")) == {"d"}


@pytest.mark.parametrize("damage", DAMAGE[3:4])
def test_a_planted_link_is_neither_read_nor_written_to(
    path: str, damage: Callable[[str], None]
) -> None:
    damage(path)

    with pytest.raises(UnsafeStoreError):
        change(FileStore(path), "e", hosted(a_host("a1"), 40))
    FileStore(path).repair(None)

    assert not [name for name in logs(path) if os.path.islink(f"{path}/.index/{name}")]
    assert found(path) == ALL
    assert FileStore(path).get("e")["host"] is None


def test_a_hint_of_a_writer_that_is_under_way_outlives_a_rebuild(path: str) -> None:
    before = FileStore(path).get("e")
    owners.announce(path, before, {**before, "host": a_host("e1", "s9")})

    FileStore(path).repair(None)

    assert owners.sessions_of(path, hosts.agent_key(KIND, "e1")) == ["e"]
    assert found(path) == ALL


def test_a_writer_that_was_killed_before_its_journal_leaves_a_hint_too_many(path: str) -> None:
    before = FileStore(path).get("a")
    owners.announce(path, before, {**before, "host": a_host("a2", "s9")})

    assert (by_agent(FileStore(path), "a2"), found(path)) == ("", ALL)


def test_one_that_was_killed_after_its_journal_is_found_by_what_it_has(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(owners, "settle", lambda *_: None)
        change(FileStore(path), "a", hosted(a_host("a2", "s9"), 40))
    store = FileStore(path)

    assert (by_agent(store, "a1"), by_agent(store, "a2")) == ("", "a")
    store.repair(None)
    assert (by_agent(store, "a1"), by_agent(store, "a2")) == ("", "a")


def test_a_first_host_that_was_killed_before_it_was_there_leads_nowhere(path: str) -> None:
    new = {**FileStore(path).get("a"), "agent_id": "new", "host": a_host("n1")}
    owners.announce(path, None, new)  # type: ignore[arg-type]

    assert by_agent(FileStore(path), "n1") == ""


@pytest.mark.parametrize("removed", ["a", "c", "d"])
def test_a_removed_session_leaves_no_hint_that_counts(path: str, removed: str) -> None:
    store = FileStore(path)
    keys = hosts.keys_of(store.get(removed))
    store.remove(removed, at(minutes_later(40)), always)
    folder = disk.open_folder(f"{path}/.index")
    for name in logs(path):
        pairs.compact(name, folder)
    disk.close(folder)

    assert [owners.sessions_of(path, key) for key in keys if "#" not in key] == [
        [] for key in keys if "#" not in key
    ]
    assert removed not in "".join(found(path))


def test_what_does_not_concern_a_host_costs_nothing(path: str) -> None:
    store, calls = FileStore(path), Counting()
    change(store, "a", updated(40))
    with standing_in(calls):
        change(store, "a", updated(41), claimed(41))
        change(store, "a", hosted(store.get("a")["host"] or {}, 42))

    assert not [name for name in calls.opened if name.startswith("hosts-")]


def test_a_change_of_a_host_that_keeps_its_ids_enters_nothing(path: str) -> None:
    sizes = {name: os.path.getsize(f"{path}/.index/{name}") for name in logs(path)}

    change(FileStore(path), "a", hosted(hosts.paused(a_host("a1", "s0", cwd="/")), 40))

    assert sizes == {name: os.path.getsize(f"{path}/.index/{name}") for name in logs(path)}


def test_the_logs_are_compacted_and_keep_all_that_counts(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_SMALLEST_TO_COMPACT", 1 << 9)
    store = FileStore(path)
    host = a_host("a1", "s0")
    with standing_in(Unsynced()):
        for number in range(100):
            change(store, "a", hosted(a_host(f"x{number % 3}", "s0"), 40))
            change(store, "a", hosted(host, 41))
            assert max(os.path.getsize(f"{path}/.index/{name}") for name in logs(path)) < 4096

    assert found(path) == ALL
    assert opened_by(path, host=hosts.agent_key(KIND, "a1")) == {"a"}


def test_a_torn_line_spoils_no_other(path: str) -> None:
    for agent_id in ("a1", "d1"):
        log = log_of(path, agent_id)
        whole = [b"\n" + line + b"\n" for line in read(log).splitlines() if line]
        for number in range(len(whole) + 1):
            write(log, b"".join([*whole[:number], b'\n["+","0a', *whole[number:]]))
            assert found(path) == ALL
        write(log, b"".join([b'\n["+","0a', *whole, b"\xff\0" * 9, b'\n["+","' * 3]))
        folder = disk.open_folder(f"{path}/.index")
        pairs.compact(os.path.basename(log), folder)
        disk.close(folder)
        assert found(path) == ALL


def test_a_session_is_found_wherever_it_stands_in_a_long_log(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "_BLOCK", 64)
    key = hosts.agent_key(KIND, "a1")
    known_by = digest_of_key(key)
    ours = [f"{'y' * length}" for length in range(1, 129)]
    with open(log_of(path, "a1"), "ab") as file:
        for number, agent_id in enumerate(ours):
            file.write(pairs.lines("+", "x" * (number + 1), [f"{number:032x}"]))
            file.write(pairs.lines("+", agent_id, [known_by]))

    assert owners.sessions_of(path, key) == ["a", *ours]


def test_what_stands_in_a_log_and_is_no_session_is_passed_over(path: str) -> None:
    known_by = digest_of_key(hosts.agent_key(KIND, "a1"))
    with open(log_of(path, "a1"), "ab") as file:
        names = ("..", "../../etc", "", "gone", "x" * 300, "e")
        file.writelines(f'\n["+","{known_by}","{name}"]\n'.encode() for name in names)

    assert owners.sessions_of(path, hosts.agent_key(KIND, "a1")) == ["a", "gone", "e"]
    assert found(path) == ALL


def test_no_log_tells_an_id_nor_is_taken_for_an_agent_s(path: str) -> None:
    secret = "/home/ada/projects"
    change(FileStore(path), "a", hosted(a_host(secret, secret), 40))

    for name in logs(path):
        assert secret.encode() not in read(f"{path}/.index/{name}")
        assert os.stat(f"{path}/.index/{name}").st_mode & 0o777 == 0o600
        assert len(name) == len("hosts-00")
    live = "".join(sorted(ids(FileStore(path), live=True)))
    assert live == "abdefghijkl"


def test_a_host_in_a_record_made_by_hand_does_not_count(path: str) -> None:
    folder = SessionFolder(path, "e")
    os.unlink(folder.journal)
    folder.edit(host=a_host("a1", "s0"))
    FileStore(path).repair(None)
    assert found(path) == ALL

    SessionFolder(path, "a").edit(host=a_host("e1", "s2"), phase="planning")
    change(FileStore(path), "a", updated(50))
    assert found(path) == ALL
