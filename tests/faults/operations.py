"""What a file store is asked to do under faults, each with what is on the disk before it."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from agent_session.core.instants import at
from agent_session.core.resume import ResumePolicy
from agent_session.core.store import Query
from agent_session.services.sessions import Sessions
from agent_session.stores.files.store import FileStore
from tests.examples import NOW, finalized, minutes_later, updated
from tests.stores.approvals import approval_id, asked, claimed, decided, used
from tests.stores.calls import add, always, change
from tests.stores.contract_of_compacting import shorten
from tests.stores.folders import (
    SessionFolder,
    leave_session_of_the_first_implementation,
    read,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.store import Store


UNREADABLE = "told to be unreadable"


class Operation(NamedTuple):
    """*act* on the store that *prepare* has left; *touches* how many sessions at the most."""

    prepare: Callable[[str], None]
    act: Callable[[Store], Any]
    touches: int = 1


# --- what is there before ---------------------------------------------------------------------


def nothing(path: str) -> None:
    """Not even the folder."""


def keep_three_sessions(store: Store) -> None:
    """a waits, b works, c is at its end."""
    for agent_id, agent_name in (("a", "x"), ("b", "x"), ("c", "y")):
        add(store, agent_id, agent_name=agent_name, metadata={"n": 0})
    change(store, "a", updated(1, phase="planning", metadata={"text": "first"}))
    change(store, "b", updated(2, phase="executing"))
    change(store, "c", finalized(minutes=3))
    store.note({"n": 1})


def keep_one_that_is_over(store: Store) -> None:
    keep_three_sessions(store)
    finish_a(store)


def finish_a(store: Store) -> None:
    change(store, "a", updated(4, phase="executing"), updated(5, metadata={"n": 1}))
    change(store, "a", finalized(minutes=6))


def keep_three_ages(store: Store) -> None:
    """b and c have been idle for an hour, and a for half of one."""
    keep_three_sessions(store)
    change(store, "a", updated(30))


def keep_two_requests(store: Store) -> None:
    """a and b wait for an answer."""
    keep_three_sessions(store)
    change(store, "a", asked(1, 4))
    change(store, "b", asked(2, 5))


def keep_an_answer(store: Store) -> None:
    """What a asked for may be done."""
    keep_two_requests(store)
    change(store, "a", decided(1, 6))


def three_sessions(path: str) -> None:
    keep_three_sessions(FileStore(path))


def three_ages(path: str) -> None:
    keep_three_ages(FileStore(path))


def a_stale_snapshot(path: str) -> None:
    three_sessions(path)
    old = read(SessionFolder(path).snapshot)
    change(FileStore(path), "a", updated(4, phase="approval"))
    write(SessionFolder(path).snapshot, old)


def a_torn_tail(path: str) -> None:
    three_sessions(path)
    folder = SessionFolder(path)
    write(folder.journal, read(folder.journal) + folder.lines()[-1][:-9])


def an_edit_by_hand(path: str) -> None:
    three_sessions(path)
    SessionFolder(path).edit(phase="approval", metadata={"text": "mended"})


def one_of_the_first_implementation(path: str) -> None:
    three_sessions(path)
    shutil.rmtree(f"{path}/a")
    leave_session_of_the_first_implementation(path, "a")


def all_of_the_first_implementation(path: str) -> None:
    for agent_id in "abc":
        leave_session_of_the_first_implementation(path, agent_id)


def no_index(path: str) -> None:
    three_sessions(path)
    shutil.rmtree(f"{path}/.index")


def an_index_of_another_boot(path: str) -> None:
    three_sessions(path)
    write(f"{path}/.index/trusted", b"another boot")


def a_log_to_compact(path: str) -> None:
    """The next line carries the log of x over 64 KiB."""
    three_sessions(path)
    log = f"{path}/.index/a-x.jsonl"
    hint = b'\n["-","2026-01-01T00:00:00.000000Z","gone-long-ago",null]\n'
    padding = (64 << 10) - os.path.getsize(log) - 20
    filler = hint * (padding // len(hint)) + b" " * (padding % len(hint) - 1) + b"\n"
    write(log, filler + read(log))


def one_that_is_over(path: str) -> None:
    keep_one_that_is_over(FileStore(path))


def a_stale_one_that_is_over(path: str) -> None:
    three_sessions(path)
    old = read(SessionFolder(path).snapshot)
    finish_a(FileStore(path))
    write(SessionFolder(path).snapshot, old)


def two_requests(path: str) -> None:
    keep_two_requests(FileStore(path))


def an_answer(path: str) -> None:
    keep_an_answer(FileStore(path))


def an_inbox_to_compact(path: str) -> None:
    """The next line carries the log of what waits over 64 KiB."""
    two_requests(path)
    log = f"{path}/.index/pending"
    hint = b'\n["-","2026-01-01T00:00:00.000000Z","gone-long-ago",null]\n'
    padding = (64 << 10) - os.path.getsize(log) - 20
    filler = hint * (padding // len(hint)) + b" " * (padding % len(hint) - 1) + b"\n"
    write(log, filler + read(log))


def requests_and_no_index(path: str) -> None:
    two_requests(path)
    shutil.rmtree(f"{path}/.index")


def leftovers(path: str) -> None:
    three_sessions(path)
    for name in (".new-0", ".gone-d"):
        os.mkdir(f"{path}/{name}", 0o700)
        write(f"{path}/{name}/state.json", b"{}")
    os.utime(f"{path}/.new-0", (0, 0))


# --- what is done -----------------------------------------------------------------------------


def add_d(store: Store) -> Any:
    return add(store, "d", agent_name="x", metadata={"n": 1})


def update_a(store: Store) -> Any:
    return change(store, "a", updated(9, metadata={"text": "second"}))


def update_a_in_two_steps(store: Store) -> Any:
    return change(store, "a", updated(9, phase="executing"), updated(9, metadata={"n": 9}))


def finalize_a(store: Store) -> Any:
    return change(store, "a", finalized(minutes=9, summary="done"))


def compact_a(store: Store) -> Any:
    return store.compact("a", shorten)


def ask_of_a(store: Store) -> Any:
    return change(store, "a", asked(9, 9, cancels=[1]))


def decide_of_a(store: Store) -> Any:
    return change(store, "a", decided(1, 9))


def use_of_a(store: Store) -> Any:
    return change(store, "a", used(1, 9))


def claim_a(store: Store) -> Any:
    return change(store, "a", claimed(9))


def watch_a(store: Store) -> Any:
    with store.watch("a") as of_one, store.watch(None) as of_all:
        return of_one.wait(0), of_all.wait(0)


def remove_a(store: Store) -> Any:
    return store.remove("a", at(minutes_later(9)), always)


def clean_up(store: Store) -> Any:
    """b and c are removed; a, which has waited for too long, is given up."""
    sessions = Sessions(
        store,
        now=lambda: NOW + timedelta(minutes=65),
        randomness=os.urandom,
        policy=ResumePolicy(),
        actor="test",
    )
    swept = sessions.cleanup(hours=1)
    return {
        **dict.fromkeys(swept.removed, "removed"),
        **dict.fromkeys(swept.abandoned, "abandoned"),
        **dict.fromkeys((error.agent_id for error in swept.unreadable), UNREADABLE),
    }


def list_all(store: Store) -> Any:
    return told_by(store, Query())


def list_live(store: Store) -> Any:
    return told_by(store, Query(live=True))


def list_pending(store: Store) -> Any:
    return told_by(store, Query(pending=True))


def find_holder(store: Store) -> Any:
    return told_by(store, Query(approval_id=approval_id(2)))


def list_live_of_x(store: Store) -> Any:
    return told_by(store, Query(live=True, agent_name="x"))


def told_by(store: Store, query: Query) -> dict[str, Any]:
    """The records by their id; UNREADABLE for those of which only that was told."""
    told: dict[str, Any] = {}
    for record in store.scan(query, lambda error: told.update({error.agent_id: UNREADABLE})):
        told[record["agent_id"]] = record
    return told


OPERATIONS: dict[str, Operation] = {
    "add": Operation(three_sessions, add_d),
    "add to nothing": Operation(nothing, add_d),
    "update": Operation(three_sessions, update_a),
    "update in two steps": Operation(three_sessions, update_a_in_two_steps),
    "update a stale one": Operation(a_stale_snapshot, update_a),
    "update a torn one": Operation(a_torn_tail, update_a),
    "update an edited one": Operation(an_edit_by_hand, update_a),
    "import one": Operation(one_of_the_first_implementation, update_a),
    "import into a new store": Operation(all_of_the_first_implementation, update_a),
    "rebuild the index": Operation(no_index, update_a),
    "rebuild after a boot": Operation(an_index_of_another_boot, finalize_a),
    "compact": Operation(a_log_to_compact, add_d),
    "finalize": Operation(three_sessions, finalize_a),
    "compact a journal": Operation(one_that_is_over, compact_a),
    "compact a stale one": Operation(a_stale_one_that_is_over, compact_a),
    "remove": Operation(three_sessions, remove_a),
    "claim": Operation(three_sessions, claim_a),
    "ask": Operation(three_sessions, ask_of_a),
    "ask again": Operation(two_requests, ask_of_a),
    "ask without an index": Operation(requests_and_no_index, ask_of_a),
    "ask and compact": Operation(an_inbox_to_compact, ask_of_a),
    "decide": Operation(two_requests, decide_of_a),
    "use": Operation(an_answer, use_of_a),
    "finalize what waits": Operation(two_requests, finalize_a),
    "remove what waits": Operation(two_requests, remove_a),
    "watch": Operation(two_requests, watch_a),
    "identity": Operation(three_sessions, lambda store: store.identity()),
    "identity of a new store": Operation(nothing, lambda store: len(store.identity())),
    "clean up": Operation(three_ages, clean_up, touches=3),
    "note": Operation(three_sessions, lambda store: store.note({"n": 2})),
    "note to nothing": Operation(nothing, lambda store: store.note({"n": 2})),
    "repair one": Operation(a_torn_tail, lambda store: store.repair("a")),
    "repair a stale one": Operation(a_stale_snapshot, lambda store: store.repair("a")),
    "repair all": Operation(a_torn_tail, lambda store: store.repair(None), touches=3),
    "sweep": Operation(leftovers, lambda store: store.sweep()),
    "get": Operation(three_sessions, lambda store: store.get("a")),
    "get a torn one": Operation(a_torn_tail, lambda store: store.get("a")),
    "get an edited one": Operation(an_edit_by_hand, lambda store: store.get("a")),
    "get an old one": Operation(one_of_the_first_implementation, lambda store: store.get("a")),
    "events": Operation(three_sessions, lambda store: list(store.events("a"))),
    "flaws": Operation(a_torn_tail, lambda store: store.flaws("a")),
    "notes": Operation(three_sessions, lambda store: list(store.notes())),
    "list all": Operation(three_sessions, list_all),
    "list live": Operation(three_sessions, list_live),
    "list live of one agent": Operation(three_sessions, list_live_of_x),
    "list pending": Operation(two_requests, list_pending),
    "find a holder": Operation(two_requests, find_holder),
    "list pending without an index": Operation(requests_and_no_index, list_pending),
    "list without an index": Operation(no_index, list_live),
}
