"""An agent of the demo that asks for exactly what it will do, and does not live to hear the
answer: `careful_architect.py TASK`.
"""

from __future__ import annotations

import os
import signal
import sys

from agent_session import AgentSession, plan_action

PROJECT = os.environ["CLAUDE_PROJECT_DIR"]
PLAN = "1. replace aws_instance.web by a t3.large\n2. wait until it is healthy\n"
MAIN = 'resource "aws_instance" "web" {\n  instance_type = "t3.large"\n}\n'


def say(text: str) -> None:
    print(f"pid {os.getpid()}: {text}", flush=True)


def write(name: str, text: str) -> None:
    with open(os.path.join(PROJECT, name), "w", encoding="utf-8") as file:
        file.write(text)


def main(task_id: str) -> None:
    session = AgentSession()
    agent_id = session.create_session(
        "careful-architect", "approval_workflow", {"task_id": task_id}
    )
    if agent_id is None:
        sys.exit("no session was created")
    write("main.tf", MAIN)
    write("plan.md", PLAN)
    say(f"created {agent_id}, wrote plan.md and main.tf")
    approval = session.approvals.request(
        agent_id,
        plan_action(PLAN.encode(), os.path.join(PROJECT, "plan.md")),
        PROJECT,
        globs=["*.tf"],
        summary="A larger web server, as the load test asks for.",
    )
    say(f"asked for {approval['id']}")
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
