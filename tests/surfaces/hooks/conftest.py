from __future__ import annotations

from pathlib import Path

import pytest

from tests.surfaces.hooks.hook_project import HookProject
from tests.surfaces.hooks.host_project import HostProject


@pytest.fixture
def project(tmp_path: Path) -> HookProject:
    return HookProject(tmp_path)


@pytest.fixture
def host(tmp_path: Path) -> HostProject:
    return HostProject(tmp_path)
