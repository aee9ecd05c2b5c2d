"""The checker tells histories that can be from those that cannot."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.lincheck import NEVER, UNKNOWN, Call, is_linearizable
from tests.faults.test_claim_chaos import HELD, STALE, START, one_claim


def claim(invoked: float, returned: float, answer: Any) -> Call:
    return Call(invoked, returned, ("claim",), answer)


def write(invoked: float, returned: float, token: int, answer: Any) -> Call:
    return Call(invoked, returned, ("write", token), answer)


POSSIBLE = {
    "two claimers, one holds": [claim(0, 2, 1), claim(1, 3, HELD), write(4, 5, 1, 1)],
    "a killed write that did happen": [
        claim(0, 1, 1),
        write(2, NEVER, 1, UNKNOWN),
        write(4, 5, 1, 2),
    ],
    "a killed write that did not": [
        claim(0, 1, 1),
        write(2, NEVER, 1, UNKNOWN),
        write(4, 5, 1, 1),
    ],
    "a stale write is refused": [claim(0, 1, 1), claim(2, 3, 2), write(4, 5, 1, STALE)],
}
IMPOSSIBLE = {
    "one token, two holders": [claim(0, 2, 1), claim(1, 3, 1)],
    "a stale token is believed": [claim(0, 1, 1), claim(2, 3, 2), write(4, 5, 1, 1)],
    "a write is lost": [claim(0, 1, 1), write(2, 3, 1, 1), write(4, 5, 1, 1)],
    "held by nobody": [claim(0, 1, HELD)],
    "a good token is refused": [claim(0, 1, 1), write(2, 3, 1, STALE)],
}


@pytest.mark.parametrize("name", POSSIBLE)
def test_a_history_that_can_be_is_told(name: str) -> None:
    assert is_linearizable(POSSIBLE[name], START, one_claim)


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_history_that_cannot_be_is_told(name: str) -> None:
    assert not is_linearizable(IMPOSSIBLE[name], START, one_claim)
