"""After a power cut at any point, what was acknowledged is there, and nothing is corrupt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults import samples
from tests.faults.ledger import note
from tests.faults.places import FILES
from tests.faults.power_cuts import LIVES, Cuts

if TYPE_CHECKING:
    from tests.faults.power_cuts import Life

NO_FILE_SYNCED = frozenset(("sync file",))
NO_FOLDER_SYNCED = frozenset(("sync folder",))
FEW, MANY = 5, 200 if samples.IS_LONG else 20


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
@pytest.mark.parametrize(
    "by_exchange",
    [False, pytest.param(True, marks=pytest.mark.long)],
    ids=["renaming", "exchanging"],
)
@pytest.mark.parametrize(
    "samples", [FEW, pytest.param(MANY, marks=pytest.mark.long)], ids=[samples.FEW, "many"]
)
def test_a_power_cut_at_any_point_loses_nothing_that_was_acknowledged(
    scratch: str, life: Life, by_exchange: bool, samples: int
) -> None:
    cuts = Cuts(life, scratch, by_exchange=by_exchange)

    wrong = cuts.run(samples=samples)
    note(FILES, "power cuts", cuts.count, len(wrong))
    assert wrong == []
    assert cuts.count > 20


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
def test_without_the_syncs_of_files_the_model_finds_losses(scratch: str, life: Life) -> None:
    assert Cuts(life, scratch).run(without=NO_FILE_SYNCED, samples=FEW) != []


@pytest.mark.parametrize("name", ["create in a new store", "create", "import"])
def test_without_the_syncs_of_folders_the_model_finds_losses(scratch: str, name: str) -> None:
    assert Cuts(LIVES[name], scratch).run(without=NO_FOLDER_SYNCED, samples=FEW) != []
