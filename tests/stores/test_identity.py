"""The file store's id: made once, kept in its folder, and read strictly."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from agent_session.core.errors import UnsafeStoreError
from agent_session.stores.files.store import FileStore
from tests.stores.calls import add
from tests.stores.folders import read, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "session")


@pytest.mark.parametrize(
    "mark",
    [b"", b"{}", b'{"id": 7}', b'{"id": "0123"}', b'{"id": "' + b"G" * 32 + b'"}', b"\xff"],
)
def test_a_mark_that_tells_no_id_is_refused(path: str, mark: bytes) -> None:
    add(FileStore(path), "a")
    write(f"{path}/.store.json", mark)

    with pytest.raises(UnsafeStoreError, match=r"\.store\.json"):
        FileStore(path).identity()


def test_the_id_is_the_one_that_the_folder_is_marked_with(path: str) -> None:
    identity = FileStore(path).identity()

    assert json.loads(read(f"{path}/.store.json"))["id"] == identity
    os.link(f"{path}/.store.json", f"{path}/.new-left-by-a-kill")
    assert FileStore(path).identity() == identity
    assert FileStore(path).index.is_trusted()


def test_a_store_whose_mark_was_taken_away_is_marked_anew(path: str) -> None:
    store = FileStore(path)
    before = store.identity()
    os.unlink(f"{path}/.store.json")

    assert store.identity() == FileStore(path).identity() != before
