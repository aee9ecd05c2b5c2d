"""Every change of every store with the system calls of its process killed or failed, by strace
from outside.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.faults.changes import CHANGES
from tests.faults.grounds import FolderGround, Ground, PostgresGround
from tests.faults.ledger import note
from tests.faults.places import FILES, KINDS, POSTGRES, SQLITE
from tests.faults.samples import FEW, IS_LONG, some_of, told
from tests.faults.struck import Struck, errors_at, kills_at, pairs_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.faults.traced import Fault
    from tests.servers.postgres import Postgres

pytestmark = pytest.mark.usefixtures("traceable")
kinds = pytest.mark.parametrize("kind", KINDS)
on_a_disk = pytest.mark.parametrize("kind", [FILES, SQLITE])


def tried_at(changes: int, few: int, many: int) -> pytest.MarkDecorator:
    """In `make test` one in so many *changes*, at one in a *few* faults; at length all of them,
    each at one in *many*, or at all.
    """
    chosen = (tuple(some_of(list(CHANGES), changes)), few)
    one_in = 1 if IS_LONG else many
    return pytest.mark.parametrize(
        ("names", "one_in"),
        [chosen, *(pytest.param((each,), one_in, marks=pytest.mark.long) for each in CHANGES)],
        ids=[FEW, *CHANGES],
    )


@contextmanager
def ground_of(kind: str, folder: str, server: Postgres | None) -> Iterator[Ground]:
    if server is None:
        os.makedirs(folder)
        yield FolderGround(kind, folder)
        return
    ground = PostgresGround(server.fresh())
    try:
        yield ground
    finally:
        ground.close()
        server.drop(ground.url)


class Trial:
    """One sweep over some changes of the store of one kind."""

    def __init__(self, kind: str, scratch: str, server: Postgres | None) -> None:
        self._kind = kind
        self._scratch = scratch
        self._server = server

    def run(
        self, sweep: str, names: Sequence[str], faults: Callable[[Struck], Sequence[Fault]]
    ) -> None:
        for name in names:
            with ground_of(self._kind, f"{self._scratch}/{name}", self._server) as ground:
                struck = Struck(CHANGES[name], ground, f"{self._scratch}/log")
                struck.run(faults(struck))
            note(self._kind, sweep, struck.tried, len(struck.wrong))
            assert struck.tried > 0
            assert not struck.wrong, f"{name}: {told(struck.wrong)}"


@pytest.fixture
def trial(kind: str, scratch: str, request: pytest.FixtureRequest) -> Trial:
    server = request.getfixturevalue("postgres_server") if kind == POSTGRES else None
    return Trial(kind, scratch, server)


@kinds
@tried_at(3, 12, 1)
def test_a_kill_at_any_system_call_leaves_the_old_or_the_new_state(
    trial: Trial, names: Sequence[str], one_in: int
) -> None:
    trial.run("kills", names, lambda struck: some_of(kills_at(struck.calls), one_in))


@on_a_disk
@tried_at(6, 50, 10)
def test_an_error_of_any_system_call_is_answered_truly(
    trial: Trial, names: Sequence[str], one_in: int
) -> None:
    trial.run("errors", names, lambda struck: some_of(errors_at(struck.failable), one_in))


@on_a_disk
@tried_at(9, 400, 50)
def test_a_kill_after_an_error_leaves_the_old_or_the_new_state(
    trial: Trial, names: Sequence[str], one_in: int
) -> None:
    trial.run("pairs", names, lambda struck: some_of(pairs_at(struck.failable), one_in))
