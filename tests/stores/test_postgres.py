"""The PostgreSQL store keeps the contract; and what it promises about its connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from agent_session.stores.postgres.database import PostgresDatabase
from agent_session.stores.postgres.store import open_postgres
from tests.stores.contract import StoreContract

if TYPE_CHECKING:
    from agent_session.core.store import Store


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def store(self, url: str) -> Store:
        return open_postgres(url)


def test_a_server_that_promises_too_soon_does_not_to_us(url: str) -> None:
    """The tests' own is told to; who is answered may rely on it."""
    with psycopg.connect(url) as other:
        assert other.execute("SHOW synchronous_commit").fetchall() == [("off",)]

    database = PostgresDatabase(url)

    assert database.ask("SHOW synchronous_commit") == [("on",)]
