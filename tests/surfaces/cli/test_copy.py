"""`copy` on the command line: what it says, and with which status it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.surfaces.cli.command_line import CommandLine

THERE_AND_BACK = ("copy", "--from", "files:.claude/session", "--to", "sqlite:s.db")


def test_a_copy_says_what_it_did(cli: CommandLine) -> None:
    for _ in range(3):
        cli("create")

    first, second = cli(*THERE_AND_BACK), cli(*THERE_AND_BACK, "--json")

    assert first.out == (
        "Copied to sqlite:s.db: 3 new, 0 brought up to date, 0 unchanged; "
        "3 verified, 0 failed\n"
    )
    assert (first.status, second.status) == (0, 0)
    assert json.loads(second.out)["unchanged"] == 3
    listed = cli("--store", "sqlite:s.db", "list")
    assert listed.out == cli("list").out != ""


def test_what_cannot_be_copied_ends_with_status_1(cli: CommandLine) -> None:
    cli("create", "--agent-id", "mine")
    cli("--store", "sqlite:s.db", "create", "--agent-id", "mine", "--agent", "another")

    ran = cli(*THERE_AND_BACK)

    assert ran.status == 1
    assert "mine: the target has another session of this id" in ran.err


def test_a_copy_needs_both_stores_and_a_source_that_is_there(cli: CommandLine) -> None:
    assert cli("copy", "--from", "sqlite:s.db").status == 2
    ran = cli("copy", "--from", "sqlite:none.db", "--to", "sqlite:s.db")

    assert ran.status == 1
    assert "there is no store at" in ran.err
    assert list(cli.folder.iterdir()) == []
