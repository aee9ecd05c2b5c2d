"""A journal that somebody has written anew, with hashes that fit: what it says of approvals is
looked at like a stranger's word.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.actions import plan_action
from agent_session.core.chain import NOTHING_BEFORE, draft
from agent_session.core.errors import ApprovalNotFoundError, StateCorruptedError
from agent_session.core.events import commit
from agent_session.core.resume import STATE_CORRUPTED
from agent_session.wiring import Wiring, wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no files": lambda it: it.pop("files"),
    "no action": lambda it: it.pop("action"),
    "an action that is text": lambda it: it.update(action="x"),
    "a status of its own": lambda it: it.update(status="odd"),
    "an escape for a time": lambda it: it.update(requested_at="\x1b[2J"),
    "no time of expiry": lambda it: it.update(expires_at="x"),
    "a folder that is a number": lambda it: it.update(cwd=7),
    "files that say nothing": lambda it: it["files"].update(found=[{"path": "x"}]),
    "half a repetition": lambda it: it.update(again={"of": "x"}),
    "a nonce that is none": lambda it: it.update(nonce="zz"),
    "a yes without an answer": lambda it: it.update(status="approved"),
    "an answer that says nothing": lambda it: it.update(decision={"x": 1}),
}


@pytest.fixture
def wiring(tmp_path: Path) -> Wiring:
    return wire("test", store=f"files:{tmp_path}/session", project=str(tmp_path), variables={})


def asked(wiring: Wiring) -> tuple[str, str]:
    agent_id = wiring.sessions.create("ta")["agent_id"]
    approval = wiring.approvals.request(agent_id, plan_action(b"plan"), wiring.project)
    return agent_id, str(approval["id"])


def write_anew(folder: Path, agent_id: str, change: Callable[[dict[str, Any]], object]) -> None:
    """The journal with *change* made to its request, every hash as it should be."""
    journal = folder / "session" / agent_id / "journal.jsonl"
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    change(events[-1]["data"]["approval"])
    drafts = [draft(e["kind"], e["at"], e["actor"], **e["data"]) for e in events]
    made = commit(None, 0, NOTHING_BEFORE, drafts)
    journal.write_bytes(made.lines)
    journal.with_name("state.json").write_bytes(made.snapshot)


@pytest.mark.parametrize("name", FORGERIES)
def test_one_forged_request_is_named_and_spoils_no_other(
    wiring: Wiring, tmp_path: Path, name: str
) -> None:
    agent_id, approval_id = asked(wiring)
    _, sound = asked(wiring)
    write_anew(tmp_path, agent_id, FORGERIES[name])

    with pytest.raises(StateCorruptedError, match="one of its approvals is none"):
        wiring.sessions.get(agent_id)
    assert [each.approval["id"] for each in wiring.approvals.pending()] == [sound]
    assert wiring.resumes.judge(agent_id).reason == STATE_CORRUPTED
    with pytest.raises(ApprovalNotFoundError):
        wiring.approvals.get(approval_id)
