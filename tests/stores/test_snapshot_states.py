"""A snapshot is current, stale, edited or invalid, and a journal may be torn: each is made on
purpose at every step of an update, and recovered from by readers and by the next writer.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.errors import SessionExistsError, StateCorruptedError
from agent_session.core.events import commit, fold
from agent_session.core.store import Query
from agent_session.stores.files import session
from agent_session.stores.files.store import FileStore
from tests.examples import created, finalized, updated
from tests.faults.seam import Unsynced, standing_in
from tests.stores.calls import add, change, ids
from tests.stores.folders import THREE_FILES, SessionFolder, read, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent_session.core.state import Record


class Step(NamedTuple):
    """What one change left on the disk, and the record that it made."""

    journal: bytes
    snapshot: bytes
    record: Record


LIFE = (
    (created("a", agent_name="x", metadata={"n": 0}),),
    (updated(1, phase="planning", metadata={"n": 1}),),
    (updated(2, phase="executing"), updated(2, error="no"), updated(2, phase="approval")),
    (updated(3, metadata={"text": "é\n" * 9}),),
    (finalized(minutes=4, summary="done"),),
)


def steps_of_a_life() -> list[Step]:
    steps: list[Step] = []
    record, seq, prev, journal = None, 0, NOTHING_BEFORE, b""
    for drafts in LIFE:
        made = commit(record, seq, prev, drafts)
        record, seq, prev = made.record, made.events[-1]["seq"], made.events[-1]["hash"]
        journal += made.lines
        steps.append(Step(journal, made.snapshot, record))
    return steps


STEPS = steps_of_a_life()
CHANGES = range(1, len(STEPS))


@pytest.fixture(autouse=True)
def unsynced() -> Iterator[None]:
    with standing_in(Unsynced()):
        yield


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A store with the session b, and an empty folder a."""
    path = str(tmp_path / "session")
    add(FileStore(path), "b")
    os.mkdir(f"{path}/a")
    return path


def leave(path: str, journal: bytes | None, snapshot: bytes | None) -> SessionFolder:
    """The session's folder with these two files and no other."""
    folder = SessionFolder(path)
    for name in folder.names():
        os.unlink(f"{folder.path}/{name}")
    if journal is not None:
        write(folder.journal, journal)
    if snapshot is not None:
        write(folder.snapshot, snapshot)
    return folder


def found(path: str) -> tuple[str, Record]:
    looked_at = FileStore(path).look("a")
    return looked_at.kind, looked_at.record


def assert_the_next_write_follows_on(path: str, record: Record) -> None:
    """It enters one event behind those of *record*, and leaves nothing to mend."""
    store = FileStore(path)
    after = change(store, "a", updated(60, metadata={"next": True}))

    assert after["revision"] == record["revision"] + 1
    assert after["metadata"] == {**record["metadata"], "next": True}
    assert after["phase"] == record["phase"]
    assert_sound(path, after)


def assert_sound(path: str, record: Record) -> None:
    store = FileStore(path)
    assert found(path) == (session.CURRENT, record)
    assert fold(store.events("a")) == record
    assert store.flaws("a") == []
    assert SessionFolder(path).names() == THREE_FILES


# --- current, stale, invalid ------------------------------------------------------------------


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_the_snapshot_of_the_last_event_is_current(path: str, step: int) -> None:
    leave(path, STEPS[step].journal, STEPS[step].snapshot)

    assert found(path) == (session.CURRENT, STEPS[step].record)
    assert_the_next_write_follows_on(path, STEPS[step].record)


@pytest.mark.parametrize("step", CHANGES)
def test_the_snapshot_of_any_earlier_event_is_stale(path: str, step: int) -> None:
    for earlier in range(step):
        folder = leave(path, STEPS[step].journal, STEPS[earlier].snapshot)

        assert found(path) == (session.STALE, STEPS[step].record)
        assert read(folder.snapshot) == STEPS[earlier].snapshot
        assert "older than the journal" in FileStore(path).flaws("a")[0]
        assert_the_next_write_follows_on(path, STEPS[step].record)


@pytest.mark.parametrize("step", [0, len(STEPS) - 1])
def test_a_snapshot_that_is_cut_at_any_byte_is_rebuilt(path: str, step: int) -> None:
    whole = STEPS[step].snapshot
    for end in range(len(whole) - 1):
        leave(path, STEPS[step].journal, whole[:end])
        assert found(path) == (session.INVALID, STEPS[step].record)

    assert_the_next_write_follows_on(path, STEPS[step].record)


@pytest.mark.parametrize("step", range(len(STEPS)))
@pytest.mark.parametrize("snapshot", [None, b"", b"\0" * 4096, b"{}"])
def test_a_snapshot_that_is_missing_or_garbage_is_rebuilt(
    path: str, step: int, snapshot: bytes | None
) -> None:
    leave(path, STEPS[step].journal, snapshot)

    assert found(path) == (session.INVALID, STEPS[step].record)
    assert_the_next_write_follows_on(path, STEPS[step].record)


@pytest.mark.parametrize("snapshot", [None, b"", STEPS[1].snapshot])
def test_a_repair_rebuilds_the_snapshot_to_the_byte(path: str, snapshot: bytes | None) -> None:
    folder = leave(path, STEPS[-1].journal + b'{"torn', snapshot)

    FileStore(path).repair("a")

    assert read(folder.snapshot) == STEPS[-1].snapshot
    assert read(folder.journal) == STEPS[-1].journal
    assert_sound(path, STEPS[-1].record)


def test_the_snapshot_of_another_session_is_invalid(path: str) -> None:
    leave(path, STEPS[-1].journal, read(SessionFolder(path, "b").snapshot))

    assert found(path) == (session.INVALID, STEPS[-1].record)


# --- a torn tail ------------------------------------------------------------------------------


def torn_journals(step: int) -> Iterator[bytes]:
    """The journal of *step*, cut at every byte of what its change has added."""
    before, after = STEPS[step - 1].journal, STEPS[step].journal
    return (after[:end] for end in range(len(before) + 1, len(after)))


@pytest.mark.parametrize("step", CHANGES)
def test_a_change_that_is_cut_at_any_byte_was_never_made(path: str, step: int) -> None:
    for journal in torn_journals(step):
        folder = leave(path, journal, STEPS[step - 1].snapshot)

        assert found(path) == (session.CURRENT, STEPS[step - 1].record)
        assert read(folder.journal) == journal


@pytest.mark.parametrize("step", CHANGES)
def test_the_next_writer_cuts_off_what_was_torn_at_any_byte(path: str, step: int) -> None:
    for journal in torn_journals(step):
        folder = leave(path, journal, STEPS[step - 1].snapshot)
        assert "torn" in FileStore(path).flaws("a")[0]

        assert_the_next_write_follows_on(path, STEPS[step - 1].record)
        assert read(folder.journal).startswith(STEPS[step - 1].journal)


@pytest.mark.parametrize("step", CHANGES)
@pytest.mark.parametrize("tail", [b"\0" * 5000, b"\n" * 9, b"null\n", b'{"seq": 1}\n', b"\xff"])
def test_what_is_no_event_at_the_end_counts_for_nothing(
    path: str, step: int, tail: bytes
) -> None:
    leave(path, STEPS[step].journal + tail, STEPS[step].snapshot)

    assert found(path) == (session.CURRENT, STEPS[step].record)
    assert_the_next_write_follows_on(path, STEPS[step].record)


@pytest.mark.parametrize("step", CHANGES)
@pytest.mark.parametrize("snapshot", [None, b"garbage", STEPS[0].snapshot])
def test_a_torn_tail_beside_a_snapshot_of_any_kind_is_recovered_from(
    path: str, step: int, snapshot: bytes | None
) -> None:
    torn = STEPS[step].journal[:-1]
    leave(path, torn, snapshot)

    assert found(path)[1] == STEPS[step - 1].record
    assert_the_next_write_follows_on(path, STEPS[step - 1].record)


@pytest.mark.parametrize("step", CHANGES)
def test_a_refused_change_cuts_nothing(path: str, step: int) -> None:
    torn = STEPS[step].journal[:-1]
    folder = leave(path, torn, STEPS[step - 1].snapshot)

    with pytest.raises(ValueError, match="cannot follow"):
        change(FileStore(path), "a", {**updated(), "kind": "danced"})

    assert read(folder.journal) == torn


# --- damage in the middle ---------------------------------------------------------------------


def test_a_broken_line_is_named_and_the_current_snapshot_used(path: str) -> None:
    lines = STEPS[-1].journal.splitlines(keepends=True)
    for number in range(1, len(lines)):
        broken = [*lines[: number - 1], b"{broken\n", *lines[number:]]
        leave(path, b"".join(broken), STEPS[-1].snapshot)

        assert found(path) == (session.CURRENT, STEPS[-1].record)
        assert FileStore(path).flaws("a") == [f"journal.jsonl line {number}: it is no event"]
        assert change(FileStore(path), "a", updated(60))["revision"] == len(lines) + 1


@pytest.mark.parametrize(
    "old_new", [(b'"n":1', b'"n":2'), (b'"actor":"test"', b'"actor":"tess"')]
)
def test_an_event_that_was_changed_is_named(path: str, old_new: tuple[bytes, bytes]) -> None:
    lines = STEPS[-1].journal.splitlines(keepends=True)
    lines[1] = lines[1].replace(*old_new)
    leave(path, b"".join(lines), STEPS[-1].snapshot)

    assert FileStore(path).flaws("a") == [
        "journal.jsonl line 2: its content does not match its hash"
    ]


def test_an_event_that_was_taken_out_is_named(path: str) -> None:
    lines = STEPS[-1].journal.splitlines(keepends=True)
    leave(path, b"".join(lines[:1] + lines[2:]), STEPS[-1].snapshot)

    assert FileStore(path).flaws("a") == ["journal.jsonl line 2: numbered 3, but 2 is due"]


# --- beyond repair ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("journal", "snapshot"),
    [
        (None, b"garbage"),
        (b"", b"garbage"),
        (b"", None),
        (b"garbage\n", None),
        (b"garbage\n", b"garbage"),
        (STEPS[0].journal[:-1], None),
        (STEPS[0].journal[:-1], b"garbage"),
        (b"broken\n" + STEPS[-1].journal.partition(b"\n")[2], b"garbage"),
        (STEPS[-1].journal.replace(b'"agent_id":"a"', b'"agent_id":"c"'), None),
    ],
)
def test_only_what_is_beyond_repair_in_both_files_is_skipped_and_it_is_told(
    path: str, journal: bytes | None, snapshot: bytes | None
) -> None:
    folder = leave(path, journal, snapshot)
    before = {name: read(f"{folder.path}/{name}") for name in folder.names()}
    store, told = FileStore(path), list[StateCorruptedError]()

    assert [each["agent_id"] for each in store.scan(Query(), told.append)] == ["b"]
    assert [error.agent_id for error in told] == ["a"]
    with pytest.raises(StateCorruptedError):
        store.get("a")
    with pytest.raises(StateCorruptedError):
        change(store, "a", updated())
    with pytest.raises(SessionExistsError):
        add(store, "a")
    store.sweep()
    store.repair(None)
    assert ids(store, live=True) == ["b"]
    assert {name: read(f"{folder.path}/{name}") for name in before} == before


def test_a_copied_folder_is_not_the_session_it_was_copied_from(path: str) -> None:
    shutil.copytree(f"{path}/b", f"{path}/c")

    with pytest.raises(StateCorruptedError, match="its journal is that of 'b'"):
        FileStore(path).get("c")


def test_a_copied_snapshot_is_no_session(path: str) -> None:
    leave(path, None, read(SessionFolder(path, "b").snapshot))

    with pytest.raises(StateCorruptedError):
        FileStore(path).get("a")
