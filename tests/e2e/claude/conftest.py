"""The bench of each test here; without the client, the tests skip and say how to get it.

They share nothing, so they run in parallel; `-m claude` selects them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.claude.binary import find
from tests.e2e.claude.client import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "claude: drives the real Claude Code client")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.claude)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    binary, why_not = find()
    if binary is None:
        pytest.skip(why_not)
    bench = Bench(tmp_path, binary)
    try:
        yield bench
    finally:
        bench.close()
