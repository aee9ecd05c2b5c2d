"""A later version of a SQL store, which has one migration more."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SECOND = """
-- Two statements; the second one needs the first.
CREATE TABLE moods (agent_id TEXT NOT NULL, mood TEXT NOT NULL);
INSERT INTO moods (agent_id, mood) SELECT agent_id, 'calm' FROM sessions;
"""


def move_on(
    monkeypatch: pytest.MonkeyPatch, connections: Any, folder: Path, second: str = SECOND
) -> None:
    """Let the store whose module *connections* is know the *second* migration from now on."""
    shutil.copytree(connections.MIGRATIONS, folder)
    (folder / "0002.sql").write_text(second)
    monkeypatch.setattr(connections, "MIGRATIONS", str(folder))
    monkeypatch.setattr(connections, "SCHEMA", 2)
