"""Errors, short writes and ends at every call of every operation of the file store."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.operations import OPERATIONS
from tests.faults.strikes import ONCE, Strike, ends_at, errors_at
from tests.faults.sweeps import Sweep

if TYPE_CHECKING:
    from tests.faults.operations import Operation

every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
WRITES = ("add to nothing", "update", "rebuild the index", "compact", "finalize", "remove")


@every_operation
@pytest.mark.parametrize(
    "by_exchange",
    [False, pytest.param(True, marks=pytest.mark.long)],
    ids=["renaming", "exchanging"],
)
def test_an_error_at_any_call_leaves_the_old_or_the_new_state(
    scratch: str, operation: Operation, by_exchange: bool
) -> None:
    sweep = Sweep(operation, scratch, by_exchange=by_exchange)

    assert sweep.run(errors_at(len(sweep.calls))) == []


@every_operation
@pytest.mark.parametrize("by_exchange", [False, True], ids=["renaming", "exchanging"])
def test_an_end_at_any_call_leaves_the_old_or_the_new_state(
    scratch: str, operation: Operation, by_exchange: bool
) -> None:
    sweep = Sweep(operation, scratch, by_exchange=by_exchange)

    assert sweep.run(ends_at(sweep.calls)) == []


@pytest.mark.parametrize("name", WRITES)
def test_the_process_that_met_an_error_goes_on_afterwards(scratch: str, name: str) -> None:
    sweep = Sweep(OPERATIONS[name], scratch, goes_on=True)
    strikes = [Strike(at, ONCE, errno.EIO) for at in range(1, len(sweep.calls) + 1)]

    assert sweep.run(strikes) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_error_leaves_a_file_open(scratch: str, name: str) -> None:
    sweep = Sweep(OPERATIONS[name], scratch)
    before = len(os.listdir("/proc/self/fd"))

    sweep.run([Strike(at, ONCE, errno.EIO) for at in range(1, len(sweep.calls) + 1)])

    assert len(os.listdir("/proc/self/fd")) <= before
