"""Where the fault suites play: in memory where the machine has such a folder, for speed."""

from __future__ import annotations

import itertools
import os
import tempfile
from typing import TYPE_CHECKING

import pytest

from tests.faults.places import FILES, KINDS, POSTGRES
from tests.faults.traced import why_untraceable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.postgres import Postgres

IN_MEMORY = "/dev/shm"


@pytest.fixture
def scratch() -> Iterator[str]:
    """An empty folder for a test that makes and removes thousands of files."""
    usable = os.path.isdir(IN_MEMORY) and os.access(IN_MEMORY, os.W_OK)
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if usable else None) as folder:
        yield folder


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def fresh_url(
    kind: str, scratch: str, request: pytest.FixtureRequest
) -> Iterator[Callable[[], str]]:
    """Names a new, empty store of this kind each time."""
    made: list[str] = []
    numbers = itertools.count()

    def name_one() -> str:
        if kind == POSTGRES:
            made.append(server.fresh())
            return made[-1]
        place = f"{scratch}/{kind}-{next(numbers)}"
        return f"{kind}:{place}/{'session' if kind == FILES else 'sessions.db'}"

    if kind == POSTGRES:
        server: Postgres = request.getfixturevalue("postgres_server")
    yield name_one
    for url in made:
        server.drop(url)


@pytest.fixture
def url(fresh_url: Callable[[], str]) -> str:
    return fresh_url()


@pytest.fixture(scope="session")
def traceable() -> None:
    if reason := why_untraceable():
        pytest.skip(reason)
