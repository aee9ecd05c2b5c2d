"""Where the fault suites play: in memory where the machine has such a folder, for speed."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_MEMORY = "/dev/shm"


@pytest.fixture
def scratch() -> Iterator[str]:
    """An empty folder for a test that makes and removes thousands of files."""
    usable = os.path.isdir(IN_MEMORY) and os.access(IN_MEMORY, os.W_OK)
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if usable else None) as folder:
        yield folder
