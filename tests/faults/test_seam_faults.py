"""Errors, short writes and ends at every call of every operation of the file store."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.ledger import note
from tests.faults.operations import OPERATIONS
from tests.faults.places import FILES
from tests.faults.samples import FEW, one_in, some_of, told
from tests.faults.strikes import (
    ERRORS,
    ONCE,
    TEN_ERRORS,
    Strike,
    ends_at,
    errors_at,
    pairs_at,
)
from tests.faults.sweeps import Sweep

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.faults.operations import Operation

every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
WRITES = ("add to nothing", "update", "rebuild the index", "compact", "finalize", "remove")


def assert_nothing_wrong(sweep: Sweep, name: str, strikes: Iterable[Strike]) -> None:
    wrong = sweep.run(strikes)
    note(FILES, name, sweep.strikes, len(wrong))
    assert not wrong, told(wrong)


@every_operation
@pytest.mark.parametrize(
    "by_exchange",
    [False, pytest.param(True, marks=pytest.mark.long)],
    ids=["renaming", "exchanging"],
)
@pytest.mark.parametrize(
    "errors",
    [ERRORS, pytest.param(TEN_ERRORS, marks=pytest.mark.long)],
    ids=[FEW, "ten"],
)
def test_an_error_at_any_call_leaves_the_old_or_the_new_state(
    scratch: str, operation: Operation, by_exchange: bool, errors: Sequence[int]
) -> None:
    sweep = Sweep(operation, scratch, by_exchange=by_exchange)

    strikes = list(errors_at(len(sweep.calls), errors))
    assert_nothing_wrong(sweep, "seam errors", some_of(strikes, 3 if errors is ERRORS else 1))


@every_operation
@one_in(1000, 20)
def test_two_errors_or_an_error_and_an_end_leave_the_old_or_the_new_state(
    scratch: str, operation: Operation, one_in: int
) -> None:
    sweep = Sweep(operation, scratch)
    pairs = list(pairs_at(len(sweep.calls)))

    assert_nothing_wrong(sweep, "seam pairs", some_of(pairs, one_in))


@every_operation
@pytest.mark.parametrize(
    "by_exchange",
    [False, pytest.param(True, marks=pytest.mark.long)],
    ids=["renaming", "exchanging"],
)
def test_an_end_at_any_call_leaves_the_old_or_the_new_state(
    scratch: str, operation: Operation, by_exchange: bool
) -> None:
    sweep = Sweep(operation, scratch, by_exchange=by_exchange)

    assert_nothing_wrong(sweep, "seam ends", ends_at(sweep.calls))


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
