"""A person changes state.json by hand: what is honoured, what is not, and that only once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.errors import StateCorruptedError
from agent_session.core.events import fold
from agent_session.core.instants import at
from agent_session.core.state import EDITABLE, blank_record
from agent_session.stores.files import session
from agent_session.stores.files.store import FileStore
from tests.examples import NOW, finalized, minutes_later, updated
from tests.stores.calls import add, change
from tests.stores.folders import (
    THREE_FILES,
    SessionFolder,
    leave_session_of_the_first_implementation,
    read,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

HONOURED: dict[str, Any] = {
    "phase": "planning",
    "metadata": {"n": 2, "mended": True},
    "resume_ready": True,
    "error_count": 0,
    "last_error": None,
    "last_updated": at(minutes_later(30)),
    "summary": "a person's words",
}
NOT_HONOURED: dict[str, Any] = {
    "agent_name": "somebody else",
    "purpose": "another",
    "created_at": at(minutes_later(-60)),
    "history": [],
    "finalized_at": at(NOW),
    "duration_seconds": 5,
    "schema_version": 7,
    "revision": 99,
    "turns": [{"summary": "never happened"}],
    "approvals": [{"id": "ap-0123456789abcdef", "status": "approved"}],
    "claim": {"holder": "me", "token": 5},
    "fence": 99,
    "host": {"kind": "forged"},
    "limits": {"idle_seconds": 9e8},
    "parent": {"agent_id": "b", "revision": 1},
    "a_field_of_my_own": True,
}


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A store with the session a, executing, after one error."""
    store = FileStore(str(tmp_path / "session"))
    add(store, "a", agent_name="x", metadata={"n": 1})
    change(store, "a", updated(1, phase="executing", error="no"))
    return store.root.path


@pytest.fixture
def folder(path: str) -> SessionFolder:
    return SessionFolder(path)


def kinds(path: str) -> list[str]:
    return [event["kind"] for event in FileStore(path).events("a")]


def test_the_tables_name_every_field() -> None:
    assert set(HONOURED) == set(EDITABLE)
    everything = set(HONOURED) | set(NOT_HONOURED) | {"agent_id"}
    assert everything - {"a_field_of_my_own"} == set(blank_record("a", at(NOW)))


# --- what is honoured -------------------------------------------------------------------------


@pytest.mark.parametrize("field", HONOURED)
def test_a_reader_honours_it_and_writes_nothing(
    path: str, folder: SessionFolder, field: str
) -> None:
    journal = read(folder.journal)
    edited = folder.edit(**{field: HONOURED[field]})

    looked_at = FileStore(path).look("a")

    assert looked_at.kind == session.EDITED
    assert looked_at.record[field] == HONOURED[field]  # type: ignore[literal-required]
    assert looked_at.record["revision"] == 2
    assert FileStore(path).flaws("a") == []
    assert (read(folder.journal), read(folder.snapshot)) == (journal, edited)


@pytest.mark.parametrize("field", HONOURED)
def test_the_next_write_enters_it_before_its_own_event(
    path: str, folder: SessionFolder, field: str
) -> None:
    folder.edit(**{field: HONOURED[field]})
    store = FileStore(path)

    after = change(store, "a", updated(60, metadata={"next": True}))

    *_, edit, update = store.events("a")
    assert (edit["kind"], edit["actor"], edit["seq"]) == ("edited", "person", 3)
    assert edit["data"]["fields"] == {field: HONOURED[field]}
    assert (edit["more"], update["kind"], after["revision"]) == (True, "updated", 4)
    kept = {
        "metadata": {**HONOURED["metadata"], "next": True},
        "last_updated": after["last_updated"],
    }
    assert after[field] == kept.get(field, HONOURED[field])  # type: ignore[literal-required]
    assert fold(store.events("a")) == after == store.get("a")
    assert store.flaws("a") == []
    assert folder.names() == THREE_FILES


def test_a_change_of_phase_enters_the_history(path: str, folder: SessionFolder) -> None:
    folder.edit(phase="approval", last_updated=at(minutes_later(5)))

    record = FileStore(path).get("a")

    assert record["history"][-1] == {
        "from_phase": "executing",
        "to_phase": "approval",
        "timestamp": at(minutes_later(5)),
    }
    assert record["resume_ready"] is True


def test_an_end_by_hand_is_an_end(path: str, folder: SessionFolder) -> None:
    folder.edit(phase="completed", summary="enough")

    record = FileStore(path).get("a")

    assert (record["phase"], record["summary"]) == ("completed", "enough")
    assert record["finalized_at"] == record["last_updated"]
    assert record["duration_seconds"] == 60


def test_what_was_cleared_by_hand_stays_cleared_until_the_next_change_of_phase(
    path: str, folder: SessionFolder
) -> None:
    store = FileStore(path)
    change(store, "a", updated(2, phase="planning"))
    folder.edit(resume_ready=False)

    assert store.get("a")["resume_ready"] is False
    assert change(store, "a", updated(3, metadata={"n": 3}))["resume_ready"] is False
    assert change(store, "a", updated(4, error="again"))["resume_ready"] is False
    assert change(store, "a", updated(5, phase="approval"))["resume_ready"] is True


def test_times_may_be_spelt_as_a_person_spells_them(path: str, folder: SessionFolder) -> None:
    folder.edit(last_updated="2026-01-08 20:00:00+01:00")

    assert FileStore(path).get("a")["last_updated"] == "2026-01-08T19:00:00.000000Z"


# --- what is not ------------------------------------------------------------------------------


@pytest.mark.parametrize("field", NOT_HONOURED)
def test_what_comes_from_the_journal_alone_is_not_honoured(
    path: str, folder: SessionFolder, field: str
) -> None:
    before = FileStore(path).get("a")
    folder.edit(**{field: NOT_HONOURED[field]})

    assert FileStore(path).get("a") == before


@pytest.mark.parametrize("field", NOT_HONOURED)
def test_the_next_write_takes_it_out_and_leaves_a_trace(
    path: str, folder: SessionFolder, field: str
) -> None:
    before = FileStore(path).get("a").get(field)
    folder.edit(**{field: NOT_HONOURED[field]})
    store = FileStore(path)

    after = change(store, "a", updated(60))

    assert after.get(field) == (4 if field == "revision" else before)
    assert folder.state() == after
    assert kinds(path) == ["created", "updated", "edited", "updated"]
    assert store.flaws("a") == []


def test_a_field_that_is_left_out_does_not_count_as_emptied(
    path: str, folder: SessionFolder
) -> None:
    before = FileStore(path).get("a")
    state = folder.state()
    del state["approvals"], state["limits"], state["turns"]
    write(folder.snapshot, repr(state).encode())

    assert FileStore(path).get("a") == before


@pytest.mark.parametrize("agent_id", ["b", "../a", "", None])
def test_a_record_under_another_id_is_no_edit(
    path: str, folder: SessionFolder, agent_id: str | None
) -> None:
    before = FileStore(path).get("a")
    folder.edit(agent_id=agent_id, phase="planning")

    assert FileStore(path).look("a").kind == session.INVALID
    assert FileStore(path).get("a") == before


# --- once, whatever happens -------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{"phase": "planning"}, {"metadata": {}}, {"fence": 9}, {}])
def test_an_edit_is_entered_once_though_the_snapshot_after_it_was_never_written(
    path: str, folder: SessionFolder, fields: dict[str, Any]
) -> None:
    edited = folder.edit(**fields)
    store = FileStore(path)
    after = change(store, "a", updated(60, phase="approval", metadata={"acknowledged": True}))

    write(folder.snapshot, edited)  # as if the writer had been killed before this one was new

    assert FileStore(path).look("a").kind == session.STALE
    assert store.get("a") == after
    again = change(store, "a", updated(61))
    assert again == {**after, "revision": 5, "last_updated": at(minutes_later(61))}
    assert kinds(path).count("edited") == 1


def test_an_import_is_made_once_though_the_snapshot_after_it_was_never_written(
    tmp_path: Path,
) -> None:
    path = str(tmp_path / "session")
    folder = leave_session_of_the_first_implementation(path)
    old = read(folder.snapshot)
    store = FileStore(path)
    after = change(store, "a", updated(1, phase="executing", metadata={"acknowledged": True}))

    write(folder.snapshot, old)

    assert store.get("a") == after
    assert change(store, "a", updated(2))["phase"] == "executing"
    assert kinds(path) == ["imported", "updated", "updated"]


def test_a_refused_change_enters_no_edit(path: str, folder: SessionFolder) -> None:
    edited = folder.edit(phase="planning")
    store = FileStore(path)

    assert store.update("a", lambda _: [])["phase"] == "planning"

    assert read(folder.snapshot) == edited
    assert kinds(path) == ["created", "updated"]


def test_a_repair_leaves_an_edit_to_the_next_write(path: str, folder: SessionFolder) -> None:
    edited = folder.edit(phase="planning")

    FileStore(path).repair("a")
    FileStore(path).repair(None)

    assert read(folder.snapshot) == edited
    assert change(FileStore(path), "a", updated(60))["phase"] == "planning"


def test_a_change_is_told_what_the_person_wrote(path: str, folder: SessionFolder) -> None:
    folder.edit(phase="planning")
    seen: list[str] = []

    FileStore(path).update("a", lambda record: seen.append(record["phase"]) or [finalized()])  # type: ignore[func-returns-value]

    assert seen == ["planning"]


def test_beside_a_broken_journal_a_valid_snapshot_tells_the_rest(
    path: str, folder: SessionFolder
) -> None:
    change(FileStore(path), "a", updated(2, phase="planning", metadata={"n": 5}))
    lines = folder.lines()
    write(folder.journal, b"".join([lines[0], b"broken\n", lines[2]]))
    folder.edit(error_count=0)

    record = FileStore(path).get("a")

    assert (record["phase"], record["metadata"], record["error_count"]) == (
        "planning",
        {"n": 5},
        0,
    )


def test_a_hand_made_copy_under_a_new_id_has_no_journal_to_vouch_for_it(
    path: str, folder: SessionFolder
) -> None:
    shutil.copytree(folder.path, f"{path}/b")
    SessionFolder(path, "b").edit(agent_id="b", approvals=[{"status": "approved"}])

    with pytest.raises(StateCorruptedError):
        FileStore(path).get("b")
