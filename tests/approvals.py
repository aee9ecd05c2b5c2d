"""Approvals to try things on: one in a record, what it is given for, and who vouches for it."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from agent_session.core import asking
from agent_session.core.actions import plan_action
from agent_session.core.approvals import ApprovalPolicy
from agent_session.core.claims import NOBODY, ClaimPolicy
from agent_session.core.errors import InvalidValueError
from agent_session.core.instants import at
from tests.examples import AGENT_ID, a_record, applied, minutes_later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.core.claims import Claimant
    from agent_session.core.state import Record

STORE = "5a" * 16
NONCE = "0f" * 16
APPROVAL_ID = "ap-0123456789abcdef"
OTHER_ID = "ap-fedcba9876543210"
PLAN = b"terraform apply plan.out\n"
POLICY = ApprovalPolicy()
CLAIMS = ClaimPolicy()
DAY = 24 * 60.0


def a_file(path: str = "plan.out", **fields: Any) -> dict[str, Any]:
    """What a look at a file tells."""
    return {
        "path": path,
        "kind": "file",
        "mode": 0o644,
        "size": 25,
        "sha256": "ab" * 32,
        "target": None,
        **fields,
    }


def an_approval(minutes: float = 0, raw: bytes = PLAN, **fields: Any) -> dict[str, Any]:
    """A request made at *minutes*, pending for a day, unless *fields* say otherwise."""
    nonce = fields.get("nonce", NONCE)
    return {
        "id": APPROVAL_ID,
        "store": STORE,
        "agent_id": AGENT_ID,
        "nonce": nonce,
        "status": "pending",
        "required": "chat",
        "action": plan_action(raw).sealed(nonce),
        "files": {"globs": ["plan.out"], "found": [a_file()]},
        "git": None,
        "cwd": "/project",
        "summary": None,
        "requested_at": at(minutes_later(minutes)),
        "expires_at": at(minutes_later(minutes + DAY)),
        "again": None,
        "decision": None,
        "grant": None,
        **fields,
    }


def a_decision(verdict: str = "approved", strength: str = "chat", **fields: Any) -> Any:
    """What a person says, without the moment, which the change adds."""
    return {
        "verdict": verdict,
        "by": "ada",
        "door": strength,
        "strength": strength,
        "reason": None,
        "signature": None,
        **fields,
    }


def asked(
    approval: dict[str, Any] | None = None,
    minutes: float = 0,
    record: Record | None = None,
    who: Claimant = NOBODY,
    *,
    beside: bool = False,
) -> Record:
    """A session that has asked."""
    approval = an_approval(minutes) if approval is None else approval
    record = a_record(phase="planning") if record is None else record
    now = minutes_later(minutes)
    drafts = asking.request(record, approval, who, CLAIMS, now, "test", beside=beside)
    return applied(record, *drafts)


def answered(
    record: Record,
    verdict: str = "approved",
    minutes: float = 10,
    approval_id: str = APPROVAL_ID,
    policy: ApprovalPolicy = POLICY,
    **fields: Any,
) -> Record:
    """*record* after a person's answer."""
    decision = a_decision(verdict, **fields)
    now = minutes_later(minutes)
    return applied(record, *asking.decide(record, approval_id, decision, policy, now, "test"))


class Surroundings:
    """A world of files and a repository, as a dictionary that a test changes."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {"plan.out": a_file()}
        self.head: str | None = None

    def files(self, globs: Sequence[str], folder: str) -> list[dict[str, Any]]:
        seen = self.files_again(globs, folder)
        if len(seen) < len(globs):
            raise InvalidValueError("a pattern names no file")
        return seen

    def files_again(self, globs: Sequence[str], folder: str) -> list[dict[str, Any]]:
        return [dict(self.found[path]) for path in sorted(globs) if path in self.found]

    def git(self, folder: str) -> dict[str, Any] | None:
        head = self.head
        return head and {"head": head, "branch": "refs/heads/main", "dirty": []}  # type: ignore[return-value]


class Keyring:
    """Signatures that need a secret: a key is its own name, and *allowed* are believed."""

    def __init__(self, *allowed: str) -> None:
        self.allowed = allowed

    def sign(self, key: str, message: bytes) -> str:
        return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()

    def verify(self, message: bytes, signature: str) -> str:
        for key in self.allowed:
            if hmac.compare_digest(self.sign(key, message), signature):
                return key
        raise InvalidValueError("no allowed signer has signed this")


def used(
    record: Record,
    minutes: float = 20,
    raw: bytes = PLAN,
    approval_id: str = APPROVAL_ID,
    *,
    who: Claimant = NOBODY,
    drift: Sequence[dict[str, Any]] = (),
    policy: ApprovalPolicy = POLICY,
    claims: ClaimPolicy = CLAIMS,
    store: str = STORE,
    agent_id: str | None = None,
) -> Record:
    """*record* after somebody was about to act, in a world that had drifted by *drift*."""
    attempt = asking.Attempt(raw, store, who, agent_id)
    now = minutes_later(minutes)
    drafts = asking.use(
        record, approval_id, lambda _: drift, attempt, policy, claims, now, "test"
    )
    return applied(record, *drafts)
