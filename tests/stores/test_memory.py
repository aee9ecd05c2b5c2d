"""The memory store keeps the contract, and nothing beyond its own object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent_session.stores.memory import MemoryStore
from tests.stores.calls import add, ids
from tests.stores.contract import StoreContract

if TYPE_CHECKING:
    from agent_session.core.store import Store


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()

    def test_two_stores_know_nothing_of_each_other(self, store: Store) -> None:
        add(store, "a")

        assert ids(MemoryStore()) == []
