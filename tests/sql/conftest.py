"""One store of each SQL database, for what is true of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sql.kept import Kept, KeptInPostgres, KeptInSqlite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    yield from keeping(request, str(tmp_path / "sessions.db"))


def keeping(request: pytest.FixtureRequest, path: str) -> Iterator[Kept]:
    """A new store of the kind that *request* names, for as long as it lives."""
    if request.param == "sqlite":
        yield KeptInSqlite(path)
        return
    kept = KeptInPostgres(request.getfixturevalue("emptied_url"))
    yield kept
    kept.ask("DROP SCHEMA IF EXISTS agent_session CASCADE")


@pytest.fixture(scope="session")
def emptied_url(postgres_server: Postgres) -> Iterator[str]:
    """One database for all tests here, which is empty whenever one begins."""
    url = postgres_server.fresh()
    yield url
    postgres_server.drop(url)
