"""What cannot be read in a folder stands on no page of it, and is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent_session.core.store import Query
from agent_session.stores.files.store import FileStore
from tests.stores.calls import add
from tests.stores.folders import SessionFolder, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("conditions", [{}, {"live": True}, {"agent_name": "x"}])
def test_a_session_that_cannot_be_read_is_told_and_hides_no_other(
    tmp_path: Path, conditions: dict[str, object]
) -> None:
    store = FileStore(f"{tmp_path}/session")
    for minutes, agent_id in enumerate("abc"):
        add(store, agent_id, minutes, agent_name="x")
    folder = SessionFolder(store.root.path, "b")
    write(folder.journal, b"spoilt\n")
    write(folder.snapshot, b"spoilt\n")
    told: list[str] = []

    query = Query(**conditions)  # type: ignore[arg-type]
    page = store.page(query, 2, None, lambda error: told.append(error.agent_id))

    assert ([record["agent_id"] for record in page.records], told) == (["c", "a"], ["b"])
    assert page.below is None
