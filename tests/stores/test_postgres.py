"""The PostgreSQL store keeps the contract; and what it promises about its connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent_session.stores.postgres.store import open_postgres
from tests.stores.contract import StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent_session.core.store import Store
    from tests.servers.postgres import Postgres


@pytest.fixture
def url(postgres_server: Postgres) -> Iterator[str]:
    url = postgres_server.fresh()
    yield url
    postgres_server.drop(url)


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def store(self, url: str) -> Store:
        return open_postgres(url)
