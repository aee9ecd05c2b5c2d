"""An agent of the demo that must not act before a person has said yes.

`plan TASK` plans, asks for approval and ends; `apply` acts on what a resume tells it on stdin.
"""

from __future__ import annotations

import json
import os
import sys

from agent_session import create_session, update_state

PROJECT = os.environ["CLAUDE_PROJECT_DIR"]


def say(text: str) -> None:
    print(f"pid {os.getpid()}: {text}")


def enter(agent_id: str, phase: str, **metadata: object) -> None:
    """Report *phase*; an agent that cannot must not go on as if it had."""
    if not update_state(agent_id, phase=phase, metadata=metadata or None):
        sys.exit(f"the phase {phase} was not kept")


def plan(task_id: str) -> None:
    agent_id = create_session(
        agent_name="terraform-architect",
        purpose="approval_workflow",
        metadata={"task_id": task_id, "workspace": "prod"},
    )
    if agent_id is None:
        sys.exit("no session was created")
    say(f"created {agent_id}")
    with open(os.path.join(PROJECT, "plan.json"), "w", encoding="utf-8") as file:
        json.dump({"add": ["aws_instance.web", "aws_lb.front"], "destroy": []}, file)
    enter(agent_id, "planning", plan_file="plan.json")
    say("planning: wrote plan.json, 2 to add, 0 to destroy")
    enter(agent_id, "approval")
    say("approval: a person must say yes, so this process ends here")


def apply() -> None:
    resume = json.load(sys.stdin)
    plan_file = resume["resume_metadata"]["session_metadata"]["plan_file"]
    with open(os.path.join(PROJECT, plan_file), encoding="utf-8") as file:
        planned = json.load(file)["add"]
    say(f"resumed {resume['agent_id']}, found {plan_file}")
    enter(resume["agent_id"], "executing")
    say(f"executing: {', '.join(planned)}")
    enter(resume["agent_id"], "validating", applied=len(planned))
    say(f"validating: {len(planned)} added")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["plan", task_id]:
            plan(task_id)
        case ["apply"]:
            apply()
        case _:
            sys.exit(__doc__)
