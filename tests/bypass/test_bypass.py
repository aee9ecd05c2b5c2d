"""Can an agent with a shell approve its own plan? Each attack is really tried, against the real
command line, and docs/approvals.md says what came of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bypass.levels import LEVELS
from tests.bypass.machine import a_machine, why_not
from tests.bypass.matrix import a_true_approval_passes, matrix, table, table_in_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bypass.levels import Level
    from tests.bypass.machine import Machine


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    if reason := why_not():
        pytest.skip(reason)
    with a_machine() as machine:
        yield machine


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
def test_a_true_approval_passes_at_every_strength(machine: Machine, level: Level) -> None:
    assert a_true_approval_passes(machine, level)


def test_the_document_tells_what_came_of_every_attack(machine: Machine) -> None:
    assert table(matrix(machine)) == table_in_document()
