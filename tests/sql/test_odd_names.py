"""Whatever means something to SQL, or to a driver, is a name like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.events import fold
from agent_session.core.store import Query
from tests.examples import updated
from tests.stores.approvals import asked
from tests.stores.calls import add, change, ids
from tests.stores.contract_of_hosts import a_host, by_agent, by_conversation

if TYPE_CHECKING:
    from tests.sql.kept import Kept

ODD = (
    "%", "%s", "%%s", "%(agent_id)s", "%b", ":agent_id", "::text", ":1", "?", "?1", "$1", "@x",
    "'", "''", '"', "`", "\\", "\\'", "'; DROP TABLE sessions; --", "/*", "--", "{}", "{0}",
    "\0", "a\0b", "\x01", "\x7f", "\ufeff", "\u2028", "\U0001f600", "é", "#", "#" + "0" * 32,
    "null", "NULL", "x" * 64, "x" * 65, "x" * 3000, "-0", "0", "00", "1e3", " ", "",
)  # fmt: skip


def test_any_text_is_an_agent_s_name_and_no_two_are_taken_for_one(kept: Kept) -> None:
    for number, odd in enumerate(ODD):
        add(kept.store, f"n{number}", agent_name=odd)

    for number, odd in enumerate(ODD):
        assert ids(kept.store, agent_name=odd) == [f"n{number}"]
        assert ids(kept.store, agent_name=odd, live=True) == [f"n{number}"]


def test_any_text_is_a_task_s_id_and_no_two_are_taken_for_one(kept: Kept) -> None:
    for number, odd in enumerate(ODD):
        add(kept.store, f"n{number}", metadata={"task_id": odd})

    for number, odd in enumerate(ODD):
        assert ids(kept.store, task_id=odd) == [f"n{number}"]
        assert ids(kept.store, task_id=odd, live=True) == [f"n{number}"]


def test_any_text_is_a_host_s_id_and_no_two_are_taken_for_one(kept: Kept) -> None:
    for number, odd in enumerate(ODD):
        add(kept.store, f"n{number}", host=a_host(odd, f"in {odd}"))

    for number, odd in enumerate(ODD):
        assert by_agent(kept.store, odd) == by_conversation(kept.store, f"in {odd}")
        assert by_agent(kept.store, odd) == f"n{number}"


def test_any_text_is_kept_as_it_is(kept: Kept) -> None:
    metadata: dict[str, Any] = {f"key {odd}": [odd, {odd: None}] for odd in ODD}
    add(kept.store, "a", metadata=metadata, purpose="".join(ODD))
    change(kept.store, "a", updated(error="".join(ODD)), asked(1, 2))
    kept.store.note(metadata)

    found = kept.opened().get("a")

    assert found["metadata"] == metadata
    assert (
        found["purpose"]
        == "".join(ODD)
        == str(found["last_error"] and found["last_error"]["message"])
    )
    assert fold(kept.store.events("a")) == found
    assert list(kept.store.notes()) == [metadata]
    assert kept.store.flaws("a") == []


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("odd", ["\0", "\ud800"])
@pytest.mark.parametrize("field", ["approval_id", "phase", "since"])
def test_what_nothing_can_be_is_found_nowhere(
    kept: Kept, field: str, odd: str, live: bool
) -> None:
    add(kept.store, "a")

    conditions: Any = {field: odd}
    found = [each["agent_id"] for each in kept.store.scan(Query(live=live, **conditions))]

    assert found == (["a"] if field == "since" and odd == "\0" else [])
