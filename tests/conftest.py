"""What takes longest begins first, so that no worker ends long after the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

LONGEST = ("test_the_tests_of_the_core_take_every_branch_of_it", "tests/e2e/claude/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONGEST))
