from __future__ import annotations

from pathlib import Path

import pytest

from tests.surfaces.hooks.hook_project import HookProject


@pytest.fixture
def project(tmp_path: Path) -> HookProject:
    return HookProject(tmp_path)
