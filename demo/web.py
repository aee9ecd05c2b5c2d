"""Three agents that wait for a person, and the inbox to answer them in: `make demo-web`.

Each agent is a process that plans, asks and ends. What is approved is done (in words only) and
what is rejected is planned anew, with the person's reason, by another process. Ctrl-C ends it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Job(NamedTuple):
    """What an agent wants to do: its *plan*, by the *file* that must not change meanwhile."""

    agent: str
    purpose: str
    file: str
    content: str
    plan: str
    summary: str


JOBS = (
    Job(
        "terraform-architect",
        "a larger web server",
        "infra/main.tf",
        'resource "aws_instance" "web" {\n  instance_type = "t3.medium"\n}\n',
        "terraform apply\n\n  ~ aws_instance.web (must be replaced)\n"
        '      instance_type: "t3.medium" -> "t3.large"\n\n'
        "1 to add, 0 to change, 1 to destroy\n",
        "The web server gets a larger machine; about one minute without it.",
    ),
    Job(
        "gitops-operator",
        "restart what leaks memory",
        "deploy/web.yaml",
        "kind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 3\n",
        "kubectl rollout restart deployment/web --namespace prod\n",
        "Three pods restart, one after the other. Nobody should notice.",
    ),
    Job(
        "db-migrator",
        "drop an unused column",
        "migrations/0042.sql",
        "ALTER TABLE orders DROP COLUMN legacy_id;\n",
        "psql prod -f migrations/0042.sql\n",
        "The column was last read in March.",
    ),
)


class Stage:
    """The throw-away project in *folder*, and our command line in it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.environ = {
            **os.environ,
            "PYTHONPATH": os.path.join(ROOT, "src"),
            "XDG_CONFIG_HOME": os.path.join(folder, "config"),
            "XDG_STATE_HOME": os.path.join(folder, "state"),
        }
        self.command = (sys.executable, "-m", "agent_session", "-C", folder)

    def run(self, *words: str, said: str = "") -> tuple[int, str]:
        """The status of `agent-session WORDS`, and the last word it says."""
        done = subprocess.run(
            (*self.command, *words),
            env=self.environ,
            cwd=self.folder,
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, (done.stdout.split() or [""])[-1]

    def write(self, name: str, content: str) -> None:
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="agent-session-demo-") as folder:
        stage = Stage(folder)
        for job in JOBS:
            stage.write(job.file, job.content)
            asked = ask(stage, job)
            threading.Thread(target=_live, args=(stage, job, *asked), daemon=True).start()
        say(f"Three agents wait. Change a file in {folder} and see what the page says.")
        with contextlib.suppress(KeyboardInterrupt):
            subprocess.run(
                (*stage.command, "serve", "--port", "0"), env=stage.environ, check=False
            )


def say(text: str) -> None:
    print(f"demo: {text}", flush=True)


def ask(stage: Stage, job: Job) -> tuple[str, str]:
    """The ids of a new session, and of the approval that it asks for."""
    agent_id = stage.run("create", "--agent", job.agent, "--purpose", job.purpose)[1]
    stage.run("update", agent_id, "--phase", "investigating")
    return agent_id, _ask(stage, job, agent_id, job.plan)


def _ask(stage: Stage, job: Job, agent_id: str, plan: str) -> str:
    """Plan and ask; the approval's id."""
    name = f"plans/{job.agent}.txt"
    stage.write(name, plan)
    stage.run("update", agent_id, "--phase", "planning")
    words = ("--plan", name, "--file", job.file, "--summary", job.summary)
    return stage.run("request-approval", agent_id, *words)[1]


def _live(stage: Stage, job: Job, agent_id: str, approval_id: str) -> None:
    """Go on whenever a person has answered, until the plan is done or given up."""
    plan = job.plan
    while approval_id:
        status, answer = stage.run("wait", approval_id)
        if status == 0:
            _act(stage, job, agent_id, approval_id)
            return
        if answer != "rejected":
            return
        say(f"{job.agent} was told no, and plans anew")
        plan = f"# Planned anew, as you said\n{plan}"
        approval_id = _ask(stage, job, agent_id, plan)


def _act(stage: Stage, job: Job, agent_id: str, approval_id: str) -> None:
    status, _ = stage.run("use", approval_id, "--plan", f"plans/{job.agent}.txt")
    if status == 0:
        say(f"{job.agent} was told yes, and does it (not really)")
        stage.run("finalize", agent_id, "completed", "--summary", "done")
    else:
        say(f"{job.agent} was told yes, but {job.file} has changed: nothing is done")


if __name__ == "__main__":
    main()
