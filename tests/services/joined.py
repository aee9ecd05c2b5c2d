"""Everything about sessions joined on a memory store, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

from agent_session.core import approvals
from agent_session.core.actions import plan_action
from agent_session.core.approvals import ApprovalPolicy
from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.claims import NOBODY, ClaimPolicy
from agent_session.core.errors import AgentSessionError
from agent_session.core.events import commit
from agent_session.core.resume import ResumePolicy
from agent_session.services.approvals import Approvals
from agent_session.services.claims import Claims
from agent_session.services.decisions import Decisions, Person
from agent_session.services.resumes import Resumes
from agent_session.services.sessions import Sessions
from agent_session.services.vouching import Vouching
from agent_session.stores.memory import MemoryStore
from tests.approvals import PLAN, Keyring, Surroundings
from tests.examples import Clock, counted

if TYPE_CHECKING:
    from agent_session.core.approvals import Approval
    from agent_session.core.claims import Claimant
    from agent_session.core.state import Record

ADA = Person("ada", approvals.CHAT)


class Joined:
    """A store with every service on it; *processes* tells which of them have ended."""

    def __init__(
        self,
        policy: ApprovalPolicy | None = None,
        *,
        require_token: bool = False,
        git_is_strict: bool = False,
        agent_around: str | None = None,
        store: MemoryStore | None = None,
    ) -> None:
        self.store = store or MemoryStore()
        self.clock = Clock()
        self.world = Surroundings()
        self.keyring = Keyring("ada")
        self.ended: set[int] = set()
        policy = policy or ApprovalPolicy()
        claims = ClaimPolicy(require_token=require_token, fate_of=self._fate_of)
        resume = ResumePolicy(fate_of=self._fate_of)
        common: dict[str, Any] = {"now": self.clock, "actor": "test"}
        chance = counted()
        self.vouching = Vouching(self.store, self.keyring, policy)
        self.sessions = Sessions(
            self.store,
            randomness=chance,
            policy=resume,
            claim_policy=claims,
            approval_policy=policy,
            **common,
        )
        self.claims = Claims(self.store, policy=claims, **common)
        self.approvals = Approvals(
            self.store,
            self.world,
            self.vouching,
            randomness=chance,
            policy=policy,
            claim_policy=claims,
            git_is_strict=git_is_strict,
            **common,
        )
        self.decisions = Decisions(
            self.store,
            self.vouching,
            policy=policy,
            agent_around=lambda: agent_around,
            **common,
        )
        self.resumes = Resumes(
            self.store,
            policy=resume,
            claim_policy=claims,
            vouching=lambda: self.vouching,
            **common,
        )

    def _fate_of(self, process: Any) -> bool:
        return process["pid"] not in self.ended

    def create(self, phase: str = "planning", agent_name: str = "ta") -> str:
        agent_id = self.sessions.create(agent_name)["agent_id"]
        self.sessions.update(agent_id, phase)
        return agent_id

    def ask(self, agent_id: str, **more: Any) -> Approval:
        return self.approvals.request(
            agent_id, plan_action(PLAN), "/project", **{"globs": ["plan.out"], **more}
        )

    def approve(self, approval: Approval, **more: Any) -> Approval:
        return self.decisions.approve(approval, ADA, **more)

    def use(self, approval: Approval, who: Claimant = NOBODY) -> Record:
        return self.approvals.use(approval["id"], PLAN, who=who)

    def status(self, approval: Approval) -> str:
        return self.approvals.status(self.approvals.get(approval["id"]).approval)

    # --- forging ------------------------------------------------------------------------------

    def forge_record(self, agent_id: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Edit what is kept of the newest approval, and leave the events alone."""
        change(self.store._records[agent_id]["approvals"][-1])

    def forge_event(self, agent_id: str, number: int, change: Callable[[Any], None]) -> None:
        """Edit one event, and leave its hash and the record alone."""
        change(self.store._events[agent_id][number])

    def forge_history(self, agent_id: str, change: Callable[[list[Any]], None]) -> None:
        """Edit the events, and compute the whole chain and the record anew from them."""
        drafts = [
            {key: event[key] for key in ("kind", "at", "actor", "data")}
            for event in self.store._events[agent_id]
        ]
        change(drafts)
        made = commit(None, 0, NOTHING_BEFORE, drafts)  # type: ignore[arg-type]
        self.store._events[agent_id] = list(made.events)
        self.store._records[agent_id] = made.record


def code_of(call: Callable[[], object]) -> str:
    """The word of the refusal, or `ok`."""
    try:
        call()
    except AgentSessionError as error:
        return error.code
    return "ok"


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """What *call* gives to *count* threads that start in the same moment."""
    answers: list[Any] = [None] * count
    barrier = Barrier(count)

    def run(number: int) -> None:
        barrier.wait(10)
        answers[number] = call(number)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers
