"""An agent of the demo that investigates over several turns, each turn a process of its own.

First `look`; then `look-further`, `propose`, `mend`, which read what a resume tells on stdin.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from agent_session import create_session, update_state


def say(text: str) -> None:
    print(f"pid {os.getpid()}: {text}")


def enter(agent_id: str, phase: str | None = None, **metadata: object) -> None:
    """Report *phase* and *metadata*; an agent that cannot must not go on as if it had."""
    if not update_state(agent_id, phase=phase, metadata=metadata or None):
        sys.exit("the update was not kept")


def look() -> None:
    agent_id = create_session("gitops-operator", "investigation", {"issue": "pod-crash-loop"})
    if agent_id is None:
        sys.exit("no session was created")
    say(f"created {agent_id}")
    findings = ["OOMKilled", "resource limits"]
    enter(agent_id, "investigating", findings=findings)
    say(f"investigating: {findings}")


def look_further(agent_id: str, known: dict[str, Any]) -> None:
    findings = [*known["findings"], "config issue in deployment"]
    enter(agent_id, findings=findings)
    say(f"knew {known['findings']}, adds {findings[-1]!r}")


def propose(agent_id: str, known: dict[str, Any]) -> None:
    enter(agent_id, "planning", solution="increase memory limits")
    say(f"planning: {len(known['findings'])} findings lead to 'increase memory limits'")


def mend(agent_id: str, known: dict[str, Any]) -> None:
    enter(agent_id, "executing")
    say(f"executing: {known['solution']}")


TURNS = {"look-further": look_further, "propose": propose, "mend": mend}

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["look"]:
            look()
        case [turn] if turn in TURNS:
            resume = json.load(sys.stdin)
            TURNS[turn](resume["agent_id"], resume["resume_metadata"]["session_metadata"])
        case _:
            sys.exit(__doc__)
