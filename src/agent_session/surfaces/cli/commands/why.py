"""`why`: every criterion of a resume, its value, limit and verdict, and which decided."""

from __future__ import annotations

from agent_session.core.codec import encode
from agent_session.core.errors import (
    InvalidAgentIdError,
    SessionNotFoundError,
    StateCorruptedError,
)
from agent_session.core.resume import SESSION_NOT_FOUND, SESSION_RESUMABLE, STATE_CORRUPTED
from agent_session.surfaces.cli.arguments import AGENT_ID, AS_JSON
from agent_session.surfaces.cli.render import complain, say, say_json
from agent_session.surfaces.cli.tables import Column, print_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.core.resume import Finding
    from agent_session.wiring import Wiring

DETAIL = "Status 0 where the session may be resumed, else 1."
EXAMPLES = ("agent-session why agent-20260108-180530-abc12345",)
ARGUMENTS = (AGENT_ID, AS_JSON)


def run(wiring: Wiring, *, agent_id: str, as_json: bool) -> int:
    findings: Sequence[Finding] = ()
    try:
        findings = wiring.resumes.explain(agent_id)
        decisive = next((each for each in findings if not each.holds), None)
        reason = decisive.reason if decisive else SESSION_RESUMABLE
    except (SessionNotFoundError, InvalidAgentIdError) as error:
        reason = SESSION_NOT_FOUND
        complain(str(error))
    except StateCorruptedError as error:
        reason = STATE_CORRUPTED
        complain(str(error))
    (_tell_json if as_json else _tell)(agent_id, reason, findings)
    return 0 if reason == SESSION_RESUMABLE else 1


def _tell_json(agent_id: str, reason: str, findings: Sequence[Finding]) -> None:
    criteria = [
        {
            "reason": each.reason,
            "holds": each.holds,
            "value": each.value,
            "limit": each.limit,
            "decides": each.reason == reason,
        }
        for each in findings
    ]
    resumable = reason == SESSION_RESUMABLE
    say_json(
        {
            "agent_id": agent_id,
            "should_resume": resumable,
            "reason": reason,
            "criteria": criteria,
        }
    )


def _tell(agent_id: str, reason: str, findings: Sequence[Finding]) -> None:
    resumable = reason == SESSION_RESUMABLE
    say(f"Should resume {agent_id}: {resumable}{'' if resumable else f' ({reason})'}")
    if not findings:
        return
    columns = (
        Column("VERDICT", lambda cell: "green" if cell == "ok" else "bold red"),
        Column("REASON IF NOT"),
        Column("VALUE"),
        Column("LIMIT", wraps=True),
    )
    print_table(columns, [_row(each, reason) for each in findings])


def _row(finding: Finding, reason: str) -> Sequence[str]:
    value = finding.value if isinstance(finding.value, str) else encode(finding.value)
    verdict = "ok" if finding.holds else "NO, decides" if finding.reason == reason else "NO"
    return verdict, finding.reason, value, finding.limit
