"""uninstall takes our hooks out of settings that a person keeps, and leaves no trace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.surfaces.cli.client_settings import BEFORE, MERGED, THEIRS, names
from tests.surfaces.cli.command_line import CommandLine


@pytest.fixture
def settings(cli: CommandLine) -> Path:
    """The project's settings, which are not there yet."""
    (cli.folder / ".claude").mkdir()
    return cli.folder / ".claude/settings.json"


def test_where_there_is_nothing_of_ours_nothing_changes(
    cli: CommandLine, settings: Path
) -> None:
    settings.write_bytes(MERGED["same events and matchers"])

    ran = cli("uninstall")

    assert ran.out == f"Nothing to remove: no hook of agent-session is in {settings}\n"
    assert settings.read_bytes() == MERGED["same events and matchers"]


def test_what_a_person_has_changed_since_is_kept(cli: CommandLine, settings: Path) -> None:
    settings.write_text('{\n    "model": "opus",\n    "hooks": {}\n}\n')
    cli("install")
    changed = settings.read_text().replace('"opus"', '"haiku"')
    settings.write_text(changed)

    cli("uninstall")

    assert settings.read_text() == '{\n    "model": "haiku"\n}\n'
    assert names(settings.parent) == ["settings.json"]


def test_a_hook_that_a_person_has_added_to_our_group_is_kept(
    cli: CommandLine, settings: Path
) -> None:
    cli("install")
    value = json.loads(settings.read_text())
    value["hooks"]["Stop"][0]["hooks"].insert(0, THEIRS)
    settings.write_text(json.dumps(value))

    cli("uninstall")

    assert json.loads(settings.read_text()) == {"hooks": {"Stop": [{"hooks": [THEIRS]}]}}


def test_a_former_file_that_holds_hooks_of_ours_is_not_put_back(
    cli: CommandLine, settings: Path
) -> None:
    settings.write_text("{}")
    cli("install")
    (settings.parent / BEFORE).write_bytes(settings.read_bytes())

    cli("uninstall")

    assert settings.read_text() == "{}"
    assert names(settings.parent) == ["settings.json"]
