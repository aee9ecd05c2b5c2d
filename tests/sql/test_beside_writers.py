"""Who looks at a session while it changes sees it as it was at one moment."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from agent_session.core.errors import SessionExistsError
from tests.examples import updated
from tests.stores.calls import add, change
from tests.stores.contract_of_hosts import a_host

if TYPE_CHECKING:
    from tests.sql.kept import Kept


def test_a_session_that_changes_meanwhile_has_no_flaw(kept: Kept) -> None:
    store = kept.store
    add(store, "a")
    is_over = threading.Event()

    def write() -> None:
        while not is_over.is_set():
            change(store, "a", updated())

    writer = threading.Thread(target=write)
    writer.start()
    flaws = [flaw for _ in range(10) for flaw in store.flaws("a")]
    is_over.set()
    writer.join()

    assert flaws == []


def test_an_id_that_is_taken_is_told_before_a_host_that_is(kept: Kept) -> None:
    """As by every other store."""
    add(kept.store, "a")
    add(kept.store, "b", host=a_host())

    with pytest.raises(SessionExistsError):
        add(kept.store, "a", host=a_host())
