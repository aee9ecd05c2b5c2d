"""A guard has caught a call: it passes once with a live approval for exactly this call, and
else one is asked for.

Another spelling of what is asked for already is no second request, so that an agent that tries
variants neither slips past nor buries the person in them.
"""

from __future__ import annotations

from agent_session.core import approvals, phases
from agent_session.core.actions import action_digest, tool_action, tool_bytes
from agent_session.core.codec import digest
from agent_session.core.drift import lines_of
from agent_session.core.errors import AgentSessionError, DriftedError
from agent_session.core.guards import bound_input
from agent_session.core.visible import one_line, shortened
from agent_session.services.hosts import MAIN, token_of

from .asking import request
from .joined import Joined
from .neutral import Answer
from .refusals import how_to_answer, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from agent_session.core.approvals import Approval
    from agent_session.core.guards import Caught
    from agent_session.core.state import Record

    from .neutral import Event

_LONGEST_SUMMARY = 300
_LONGEST_SHOWN = 2000
_LONGEST_REASON = 300
_MOST_DRIFT_LINES = 20


def answer_to(event: Event, host: Any, caught: Caught) -> Answer:
    joined = Joined(event, host)
    name = event.agent_name or MAIN
    started = joined.wiring.hosts.start(joined.origin, event.agent_id, name, None)
    if started.refused is not None:
        found = joined.wiring.resumes.judge(started.record["agent_id"], joined.origin.who)
        said = refusal(found, event.agent_id or MAIN, joined.wiring.now())
        return Answer(deny=said)
    return _Call(event, host, caught, joined, started.record).answer()


class _Call:
    """One call that a guard has *caught*, of the agent whose session is *record*."""

    def __init__(
        self, event: Event, host: Any, caught: Caught, joined: Joined, record: Record
    ) -> None:
        self.tool = event.tool or ""
        self.input = bound_input(self.tool, event.tool_input)
        self.raw = tool_bytes(self.tool, self.input)
        self.caught = caught
        self.joined = joined
        self.record = record

    def answer(self) -> Answer:
        for approval, status in self._open():
            if status == approvals.APPROVED and self._is_for(approval):
                return self._used(approval)
        for approval, status in self._open():
            if self._is_for(approval) or self._is_variant_of(approval):
                return self._asked_already(approval, status)
        return self._asked()

    def _open(self) -> Iterator[tuple[Approval, str]]:
        now = self.joined.wiring.now()
        for approval in reversed(self.record["approvals"]):
            status = approvals.status_at(approval, now)
            if status in approvals.OPEN:
                yield approval, status

    def _is_for(self, approval: Approval) -> bool:
        bound = action_digest(approval["nonce"], self.raw)
        return bool(approval["action"]["action_digest"] == bound)

    def _is_variant_of(self, approval: Approval) -> bool:
        guard = approval.get("guard")
        return guard is not None and guard["statement"] == self._statement(approval["nonce"])

    def _statement(self, nonce: str) -> str:
        return digest(bytes.fromhex(nonce) + self.caught.statement.encode())

    # --- with an answer -----------------------------------------------------------------------

    def _used(self, approval: Approval) -> Answer:
        here = self.joined.origin.cwd
        if here is not None and here != approval["cwd"]:
            return Answer(deny=_elsewhere(approval, here))
        who, agent_id = token_of(self.record), self.record["agent_id"]
        try:
            self.joined.wiring.approvals.use(
                approval["id"], self.raw, agent_id=agent_id, who=who
            )
        except DriftedError as error:
            self.joined.wiring.sessions.update(agent_id, phases.PLANNING, who=who)
            return Answer(deny=_drifted(approval, error))
        except AgentSessionError as error:
            return Answer(deny=f"agent-session: {approval['id']} does not serve: {error}")
        return Answer(allows=True)

    def _asked_already(self, approval: Approval, status: str) -> Answer:
        if status == approvals.APPROVED:
            return Answer(
                deny=(
                    f"agent-session: {approval['id']} is approved for exactly this call of "
                    f"{self.tool}, and yours is another: {_shown(approval)}. Make that call "
                    "and no other."
                )
            )
        return Answer(
            deny=(
                f"agent-session: approval {approval['id']} has been asked for already and is "
                f"still pending; {_STOP} {_capital(how_to_answer(approval))}."
            ),
        )

    # --- without one --------------------------------------------------------------------------

    def _asked(self) -> Answer:
        try:
            approval = request(
                self.joined,
                self.record,
                tool_action(self.tool, self.input),
                shortened(one_line(self.caught.statement), _LONGEST_SUMMARY),
                self.caught.guard.files,
                guard=(self.caught.guard.match, self._statement),
            )
        except AgentSessionError as error:
            return Answer(
                deny=(
                    f"agent-session: this call needs a person's approval "
                    f"({self._which()}), and it could not be asked for: {error}"
                )
            )
        return Answer(
            deny=(
                f"agent-session: this call needs a person's approval ({self._which()}). "
                f"{self._rejected_before()}{approval['id']} has been asked for; {_STOP} "
                f"{_capital(how_to_answer(approval))}."
            ),
        )

    def _rejected_before(self) -> str:
        """A person has said no to it once: whoever makes it again should know that."""
        for approval in reversed(self.record["approvals"]):
            is_same = self._is_for(approval) or self._is_variant_of(approval)
            if is_same and approval["status"] == approvals.REJECTED:
                why = shortened(one_line(approval["decision"]["reason"]), _LONGEST_REASON)
                return f"A person has rejected it before ({approval['id']}: {why}). "
        return ""

    def _which(self) -> str:
        return f"guard {one_line(self.caught.guard.match)}"


_STOP = (
    "stop here: end your turn, report its id, and do not try another way. Once it is approved "
    "you will be told, and the same call passes."
)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shown(approval: Approval) -> str:
    return shortened(one_line(str(approval["action"]["shown"])), _LONGEST_SHOWN)


def _elsewhere(approval: Approval, here: str) -> str:
    """The same words in another folder are another call: what they name is not the same."""
    return (
        f"agent-session: {approval['id']} is approved for this call in the folder "
        f"{one_line(approval['cwd'])}, and you are in {one_line(here)}. Go back there, and "
        "make the same call again."
    )


def _drifted(approval: Approval, error: DriftedError) -> str:
    told = [one_line(line) for line in lines_of(error.drift)]
    more = len(told) - _MOST_DRIFT_LINES
    lines = [*told[:_MOST_DRIFT_LINES], *([f"... and {more} more"] if more > 0 else [])]
    changed = "\n".join(f"  {line}" for line in lines)
    return (
        f"agent-session: {approval['id']} is void, for what it was given for has changed "
        f"since:\n{changed}\nPlan anew with what is there now and make the call again: that "
        f"asks for a new approval. (A person can also put the same request again: "
        f"agent-session ask-again {approval['id']}.)"
    )
