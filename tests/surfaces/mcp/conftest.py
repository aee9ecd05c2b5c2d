"""One server for the tests of a module: it takes half a second to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.surfaces.mcp.agent import Agent, an_agent


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    with an_agent(tmp_path_factory.mktemp("project")) as agent:
        yield agent
