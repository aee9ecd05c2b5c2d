"""The published functions under errors: an answer of the published type, and a true one."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from agent_session.api import AgentSession
from agent_session.local import disk
from tests.faults.seam import Unsynced, standing_in
from tests.faults.strikes import FOR_EVER, ONCE, Strike, StrikingSeam
from tests.faults.sweeps import SYNCS, tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Published(NamedTuple):
    """A published function: what it answers, and whether that says that it was done."""

    ask: Callable[[AgentSession], Any]
    is_answer: Callable[[Any], bool]
    says_done: Callable[[Any], bool] = lambda _: False


def _is_flag(answer: Any) -> bool:
    return answer is True or answer is False


def _update(sessions: AgentSession) -> bool:
    return sessions.update_state("a", phase="executing", metadata={"n": 1})


FUNCTIONS: dict[str, Published] = {
    "create_session": Published(
        lambda sessions: sessions.create_session("x", agent_id="d"),
        lambda answer: answer == "d",
    ),
    "update_state": Published(_update, _is_flag, bool),
    "finalize_session": Published(
        lambda sessions: sessions.finalize_session("a", "completed"), _is_flag, bool
    ),
    "cleanup_old_sessions": Published(
        lambda sessions: sessions.cleanup_old_sessions(0),
        lambda answer: type(answer) is int,
        lambda answer: bool(answer == 1),
    ),
    "should_resume": Published(lambda sessions: sessions.should_resume("a"), _is_flag),
    "get_session": Published(
        lambda sessions: sessions.get_session("a"),
        lambda answer: answer is None or answer["phase"] == "planning",
    ),
    "list_sessions": Published(
        lambda sessions: sessions.list_sessions(),
        lambda answer: {each["agent_id"] for each in answer} <= {"a", "b"},
    ),
    "list_sessions of the active": Published(
        lambda sessions: sessions.list_sessions(active_only=True),
        lambda answer: {each["agent_id"] for each in answer} <= {"a"},
    ),
}


class Place:
    """A store with a session that waits and one at its end, as it was before each strike."""

    def __init__(self, folder: str) -> None:
        self._template = os.path.join(folder, "template")
        self.path = os.path.join(folder, "struck")
        with standing_in(Unsynced()):
            sessions = AgentSession(self._template)
            sessions.create_session("x", agent_id="a")
            sessions.update_state("a", phase="planning")
            sessions.create_session("x", agent_id="b")
            sessions.finalize_session("b", "failed")
        self._bytes = tree_of(self._template)

    def renew(self) -> None:
        if not os.path.lexists(self.path) or tree_of(self.path) != self._bytes:
            shutil.rmtree(self.path, ignore_errors=True)
            shutil.copytree(self._template, self.path)

    def ask(self, function: Published, seam: Any) -> Any:
        disk._boot = ""
        with standing_in(seam):
            return function.ask(AgentSession(self.path))

    def look(self) -> dict[str, str]:
        """The phases by id."""
        with standing_in(Unsynced()):
            listed = AgentSession(self.path).list_sessions()
        return {each["agent_id"]: each["phase"] for each in listed}


def strikes(calls: int) -> Iterator[Strike]:
    for at in range(1, calls + 1):
        for error in (errno.ENOSPC, errno.EIO, errno.EROFS):
            yield Strike(at, ONCE, error)
            yield Strike(at, FOR_EVER, error)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_an_error_at_any_call_is_answered_and_not_raised(
    scratch: str, function: Published
) -> None:
    place = Place(scratch)
    place.renew()
    before, undisturbed = place.look(), StrikingSeam()
    place.ask(function, undisturbed)
    after, calls = place.look(), undisturbed.names

    for strike in strikes(len(calls)):
        place.renew()
        answer = place.ask(function, StrikingSeam(strike))
        assert function.is_answer(answer), f"{strike}: {answer!r}"
        found = place.look()
        assert found in (before, after), f"{strike}: {found}"
        if function.says_done(answer):
            assert found == after, f"{strike}: said {answer!r}"
            assert calls[strike.at - 1] not in SYNCS, f"{strike}: said {answer!r}"
        with standing_in(Unsynced()):
            assert AgentSession(place.path).create_session(agent_id="afterwards") is not None
            assert "afterwards" in place.look()
