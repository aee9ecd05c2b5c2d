"""Sessions from their creation to their end: create, update, finalize, read, list, clean up.

Refusals and failures are raised as what they are; what was refused has changed nothing.
"""

from __future__ import annotations

from agent_session.core import asking, claiming, phases, retention
from agent_session.core.agent_ids import make_agent_id, require_agent_id
from agent_session.core.approvals import ApprovalPolicy
from agent_session.core.chain import draft
from agent_session.core.claims import NOBODY, ClaimPolicy
from agent_session.core.codec import checked
from agent_session.core.errors import (
    InvalidValueError,
    NothingToDoError,
    SessionExistsError,
    SessionNotFoundError,
    StateCorruptedError,
    UnknownWordError,
)
from agent_session.core.instants import at
from agent_session.core.redaction import redact_json, redact_text
from agent_session.core.state import LIMITS, UNNAMED_AGENT, UNNAMED_PURPOSE, is_limits
from agent_session.core.store import Query, ignore, newest_first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias, TypeGuard

    from agent_session.core.chain import Draft
    from agent_session.core.claims import Claimant
    from agent_session.core.events import Change
    from agent_session.core.instants import datetime, timedelta
    from agent_session.core.resume import ResumePolicy
    from agent_session.core.state import Record
    from agent_session.core.store import Store

    Progress: TypeAlias = Callable[[Iterable[Any]], Iterable[Any]]

_TRIES = 4


class Swept:
    """What a cleanup did, by agent id: *removed*, given up as *abandoned*, *kept*, and not
    *readable*.
    """

    __slots__ = ("abandoned", "kept", "removed", "unreadable")

    def __init__(self) -> None:
        self.removed: list[str] = []
        self.abandoned: list[str] = []
        self.kept = 0
        self.unreadable: list[StateCorruptedError] = []

    def note_unreadable(self, error: StateCorruptedError) -> None:
        """Once each, however often it was come by."""
        if all(each.agent_id != error.agent_id for each in self.unreadable):
            self.unreadable.append(error)


class Sessions:
    """The use cases of a session's life in *store*; the journal names *actor*."""

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        randomness: Callable[[int], bytes],
        policy: ResumePolicy,
        actor: str,
        limits: Mapping[str, Any] | None = None,
        claim_policy: ClaimPolicy | None = None,
        approval_policy: ApprovalPolicy | None = None,
    ) -> None:
        self.store = store
        self.now = now
        self.policy = policy
        self.actor = actor
        self.claim_policy = claim_policy or ClaimPolicy()
        self.approval_policy = approval_policy or ApprovalPolicy()
        self._randomness = randomness
        self._default_limits = limits or {}

    def create(
        self,
        agent_name: str | None = None,
        purpose: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        *,
        agent_id: str | None = None,
        limits: Mapping[str, Any] | None = None,
        host: Mapping[str, Any] | None = None,
        parent: Mapping[str, Any] | None = None,
        who: Claimant = NOBODY,
    ) -> Record:
        """A new session in the phase `initializing`; SessionExistsError where the given id is
        taken.

        *host* and *parent* are entered as they are; one *who* has a name has its claim too.
        """
        given = {
            "agent_name": _text("agent name", agent_name or UNNAMED_AGENT),
            "purpose": _text("purpose", purpose or UNNAMED_PURPOSE),
            "metadata": redact_json(_object("metadata", metadata or {})),
            "limits": self._limits(limits),
            "host": None if host is None else _object("host", host),
            "parent": None if parent is None else _object("parent", parent),
        }

        def birth(chosen: str, now: datetime) -> list[Draft]:
            made = self._draft("created", now, agent_id=chosen, **given)
            return [made, *self._first_claim(who, now)]

        return self.add(agent_id, birth)

    def add(
        self, agent_id: str | None, birth: Callable[[str, datetime], Sequence[Draft]]
    ) -> Record:
        """Keep a session by *birth*, which is given its id and the time: the id that is given,
        or one that is made. SessionExistsError, InvalidAgentIdError.
        """
        if agent_id is not None:
            require_agent_id(agent_id)
        for _ in range(_TRIES):
            now = self.now()
            chosen = agent_id or make_agent_id(now, self._randomness(4))
            try:
                return self.store.add(chosen, birth(chosen, now))
            except SessionExistsError:
                if agent_id is not None:
                    raise
        raise SessionExistsError(chosen)

    def _first_claim(self, who: Claimant, now: datetime) -> list[Draft]:
        if who.holder is None:
            return []
        return [claiming.first(who, self.claim_policy, now, self.actor)]

    def _limits(self, limits: Mapping[str, Any] | None) -> dict[str, Any] | None:
        given = {**self._default_limits, **_object("limits", limits or {})}
        if not is_limits(given) or not given.keys() <= LIMITS:
            raise InvalidValueError(
                f"limits are {', '.join(sorted(LIMITS))}, each a number not negative"
            )
        return given or None

    def update(
        self,
        agent_id: str,
        phase: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        error: str | None = None,
        *,
        who: Claimant = NOBODY,
    ) -> Record:
        """Change any of the three; a final *phase* finalizes.

        What *who* writes extends its claim, and takes up what it was granted.
        SessionFinalError, UnknownWordError, StaleClaimError, TokenRequiredError.
        """
        if phase is None and metadata is None and error is None:
            raise NothingToDoError("nothing to update: give a phase, metadata or an error")
        data: dict[str, Any] = {}
        if phase is not None:
            data["phase"] = _one_of("phase", phase, phases.PHASES)
        if metadata is not None:
            data["metadata"] = redact_json(_object("metadata", metadata))
        if error is not None:
            data["error"] = redact_text(_text("error", error))
        if phase is not None and phases.is_final(phase):
            return self.store.update(agent_id, self._finish(data, who))
        return self.store.update(agent_id, self._go_on(data, who))

    def _go_on(self, data: dict[str, Any], who: Claimant) -> Change:
        def change(record: Record) -> Sequence[Draft]:
            asking.require_live(record)
            now = self.now()
            extension = claiming.extension(record, who, self.claim_policy, now)
            phase = data.get("phase")
            first = (
                asking.take_up(record, phase, self.approval_policy, now, self.actor)
                if extension
                else claiming.written_without(record, phase, self.claim_policy, now, self.actor)
            )
            return [*first, self._draft("updated", now, **data, **extension)]

        return change

    def finalize(
        self,
        agent_id: str,
        outcome: str,
        summary: str | None = None,
        *,
        who: Claimant = NOBODY,
    ) -> Record:
        """End the session; the same outcome again succeeds and changes nothing.

        SessionFinalError, UnknownWordError, StaleClaimError, TokenRequiredError.
        """
        data: dict[str, Any] = {"phase": _one_of("outcome", outcome, phases.FINAL)}
        if summary is not None:
            data["summary"] = redact_text(_text("summary", summary))
        finish = self._finish(data, who)
        return self.store.update(
            agent_id, lambda record: [] if record["phase"] == outcome else finish(record)
        )

    def _finish(self, data: dict[str, Any], who: Claimant, kind: str = "finalized") -> Change:
        def change(record: Record) -> Sequence[Draft]:
            asking.require_live(record)
            claiming.require_token(record, who, self.claim_policy)
            return [self._draft(kind, self.now(), **data)]

        return change

    def stop(
        self,
        agent_id: str,
        ended_as: str,
        outcome: str | None = None,
        *,
        summary: str | None = None,
        who: Claimant = NOBODY,
    ) -> Record:
        """The agent has stopped, and its turn with it, which came to *summary*.

        In a resumable phase that is a pause, unless there is an *outcome*: its claim ends. In
        any other the session is finalized *ended_as*. SessionFinalError, UnknownWordError,
        StaleClaimError, TokenRequiredError.
        """
        phase = _one_of("outcome", ended_as if outcome is None else outcome, phases.FINAL)
        turn = None if summary is None else redact_text(_text("summary", summary))
        pause = self._finish({"summary": turn}, who, "stopped")
        finish = self._finish({"phase": phase, "turn": turn}, who)

        def change(record: Record) -> Sequence[Draft]:
            if outcome is None and phases.is_resumable(record["phase"]):
                return pause(record)
            return [] if record["phase"] == phase else finish(record)

        return self.store.update(agent_id, change)

    def _draft(self, kind: str, now: datetime, **data: Any) -> Draft:
        return draft(kind, at(now), self.actor, **data)

    # --- reading ------------------------------------------------------------------------------

    def get(self, agent_id: str) -> Record:
        """SessionNotFoundError, StateCorruptedError."""
        return self.store.get(agent_id)

    def list(
        self,
        query: Query | None = None,
        unreadable: Callable[[StateCorruptedError], None] = ignore,
    ) -> list[Record]:
        """The records that match, newest activity first."""
        return list(newest_first(self.store.scan(query or Query(), unreadable)))

    # --- cleaning up --------------------------------------------------------------------------

    def cleanup(
        self,
        hours: float = retention.DEFAULT_HOURS,
        *,
        force: bool = False,
        dry_run: bool = False,
        progress: Progress = iter,
    ) -> Swept:
        """Remove what was idle for *hours* or longer, and give up what waited for too long;
        safe beside writers.
        """
        age = retention.removal_age(hours)
        swept = Swept()

        def verdict(record: Record) -> str:
            return retention.judge_removal(record, self.policy, age, self.now(), force=force)

        self._remove_old(age, verdict, swept, progress, dry_run=dry_run)
        self._abandon_late(verdict, swept, progress, dry_run=dry_run)
        if not dry_run:
            self.store.sweep()
        kept = self.store.count() - len(swept.abandoned) - len(swept.unreadable)
        swept.kept = kept - len(swept.removed) if dry_run else kept
        return swept

    def _remove_old(
        self,
        age: timedelta,
        verdict: Callable[[Record], str],
        swept: Swept,
        progress: Progress,
        *,
        dry_run: bool,
    ) -> None:
        def goes(record: Record) -> bool:
            return verdict(record) == retention.REMOVE

        now = self.now()
        until = at(now - age)
        old = Query(until=until, live=not dry_run)
        found: Iterable[tuple[Record, bool]]
        if dry_run:
            found = ((each, goes(each)) for each in self.store.scan(old, swept.note_unreadable))
        else:
            # What is finished goes by its age alone, as `retention` says.
            finished = self.store.remove_finished(until, at(now), swept.note_unreadable)
            swept.removed += progress(finished)
            found = self.store.remove_each(old, at(now), goes, swept.note_unreadable)
        swept.removed += [record["agent_id"] for record, went in progress(found) if went]

    def _abandon_late(
        self,
        verdict: Callable[[Record], str],
        swept: Swept,
        progress: Progress,
        *,
        dry_run: bool,
    ) -> None:
        for record in progress(self.store.scan(Query(live=True), swept.note_unreadable)):
            agent_id = record["agent_id"]
            try:
                if verdict(record) == retention.ABANDON and (
                    dry_run or self._abandon(agent_id, verdict)
                ):
                    swept.abandoned.append(agent_id)
            except (SessionNotFoundError, StateCorruptedError):
                pass  # another process was faster

    def _abandon(self, agent_id: str, verdict: Callable[[Record], str]) -> bool:
        def change(record: Record) -> Sequence[Draft]:
            if verdict(record) != retention.ABANDON:
                return []
            return [
                self._draft(
                    "finalized",
                    self.now(),
                    phase=phases.ABANDONED,
                    summary="timed out while it waited",
                )
            ]

        return self.store.update(agent_id, change)["phase"] == phases.ABANDONED


def _one_of(what: str, word: object, known: tuple[str, ...]) -> str:
    if not isinstance(word, str) or word not in known:
        raise UnknownWordError(what, word, known)
    return str.__str__(word)


def _text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValueError(f"{what} must be text, not {type(value).__name__}")
    text: str = checked(value, what)
    return text


def _object(what: str, value: object) -> dict[str, Any]:
    found = checked({**value} if _is_mapping(value) else value, what)
    if not isinstance(found, dict):
        raise InvalidValueError(f"{what} must be a JSON object, not {type(value).__name__}")
    return found


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return hasattr(value, "keys") and hasattr(value, "__getitem__")
