"""state.json with anything in it: rebuilt beside a journal, unreadable without, no crash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.chain import NOTHING_BEFORE, draft, seal
from agent_session.core.codec import digest
from agent_session.core.errors import StateCorruptedError
from agent_session.core.instants import at
from agent_session.core.state import PUBLISHED
from agent_session.core.store import Query
from agent_session.stores.files.store import FileStore
from tests.examples import NOW, minutes_later, updated
from tests.stores.calls import add, always, change
from tests.stores.folders import (
    SessionFolder,
    leave_session_of_the_first_implementation,
    read,
    record_of_the_first_implementation,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

WHEN = at(NOW)

WRONG_FIELDS: tuple[tuple[str, Any], ...] = (
    ("agent_id", 5),
    ("agent_id", None),
    ("agent_id", "b"),
    ("agent_id", "../a"),
    ("agent_name", None),
    ("agent_name", ["x"]),
    ("purpose", 3),
    ("created_at", None),
    ("created_at", "yesterday"),
    ("created_at", 1767895530),
    ("last_updated", "2026-13-01T00:00:00Z"),
    ("last_updated", "0001-01-01T00:00:00+23:59"),
    ("last_updated", True),
    ("phase", None),
    ("phase", "thinking"),
    ("phase", "Approval"),
    ("phase", ["approval"]),
    ("metadata", None),
    ("metadata", []),
    ("metadata", "{}"),
    ("resume_ready", None),
    ("resume_ready", "false"),
    ("resume_ready", 1),
    ("history", None),
    ("history", {}),
    ("history", [1]),
    ("history", [{}]),
    ("history", [{"from_phase": "planning", "to_phase": 1, "timestamp": WHEN}]),
    ("history", [{"from_phase": "planning", "to_phase": "approval", "timestamp": "then"}]),
    ("error_count", None),
    ("error_count", -1),
    ("error_count", True),
    ("error_count", "3"),
    ("error_count", 1.5),
    ("last_error", "no"),
    ("last_error", {"message": "no"}),
    ("last_error", {"message": 1, "timestamp": WHEN}),
    ("finalized_at", 5),
    ("finalized_at", "soon"),
    ("duration_seconds", "1"),
    ("duration_seconds", -1),
    ("duration_seconds", True),
    ("summary", 5),
    ("schema_version", "1"),
    ("revision", -1),
    ("turns", None),
    ("approvals", {}),
    ("approvals", ["approved"]),
    ("claim", "me"),
    ("fence", -1),
    ("host", []),
    ("limits", {"idle_seconds": "for ever"}),
    ("limits", {"idle_seconds": 1e12}),
    ("parent", "b"),
)


def whole() -> bytes:
    return json.dumps(record_of_the_first_implementation()).encode()


WRONG_BYTES: dict[str, bytes] = {
    "empty": b"",
    "zeros": b"\0" * 4096,
    "null": b"null",
    "a list": b"[]",
    "a list of a record": b"[" + whole() + b"]",
    "text": b'"approval"',
    "a number": b"5",
    "an open brace": b"{",
    "cut off": whole()[:-1],
    "twice": whole() * 2,
    "followed by text": whole() + b"x",
    "in single quotes": whole().replace(b'"', b"'"),
    "not UTF-8": whole().replace(b"apply", b"\xff"),
    "in UTF-16": whole().decode().encode("utf-16"),
    "after a byte order mark": b"\xef\xbb\xbf" + whole(),
    "a lone surrogate": whole().replace(b"apply", b"\\ud800"),
    "a raw newline in text": whole().replace(b"apply", b"ap\nply"),
    "NaN": whole().replace(b'"apply"', b"NaN"),
    "Infinity": whole().replace(b'"apply"', b"-Infinity"),
    "out of range": whole().replace(b'"apply"', b"-1e999"),
    "a key twice": whole().replace(b'{"agent_id"', b'{"phase": "completed", "agent_id"'),
    "a key twice, deeper": whole().replace(b'{"plan"', b'{"plan": 1, "plan"'),
    "nested 65 deep": whole().replace(b'"apply"', b"[" * 65 + b"]" * 65),
    "nested 10000 deep": whole().replace(b'"apply"', b"[" * 10_000 + b"]" * 10_000),
    "a number of 5000 digits": whole().replace(b'"apply"', b"9" * 5000),
    "a string of 300 KiB": whole().replace(b"apply", b"x" * (300 << 10)),
    "5 MiB of blanks": whole() + b" " * (5 << 20),
    "another language": b"<html>",
}


def with_wrong_field(field: str, value: Any) -> bytes:
    return json.dumps({**record_of_the_first_implementation(), field: value}).encode()


def without(field: str) -> bytes:
    record = record_of_the_first_implementation()
    del record[field]
    return json.dumps(record).encode()


MALFORMED = {
    **{f"{name}={value!r:.30}": with_wrong_field(name, value) for name, value in WRONG_FIELDS},
    **{f"no {field}": without(field) for field in PUBLISHED},
    **WRONG_BYTES,
}


@pytest.mark.parametrize("state", MALFORMED.values(), ids=MALFORMED)
def test_without_a_journal_it_is_unreadable_told_and_kept(tmp_path: Path, state: bytes) -> None:
    path = str(tmp_path / "session")
    folder = leave_session_of_the_first_implementation(path)
    add(FileStore(path), "b")
    write(folder.snapshot, state)
    store, told = FileStore(path), list[StateCorruptedError]()

    with pytest.raises(StateCorruptedError):
        store.get("a")
    with pytest.raises(StateCorruptedError):
        change(store, "a", updated())
    with pytest.raises(StateCorruptedError):
        store.remove("a", at(minutes_later(1)), always)
    assert [record["agent_id"] for record in store.scan(Query(), told.append)] == ["b"]
    assert [error.agent_id for error in told] == ["a"]
    store.repair(None)
    assert read(folder.snapshot) == state


@pytest.mark.parametrize("state", MALFORMED.values(), ids=MALFORMED)
def test_beside_a_journal_it_is_rebuilt_and_written_anew(tmp_path: Path, state: bytes) -> None:
    path = str(tmp_path / "session")
    store = FileStore(path)
    add(store, "a", metadata={"n": 1})
    before = change(store, "a", updated(1, phase="planning"))
    write(SessionFolder(path).snapshot, state)

    assert store.get("a") == before
    after = change(store, "a", updated(2))
    assert after == {**before, "revision": 3, "last_updated": at(minutes_later(2))}
    assert SessionFolder(path).state() == after
    assert store.flaws("a") == []


# --- a journal that is as wrong, and rightly chained ------------------------------------------

WRONG_EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "an unknown kind": ("danced", {}),
    "a phase of no kind": ("updated", {"phase": 5}),
    "a phase that is a list": ("updated", {"phase": ["approval"]}),
    "metadata that is no object": ("updated", {"metadata": 5}),
    "an error that is no text": ("updated", {"error": {}}),
    "an end without a phase": ("finalized", {"summary": 5}),
    "an edit without fields": ("edited", {}),
    "an edit of no fields": ("edited", {"fields": None}),
    "an edit of the id": ("edited", {"fields": {"agent_id": "b"}}),
    "an edit of a time": ("edited", {"fields": {"phase": "failed", "last_updated": 5}}),
    "an import of nothing": ("imported", {}),
    "an import of a list": ("imported", {"record": []}),
    "an import of a number": ("imported", {"record": 5}),
    "a birth without an id": ("created", {}),
    "a birth under another id": ("created", {"agent_id": "b"}),
    "a birth with a wrong name": ("created", {"agent_id": "a", "agent_name": 5}),
}


@pytest.mark.parametrize("kind_and_data", WRONG_EVENTS.values(), ids=WRONG_EVENTS)
def test_an_event_that_says_what_none_may_makes_the_session_unreadable(
    tmp_path: Path, kind_and_data: tuple[str, dict[str, Any]]
) -> None:
    path = str(tmp_path / "session")
    store, folder = FileStore(path), SessionFolder(path)
    add(store, "a")
    add(store, "b")
    [last] = store.events("a")
    kind, data = kind_and_data
    _, line = seal(draft(kind, WHEN, "forger", **data), 1, last["hash"], "0" * 64, more=False)
    write(folder.journal, read(folder.journal) + line.encode())
    write(folder.snapshot, b"")

    with pytest.raises(StateCorruptedError):
        store.get("a")
    with pytest.raises(StateCorruptedError):
        change(store, "a", updated())
    assert [record["agent_id"] for record in store.scan(Query())] == ["b"]


@pytest.mark.parametrize("state", [b"\xff", b"null", b"[]", b"{}", b'{"agent_id": []}', b"{"])
def test_a_forged_event_that_vouches_for_no_record_is_not_believed(
    tmp_path: Path, state: bytes
) -> None:
    path = str(tmp_path / "session")
    folder = leave_session_of_the_first_implementation(path)
    write(folder.snapshot, state)
    born = draft("created", WHEN, "forger", agent_id="a")
    _, line = seal(born, 0, NOTHING_BEFORE, digest(state), more=False)
    write(folder.journal, line.encode())

    with pytest.raises(StateCorruptedError):
        FileStore(path).get("a")


def test_a_line_that_holds_half_an_event_is_none(tmp_path: Path) -> None:
    path = str(tmp_path / "session")
    folder = leave_session_of_the_first_implementation(path)
    for half in (
        b'{"seq": 1}',
        b'{"seq": "1", "kind": "created"}',
        b'{"data": []}',
        b"[]",
        b"5",
    ):
        write(folder.journal, half + b"\n")
        assert FileStore(path).look("a").kind == "imported"


@pytest.mark.parametrize(
    "host", [{}, {"kind": "x", "agent_id": "a1"}, {"kind": "x", "expecting": "y"}]
)
def test_a_host_that_makes_no_sense_makes_the_session_unreadable(
    tmp_path: Path, host: dict[str, Any]
) -> None:
    store = FileStore(str(tmp_path / "session"))
    add(store, "a", host=host)
    add(store, "b")

    with pytest.raises(StateCorruptedError, match="its host"):
        store.get("a")
    assert [record["agent_id"] for record in store.scan(Query())] == ["b"]
