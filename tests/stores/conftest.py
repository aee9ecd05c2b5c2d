"""The places in which the tests of a store of ours make it."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING

import pytest

from tests.faults.processes import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def place_for_all() -> Iterator[str]:
    """A folder that an ordinary user may write to, where pytest's own are those of root."""
    place = tempfile.mkdtemp()
    os.chmod(place, 0o777)
    if os.geteuid() == 0:
        os.chown(place, NOBODY, NOBODY)
    yield place
    shutil.rmtree(place)
