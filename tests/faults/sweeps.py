"""One operation, struck at every call: what may be found on the disk and answered afterwards.

The old state or the new one; the new one where the answer is yes, the old one where it is no;
a store's own error and no other; and once the fault is gone everything works.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

from agent_session.core.errors import (
    AgentSessionError,
    StoreUnavailableError,
    UnknownOutcomeError,
)
from agent_session.core.store import Query, ids_pending
from agent_session.local import disk
from agent_session.stores.files.store import FileStore
from tests.examples import updated
from tests.faults.operations import UNREADABLE
from tests.faults.seam import Unsynced, exchanging, standing_in
from tests.faults.strikes import KilledError, Strike, StrikingSeam
from tests.stores.calls import add, change, ids
from tests.stores.folders import THREE_FILES, SessionFolder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.operations import Operation

SYNCS = frozenset(("fsync", "fdatasync"))
NEXT = "next"
DONE, REFUSED, UNKNOWN, KILLED = "done", "refused", "unknown", "killed"


class Answer(NamedTuple):
    word: str
    value: Any


class Picture(NamedTuple):
    """What a store says when nothing strikes: its records by id, and its delegation log."""

    records: dict[str, Any]
    notes: list[Any]


def picture_of(path: str) -> Picture:
    store = FileStore(path)
    told: dict[str, Any] = {}
    for record in store.scan(Query(), lambda error: told.update({error.agent_id: str(error)})):
        told[record["agent_id"]] = record
    return Picture(told, list(store.notes()))


def answer_of(operation: Operation, store: FileStore, seam: StrikingSeam) -> Answer:
    """What the operation answers under *seam*; whatever is no error of ours escapes."""
    disk._boot = ""
    with standing_in(seam):
        try:
            return Answer(DONE, operation.act(store))
        except KilledError:
            return Answer(KILLED, None)
        except UnknownOutcomeError as error:
            return Answer(UNKNOWN, error)
        except AgentSessionError as error:
            return Answer(REFUSED, error)
        finally:
            disk._boot = ""


class Sweep:
    """All strikes at one operation, each on a fresh copy of what was there before.

    Where it *goes_on*, the very store that was struck writes once more before it is judged.
    """

    def __init__(
        self,
        operation: Operation,
        folder: str,
        *,
        by_exchange: bool = False,
        goes_on: bool = False,
    ) -> None:
        self.operation = operation
        self.goes_on = goes_on
        self.template = os.path.join(folder, "template")
        self.path = os.path.join(folder, "struck")
        self.by_exchange = by_exchange
        self.wrong: list[str] = []
        self.strikes = 0
        self._judged: dict[Any, tuple[Picture, str | None]] = {}
        with standing_in(Unsynced()):
            operation.prepare(self.template)
        self.bytes_before = tree_of(self.template)
        self.before = self._picture(self.template)
        self._copy()
        undisturbed = StrikingSeam()
        self.answer = self._answer(undisturbed)
        assert self.answer.word == DONE, self.answer
        self.calls = undisturbed.names
        self.after = self._picture(self.path)

    def run(self, strikes: Iterable[Strike]) -> list[str]:
        """What went wrong, a sentence each."""
        for strike in strikes:
            self.strikes += 1
            self._copy()
            seam = StrikingSeam(strike)
            try:
                answer = self._answer(seam)
            except Exception as error:
                self.wrong.append(f"{strike} ({seam.name_struck}): {error!r} escaped")
                continue
            seam.bury()
            flaws = [*self._flaws_of(answer, seam), *self._flaws_on_disk(answer)]
            self.wrong += [f"{strike} ({seam.name_struck}): {flaw}" for flaw in flaws]
        return self.wrong

    def _answer(self, seam: StrikingSeam) -> Answer:
        store = FileStore(self.path, patience_seconds=0)
        with exchanging(self.by_exchange):
            answer = answer_of(self.operation, store, seam)
        if self.goes_on:
            with standing_in(Unsynced()):
                add(store, NEXT, agent_name="x")
                change(store, NEXT, updated(50, phase="planning"))
        return answer

    def _copy(self) -> None:
        if os.path.lexists(self.path):
            if tree_of(self.path) == self.bytes_before:
                return
            shutil.rmtree(self.path)
        if os.path.lexists(self.template):
            shutil.copytree(self.template, self.path, symlinks=True)

    # --- judging ------------------------------------------------------------------------------

    def _flaws_of(self, answer: Answer, seam: StrikingSeam) -> Iterable[str]:
        """Whether the answer itself may be given."""
        if answer.word == REFUSED and not isinstance(answer.value, StoreUnavailableError):
            yield f"answered {answer.value!r}, which is not true"
        if answer.word != DONE:
            return
        if seam.strike.error and seam.name_struck in SYNCS:
            yield "said done, though a sync had failed"
        if not is_answered_alike(answer.value, self.answer.value):
            yield f"answered {answer.value!r}"

    def _flaws_on_disk(self, answer: Answer) -> Iterable[str]:
        now, unusable = self._judge()
        if unusable:
            yield unusable
        for agent_id in {*self.before.records, *self.after.records, *now.records} - {NEXT}:
            before, after, found = (
                each.records.get(agent_id) for each in (self.before, self.after, now)
            )
            if found not in (before, after):
                yield f"{agent_id} is neither old nor new: {found}"
            elif (
                answer.word == DONE
                and found != after
                and not is_told_unreadable(agent_id, answer)
            ):
                yield f"said done, but {agent_id} is old"
            elif answer.word == REFUSED and self.operation.touches == 1 and found != before:
                yield f"said refused, but {agent_id} is new"
        if now.notes not in (self.before.notes, self.after.notes):
            yield f"the delegation log is neither old nor new: {now.notes}"

    def _judge(self) -> tuple[Picture, str | None]:
        """What is there now, and what does not work; equal trees are judged once."""
        tree = tree_of(self.path)
        if tree not in self._judged:
            self._judged[tree] = (self._picture(self.path), self._why_unusable())
        return self._judged[tree]

    def _picture(self, path: str) -> Picture:
        with standing_in(Unsynced()):
            return picture_of(path)

    def _why_unusable(self) -> str | None:
        with standing_in(Unsynced()):
            return why_unusable(self.path)


def is_answered_alike(answer: Any, undisturbed: Any) -> bool:
    """The same, or a list that says of a session that it could not be read."""
    if isinstance(answer, dict) and isinstance(undisturbed, dict):
        return answer.keys() >= undisturbed.keys() and all(
            told in (UNREADABLE, undisturbed.get(word)) for word, told in answer.items()
        )
    return bool(answer == undisturbed)


def is_told_unreadable(agent_id: str, answer: Answer) -> bool:
    return isinstance(answer.value, dict) and answer.value.get(agent_id) == UNREADABLE


def why_unusable(path: str) -> str | None:
    """What does not work in the store, now that nothing strikes; None where all does."""
    try:
        return _what_fails(path)
    except AgentSessionError as error:
        return f"unusable afterwards: {error!r}"


def why_hidden(path: str) -> str | None:
    """What the index says beside what there is; None where they agree."""
    hinted = ids(FileStore(path), live=True)
    records = list(FileStore(path).scan(Query()))
    live = [each["agent_id"] for each in records if not is_over(each)]
    if sorted(hinted) != sorted(live):
        return f"the index knows only {hinted}"
    waiting = sorted(each["agent_id"] for each in records if ids_pending(each))
    found = sorted(ids(FileStore(path), pending=True))
    return None if found == waiting else f"of what waits the index knows only {found}"


def _what_fails(path: str) -> str | None:
    hidden = why_hidden(path)
    if hidden:
        return hidden
    for record in list(FileStore(path).scan(Query())):
        agent_id = record["agent_id"]
        after = change(FileStore(path), agent_id, updated(99, metadata={"after": True}))
        if not after["metadata"]["after"] or FileStore(path).get(agent_id) != after:
            return f"{agent_id} cannot be updated"
        if FileStore(path).flaws(agent_id):
            return f"{agent_id} has flaws: {FileStore(path).flaws(agent_id)}"
        if SessionFolder(path, agent_id).names() != THREE_FILES:
            return f"{agent_id} has other files: {SessionFolder(path, agent_id).names()}"
    add(FileStore(path), "afterwards")
    FileStore(path).note({"after": True})
    return None


def is_over(record: Any) -> bool:
    return record["finalized_at"] is not None


def tree_of(path: str) -> Any:
    """All that is on the disk at *path*, to be compared: names, bytes and modes."""
    found: list[tuple[Any, ...]] = []
    for folder, folders, files in os.walk(path):
        folders.sort()
        found.append((folder, os.lstat(folder).st_mode))
        for name in sorted(files):
            each = os.path.join(folder, name)
            with open(each, "rb") as file:
                found.append((each, os.lstat(each).st_mode, file.read()))
    return tuple((each[0].replace(path, "", 1), *each[1:]) for each in found)
