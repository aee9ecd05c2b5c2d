"""The SQLite store keeps the contract; and what it promises about its own file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent_session.stores.sqlite.store import open_sqlite
from tests.stores.contract import StoreContract

if TYPE_CHECKING:
    from pathlib import Path

    from agent_session.core.store import Store


class OpenedAnew:
    """An SQLite store that is opened for every call, as by one process after the other."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Any:
        return getattr(open_sqlite(self._path), name)


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return open_sqlite(str(tmp_path / "sessions.db"))


class TestSqliteStoreOpenedForEveryCall(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return OpenedAnew(str(tmp_path / "sessions.db"))
