"""How many of all faults a run tries: a few of them each day others, most, or all.

`make test` tries a few: which ones goes by the day, or by AGENT_SESSION_FAULTS_SEED, and a
failure names the seed. `make faults` tries all kills, and `make faults LONG=1` all there is.
"""

from __future__ import annotations

import datetime
import os
import random
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    T = TypeVar("T")

# In the name of a test whose long form tries the same and more.
FEW = "a_few"
SEED = "AGENT_SESSION_FAULTS_SEED"
IS_LONG = bool(os.environ.get("AGENT_SESSION_FAULTS_LONG"))


def seed() -> int:
    given = os.environ.get(SEED)
    return int(given) if given else datetime.datetime.now(datetime.UTC).toordinal()


def some_of(all_of_them: Sequence[T], one_in: int) -> Sequence[T]:
    """One in so many, from a start that goes by the seed."""
    if one_in <= 1 or not all_of_them:
        return all_of_them
    first = random.Random(seed()).randrange(min(one_in, len(all_of_them)))
    return all_of_them[first::one_in]


def one_in(usual: int, long: int, longest: int = 1) -> pytest.MarkDecorator:
    """The argument `one_in` of a sweep: in `make test`, `make faults`, and at its longest."""
    return pytest.mark.parametrize(
        "one_in",
        [usual, pytest.param(longest if IS_LONG else long, marks=pytest.mark.long)],
        ids=[FEW, "many"],
    )


def few_of(all_of_them: Sequence[T], one_in: int) -> list[Any]:
    """Arguments of a test: those not among the few of the day stand in the long form alone."""
    few = some_of(range(len(all_of_them)), one_in)
    return [
        each if at in few else pytest.param(*_listed(each), marks=pytest.mark.long)
        for at, each in enumerate(all_of_them)
    ]


def _listed(each: Any) -> Sequence[Any]:
    return each if isinstance(each, tuple) else (each,)


def times(usual: int, long: int, longest: int = 0) -> pytest.MarkDecorator:
    """The argument `times`, likewise."""
    most = longest if IS_LONG and longest else long
    return pytest.mark.parametrize(
        "times", [usual, pytest.param(most, marks=pytest.mark.long)], ids=[FEW, "many"]
    )


def told(wrong: Sequence[str]) -> str:
    """What a failing sweep says: how to have it again, and what was wrong."""
    return "\n".join([f"{SEED}={seed()}", *wrong])
