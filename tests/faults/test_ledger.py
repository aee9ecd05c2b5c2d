"""What docs/reliability.md says was tried is what the fault tests try."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.faults.ledger import LEDGER, SWEEPS, Tally, note, tallies
from tests.faults.places import FILES, KINDS, SQLITE
from tests.faults.table import BEGIN, END, rows_in, with_table
from tests.project.tree import ROOT, python_files, read

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/reliability.md"


def test_every_row_of_the_page_names_a_sweep_and_a_store_that_exist() -> None:
    rows = rows_in(read(PAGE))

    assert rows != []
    assert {sweep for sweep, _ in rows} <= set(SWEEPS.values())
    assert {kind for _, kind in rows} <= set(KINDS)


@pytest.mark.parametrize("sweep", SWEEPS)
def test_every_sweep_is_noted_by_a_test(sweep: str) -> None:
    tests = [name for name in python_files("tests") if "/faults/test_" in name]

    assert any(f'"{sweep}"' in read(name) for name in tests if "test_ledger" not in name)


def test_notes_of_one_sweep_are_summed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LEDGER, f"{tmp_path}/ledger")
    note(SQLITE, "kills", 3)
    note(FILES, "kills", 2)
    note(SQLITE, "kills", 4, 1)

    lines = (tmp_path / "ledger").read_text().splitlines()

    assert json.loads(lines[0]) == [SQLITE, "kills", 3, 0]
    assert tallies(lines) == [Tally(FILES, "kills", 2, 0), Tally(SQLITE, "kills", 7, 1)]


def test_a_table_is_put_between_the_marks_and_nothing_else_is_touched() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"

    made = with_table(page, [Tally(FILES, "kills", 2, 0)], "Run today.")

    assert made.startswith(f"before\n{BEGIN}\n\nRun today.\n")
    assert made.endswith(f"{END}\nafter\n")
    assert "old" not in made
    assert rows_in(made) == [(SWEEPS["kills"], FILES)]
    assert with_table(made, [], "Run again.").count(BEGIN) == 1


def test_the_page_names_no_machine() -> None:
    assert not re.search(r"/tmp|/home|/root", read(PAGE))
    assert os.path.exists(os.path.join(ROOT, PAGE))
