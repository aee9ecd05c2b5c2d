"""Four hosts, one PostgreSQL, one inbox: whoever is killed, each job is done once, by a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.samples import FEW
from tests.faults.team import Team
from tests.servers.postgres import running_postgres, why_none

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.postgres import Postgres


@pytest.fixture
def durable_server() -> Iterator[Postgres]:
    if reason := why_none():
        pytest.skip(reason)
    with running_postgres(durable=True, tcp=True) as server:
        yield server


@pytest.mark.parametrize(
    ("jobs", "seconds"),
    [(60, 120.0), pytest.param(2000, 900.0, marks=pytest.mark.long)],
    ids=[FEW, "many"],
)
def test_each_job_is_done_once_while_hosts_are_killed_and_the_server_crashes(
    durable_server: Postgres, tmp_path: Path, jobs: int, seconds: float
) -> None:
    team = Team(durable_server, str(tmp_path), jobs)

    team.work(seconds)

    assert team.flaws() == []
    assert (team.kills > 0, team.crashes) == (True, 1)
    print(f"{jobs} jobs, {team.kills} kills, {team.crashes} crash of the server")
