"""`why`: every criterion of a resume, its value, limit and verdict, which decided, and how long
the session's clocks still run.
"""

from __future__ import annotations

from agent_session.core.codec import encode
from agent_session.core.errors import (
    InvalidAgentIdError,
    SessionNotFoundError,
    StateCorruptedError,
)
from agent_session.core.resume import Finding
from agent_session.surfaces.cli.arguments import AGENT_ID, AS_JSON
from agent_session.surfaces.cli.render import complain, say, say_json
from agent_session.surfaces.cli.tables import Column, print_table
from agent_session.telling.clocks import clocks_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.core.instants import datetime
    from agent_session.services.resumes import Judgement
    from agent_session.telling.clocks import Clock
    from agent_session.wiring import Wiring

DETAIL = "Status 0 where the session may be resumed, else 1."
EXAMPLES = ("agent-session why agent-20260108-180530-abc12345",)
ARGUMENTS = (AGENT_ID, AS_JSON)


def run(wiring: Wiring, *, agent_id: str, as_json: bool) -> int:
    found = wiring.resumes.judge(agent_id, wiring.claimant())
    findings: Sequence[Finding] = ()
    clocks: Sequence[Clock] = ()
    now = wiring.now()
    try:
        findings = wiring.resumes.explain(agent_id, wiring.claimant())
        clocks = list(clocks_of(wiring.sessions.get(agent_id), wiring.policy, now))
    except (SessionNotFoundError, InvalidAgentIdError, StateCorruptedError) as error:
        complain(str(error))
    (_tell_json if as_json else _tell)(agent_id, found, findings, clocks, now)
    return 0 if found.is_resumable else 1


def _tell_json(
    agent_id: str,
    found: Judgement,
    findings: Sequence[Finding],
    clocks: Sequence[Clock],
    now: datetime,
) -> None:
    criteria = [
        {
            "reason": each.reason,
            "holds": each.holds,
            "value": each.value,
            "limit": each.limit,
            "decides": each.reason == found.reason,
        }
        for each in findings
    ]
    said = {
        "agent_id": agent_id,
        "should_resume": found.is_resumable,
        "reason": found.reason,
        "criteria": criteria,
        "clocks": [each.as_json(now) for each in clocks],
    }
    say_json(said if found.decision is None else {**said, "decision": found.decision})


def _tell(
    agent_id: str,
    found: Judgement,
    findings: Sequence[Finding],
    clocks: Sequence[Clock],
    now: datetime,
) -> None:
    why_not = "" if found.is_resumable else f" ({found.reason})"
    say(f"Should resume {agent_id}: {found.is_resumable}{why_not}")
    if found.decision is not None:
        say(f"A person has answered: {found.decision}")
    if not findings:
        return
    columns = (
        Column("VERDICT", lambda cell: "green" if cell == "ok" else "bold red"),
        Column("REASON IF NOT"),
        Column("VALUE", gives_way=True),
        Column("LIMIT", wraps=True),
    )
    print_table(columns, [_row(each, found.reason) for each in findings])
    clock_columns = (Column(style_of=lambda _: "bold"), Column(), Column(wraps=True))
    print_table(clock_columns, [each.as_row(now) for each in clocks])


def _row(finding: Finding, reason: str) -> Sequence[str]:
    value = finding.value if isinstance(finding.value, str) else encode(finding.value)
    verdict = "ok" if finding.holds else "NO, decides" if finding.reason == reason else "NO"
    return verdict, finding.reason, value, finding.limit
