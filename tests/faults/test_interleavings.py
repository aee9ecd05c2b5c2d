"""Whatever another process does at any call of ours: nothing is lost, half done or torn."""

from __future__ import annotations

import pytest

from tests.faults.interleavings import PREPARED, Interleaving, deeds
from tests.faults.ledger import note
from tests.faults.places import FILES
from tests.faults.samples import few_of

OURS, THEIRS = deeds("ours"), deeds("theirs")
CHANGING = (
    "update", "update twice", "ask", "finalize", "remove", "be killed while removing",
    "remove and add", "add another", "rebuild the index", "take the index away",
)  # fmt: skip
# The hint of a session that is not there yet goes with the index: no rebuild can know it.
PAIRS = [
    (theirs, ours)
    for theirs in CHANGING
    for ours in OURS
    if not (THEIRS[theirs].takes_the_index_away and OURS[ours].makes)
]


@pytest.mark.parametrize(("theirs", "ours"), few_of(PAIRS, 3))
def test_two_at_a_sound_session_lose_nothing(scratch: str, ours: str, theirs: str) -> None:
    pair = Interleaving(scratch, PREPARED["a sound one"], OURS[ours], THEIRS[theirs])

    wrong = pair.run()
    note(FILES, "interleavings", pair.calls, len(wrong))
    assert wrong == []
    assert pair.calls > 2


@pytest.mark.parametrize("prepared", [name for name in PREPARED if name != "a sound one"])
@pytest.mark.parametrize("ours", ["update", "read", "list live", "remove"])
@pytest.mark.parametrize("theirs", ["update", "remove", "rebuild the index"])
def test_two_at_a_session_in_any_state_lose_nothing(
    scratch: str, prepared: str, ours: str, theirs: str
) -> None:
    assert Interleaving(scratch, PREPARED[prepared], OURS[ours], THEIRS[theirs]).run() == []
