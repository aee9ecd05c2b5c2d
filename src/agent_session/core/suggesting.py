"""Which waiting session a request most likely continues: plain scoring, each part of it told.

A score is from 0 to 1: the same task weighs most, then words in common, then how lately the
session was active. A word counts the more, the fewer sessions have it.
"""

from __future__ import annotations

from math import log

from .instants import moment
from .mentions import texts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from .instants import datetime
    from .state import Record

WEIGHT_OF_TASK = 0.5
WEIGHT_OF_WORDS = 0.35
WEIGHT_OF_RECENCY = 0.15
# After so long without activity, half of what recency gives is gone.
HALF_LIFE_SECONDS = 1800.0
# Of a session's texts so many characters are looked at, and of a request as well.
MOST_CHARACTERS = 20_000
_SHORTEST_WORD = 3
_MOST_NAMED = 5


class Suggestion:
    """A session that a request may continue: its *record*, its *score*, and why: whether it is
    of the *same task*, how many seconds it has been *idle*, and the *words* in common, the
    rarest first.
    """

    __slots__ = ("idle", "record", "same_task", "score", "words")

    def __init__(
        self, record: Record, score: float, *, same_task: bool, idle: float, words: list[str]
    ) -> None:
        self.record = record
        self.score = score
        self.same_task = same_task
        self.idle = idle
        self.words = words

    def as_json(self) -> dict[str, Any]:
        return {
            "agent_id": self.record["agent_id"],
            "score": round(self.score, 4),
            "phase": self.record["phase"],
            "purpose": self.record["purpose"],
            "same_task": self.same_task,
            "idle_seconds": round(self.idle, 1),
            "words_in_common": self.words,
        }


def rank(
    records: Sequence[Record], task_id: str | None, text: str | None, now: datetime
) -> list[Suggestion]:
    """*records* by how likely a request of that task and *text* continues them, the likeliest
    first; of two alike the one that comes first.
    """
    sought = words_in([text or ""])
    known = [words_in(texts_of(record)) for record in records]
    rarity = {word: _rarity(sum(word in each for each in known), len(known)) for word in sought}
    found = [
        _suggestion(record, sought & each, rarity, task_id, now)
        for record, each in zip(records, known, strict=True)
    ]
    return sorted(found, key=lambda each: -each.score)


def _suggestion(
    record: Record,
    common: set[str],
    rarity: dict[str, float],
    task_id: str | None,
    now: datetime,
) -> Suggestion:
    idle = max((now - moment(record["last_updated"])).total_seconds(), 0.0)
    same_task = task_id is not None and str(record["metadata"].get("task_id")) == task_id
    share = sum(rarity[word] for word in common) / (sum(rarity.values()) or 1.0)
    recency: float = 0.5 ** min(idle / HALF_LIFE_SECONDS, 1000)
    score = WEIGHT_OF_TASK * same_task + WEIGHT_OF_WORDS * share + WEIGHT_OF_RECENCY * recency
    rarest = sorted(common, key=lambda word: (-rarity[word], word))[:_MOST_NAMED]
    return Suggestion(record, score, same_task=same_task, idle=idle, words=rarest)


def _rarity(having: int, count: int) -> float:
    return log(1 + (1 + count) / (1 + having))


def words_in(texts: Iterable[str]) -> set[str]:
    """The words of *texts*, whatever their case; the shortest say nothing."""
    text = _beginning(texts).casefold()
    plain = "".join(letter if letter.isalnum() else " " for letter in text)
    return {word for word in plain.split() if len(word) >= _SHORTEST_WORD}


def _beginning(texts: Iterable[str]) -> str:
    return "\n".join(_at_most(texts, MOST_CHARACTERS))


def _at_most(texts: Iterable[str], room: int) -> Iterator[str]:
    for text in texts:
        yield text[:room]
        room -= len(text)
        if room <= 0:
            return
