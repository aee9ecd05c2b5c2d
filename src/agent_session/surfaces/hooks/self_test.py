"""`pre_delegate.py --test`: the decision tried on a throw-away store."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta

from agent_session.core import resume
from agent_session.wiring import Wiring, wire


def play() -> int:
    """Print every check with its verdict; 0 when all hold."""
    with tempfile.TemporaryDirectory(prefix="agent-session-test-") as folder:
        wiring = wire(
            "self-test", store=f"files:{folder}/session", project=folder, variables={}
        )
        failed = 0
        for says, holds in _checks(wiring):
            failed += not holds
            sys.stdout.write(f"{'ok  ' if holds else 'FAIL'} {says}\n")
    sys.stdout.write(
        "self-test passed\n" if not failed else f"self-test: {failed} checks failed\n"
    )
    return 1 if failed else 0


def _checks(wiring: Wiring) -> Iterator[tuple[str, bool]]:
    sessions, resumes = wiring.sessions, wiring.resumes
    yield (
        "no session: nothing to resume",
        not resumes.check_delegation("terraform-architect").is_resumable,
    )
    agent_id = sessions.create("terraform-architect", "approval_workflow", {"task_id": "T001"})[
        "agent_id"
    ]
    yield (
        "a new session is not resumable",
        resumes.judge(agent_id).reason == resume.PHASE_NOT_RESUMABLE,
    )
    sessions.update(agent_id, "approval", {"plan_file": "plan.json"})
    found = resumes.check_delegation("terraform-architect", "T001")
    yield (
        "a session that waits for approval is found by its agent's name",
        found.agent_id == agent_id,
    )
    yield "and is resumable", found.is_resumable
    context = found.record["metadata"] if found.record else {}
    yield "with its context", "plan_file" in context
    yield (
        "another task does not resume it",
        not resumes.check_delegation("terraform-architect", "T002").is_resumable,
    )
    yield (
        "another agent does not resume it",
        not resumes.check_delegation("gitops-operator", "T001").is_resumable,
    )
    later = wiring.now() + timedelta(minutes=31)
    wiring.now = lambda: later
    yield (
        "after 31 minutes it has timed out",
        wiring.resumes.judge(agent_id).reason == resume.TIMED_OUT,
    )
    yield "every check was logged", len(list(wiring.store.notes())) == 4
