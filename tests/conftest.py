"""What all tests share: what takes longest begins first, and one PostgreSQL, if any asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.postgres import running_postgres, why_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.postgres import Postgres

LONGEST = ("test_the_tests_of_the_core_take_every_branch_of_it", "tests/e2e/claude/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONGEST))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One for all tests of a worker; each takes a database of its own from `fresh`."""
    if reason := why_none():
        pytest.skip(reason)
    with running_postgres(tcp=True) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """A database of its own, without a store."""
    url = postgres_server.fresh()
    yield url
    postgres_server.drop(url)
