"""The claim on a session: one resumer at a time, and a token that tells the newest from all
before it.

Rule 1: a token is one greater than any before, and only the newest is believed.
Rule 2: a claim lives as long as its lease, unless its holder is a known process of this host:
then as long as that process. A grant that nobody took up lapses even so.
Rule 3: a claim that is lost while its agent was acting leaves the session in doubt.
Rule 4: only the rules stand here, for every hook loads them; `claiming` makes the changes.
"""

from __future__ import annotations

from . import phases
from .instants import moment, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from .instants import datetime
    from .state import Record

    Claim: TypeAlias = Mapping[str, Any]
    # True for a process of this host that runs, False for one that has ended, None where
    # nobody here can know.
    FateOf: TypeAlias = Callable[[Mapping[str, Any]], bool | None]


LONGEST_LEASE = timedelta(days=7)


def fate_unknown(_: Mapping[str, Any]) -> bool | None:
    return None


class ClaimPolicy:
    """How long a *lease* lasts, and a *grant* that nobody has taken up; whether a write must
    carry a token; and how the fate of a holder's process is known.
    """

    __slots__ = ("fate_of", "grant", "lease", "require_token")

    def __init__(
        self,
        lease: timedelta = timedelta(minutes=30),
        grant: timedelta = timedelta(seconds=60),
        *,
        require_token: bool = False,
        fate_of: FateOf = fate_unknown,
    ) -> None:
        self.lease = lease
        self.grant = grant
        self.require_token = require_token
        self.fate_of = fate_of


class Claimant:
    """Who asks: by *holder*'s name, by the *token* of the claim it holds, or as nobody.

    *process* is what `world.processes` tells of the holder's own process. A token that
    *is_ambient*, from the environment, is that of the session *of*, where that is said too;
    else it may be that of any.
    """

    __slots__ = ("holder", "is_ambient", "of", "process", "token")

    def __init__(
        self,
        holder: str | None = None,
        token: int | None = None,
        process: Mapping[str, Any] | None = None,
        *,
        is_ambient: bool = False,
        of: str | None = None,
    ) -> None:
        self.holder = holder
        self.token = token
        self.process = process
        self.is_ambient = is_ambient
        self.of = of

    def at(self, record: Record) -> Claimant:
        """The same for *record*: an ambient token of another session is not meant, nor one
        that this has never granted.
        """
        if self.token is None or not self.is_ambient:
            return self
        is_meant = self.token <= record["fence"] and self.of in {None, record["agent_id"]}
        return self if is_meant else self._by_name()

    def among_many(self) -> Claimant:
        """The same where no session was named: an ambient token does not say whose it is."""
        return self._by_name() if self.is_ambient and self.of is None else self

    def _by_name(self) -> Claimant:
        return Claimant(self.holder, None, self.process)

    def holds(self, claim: Claim) -> bool:
        """By its token; or by its name, unless another process of that name is known to."""
        if self.token is not None and claim["token"] == self.token:
            return True
        if self.holder is None or claim["holder"] != self.holder:
            return False
        theirs = claim.get("process")
        return self.process is None or theirs is None or {**self.process} == theirs


NOBODY = Claimant()


def is_live(claim: Claim | None, now: datetime, fate_of: FateOf = fate_unknown) -> bool:
    if claim is None:
        return False
    fate = fate_of(claim["process"]) if claim.get("process") else None
    if fate is None or (fate and claim["is_grant"]):
        return now < moment(claim["until"])
    return fate


def is_in_doubt(record: Record, now: datetime, fate_of: FateOf = fate_unknown) -> bool:
    claim = record["claim"]
    return (
        claim is not None
        and phases.is_acting(record["phase"])
        and not is_live(claim, now, fate_of)
    )


def is_taken(
    record: Record, who: Claimant, now: datetime, fate_of: FateOf = fate_unknown
) -> bool:
    """True where somebody other than *who* has a live claim."""
    claim = record["claim"]
    return claim is not None and is_live(claim, now, fate_of) and not who.holds(claim)
