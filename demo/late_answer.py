"""Chapter 3: an agent asks and is killed; the answer comes five hours later, from a person at a
terminal; by then a file is another one; what was approved is done once.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
from typing import Any

from .host import run_command
from .project import Ended, Project
from .showing import answer_lines, shortened
from .story import Story

AGENT = "demo/careful_architect.py"
TASK = "T003"
HOURS = "5"
FIELDS_SHOWN = ("should_resume", "reason", "agent_id")


def play(story: Story, project: Project) -> None:
    story.chapter("A late answer")
    approval_id = _ask(story, project)
    _look_after_five_hours(story, project)
    _approve(story, project, approval_id)
    token = _resume(story, project)
    again = _drift(story, project, approval_id, token)
    _approve(story, project, again)
    _act_once(story, project, again, token)


def _ask(story: Story, project: Project) -> str:
    story.step("An agent plans, asks for exactly that plan, and its process is killed")
    words = ("python3", AGENT, TASK)
    story.command(shlex.join(words))
    ended = project.run(*words)
    story.show(ended.said.splitlines())
    found = re.search(r"asked for (ap-\w+)", ended.said)
    story.check(
        f"process {ended.pid} was killed; its request is kept",
        ended.status == -signal.SIGKILL and found is not None,
        ended,
    )
    return found[1] if found else ""


def _look_after_five_hours(story: Story, project: Project) -> None:
    story.step("Five hours pass: the request still waits, and nobody is resumed without it")
    story.say(
        "(From here on every process has its clock moved by five hours: demo/later.py. Half an "
        "hour would have ended any other wait.)"
    )
    answer = _ask_to_resume(story, project)
    story.check(
        "the answer is no, because a person has not answered",
        (answer["should_resume"], answer["reason"]) == (False, "approval_pending"),
        answer,
    )
    _later(story, project, "the inbox shows what waits, and for how long yet", "pending")


def _approve(story: Story, project: Project, approval_id: str) -> None:
    story.step("A person reads what is asked, at a terminal, and says yes")
    command = f"python3 demo/later.py {HOURS} -m agent_session approve {approval_id}"
    story.command(command)
    ended = project.run("python3", "demo/person.py", "--detach", "--", "", command)
    story.show(map(shortened, ended.said.replace("\r", "").splitlines()))
    story.check(
        "the code that was shown was typed again, and the answer is kept",
        f"Approved: {approval_id}" in ended.said,
        ended,
    )


def _resume(story: Story, project: Project) -> str:
    story.step("The host asks again: resume, with the answer; and only one is told so")
    answer = _ask_to_resume(story, project)
    told = answer["resume_metadata"] or {}
    story.check(
        "the answer is to resume: approved, and claimed for the one who asked",
        (answer["should_resume"], told.get("decision")) == (True, "approved"),
        answer,
    )
    story.say("This is what the resumed agent is told:")
    story.show(map(shortened, str(told.get("brief")).splitlines()))
    second = _ask_to_resume(story, project)
    story.check(
        "whoever asks at the same time is told that it is claimed",
        (second["should_resume"], second["reason"]) == (False, "claimed"),
        second,
    )
    return str(told.get("token"))


def _drift(story: Story, project: Project, approval_id: str, token: str) -> str:
    story.step(
        "But a colleague has changed main.tf meanwhile: what was approved no longer holds"
    )
    path = os.path.join(project.folder, "main.tf")
    story.command("sed -i s/t3.large/t3.2xlarge/ $CLAUDE_PROJECT_DIR/main.tf")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("t3.large", "t3.2xlarge"))
    promise = "the use is refused, and says what has changed"
    refused = _use(story, project, promise, approval_id, token, status=1)
    story.check("it names the file", "main.tf" in refused.complained, refused)
    promise = "the agent asks again, for the world as it is now"
    asked = _later(story, project, promise, "ask-again", approval_id, "--token", token)
    found = re.search(r"ap-\w{16}", asked.said)
    return found[0] if found else ""


def _act_once(story: Story, project: Project, approval_id: str, token: str) -> None:
    story.step("Just before it acts, the agent uses the approval up: once")
    _use(story, project, "now it may act", approval_id, token)
    promise = "the second use is refused"
    refused = _use(story, project, promise, approval_id, token, status=1)
    story.check("because it was used", "used already" in refused.complained, refused)


def _use(
    story: Story, project: Project, promise: str, approval_id: str, token: str, status: int = 0
) -> Ended:
    plan = os.path.join(project.folder, "plan.md")
    words = ("use", approval_id, "--plan", plan, "--token", token)
    return _later(story, project, promise, *words, status=status)


def _later(story: Story, project: Project, promise: str, *words: str, status: int = 0) -> Ended:
    program = ("demo/later.py", HOURS, "-m", "agent_session")
    return run_command(story, project, promise, *words, status=status, program=program)


def _ask_to_resume(story: Story, project: Project) -> dict[str, Any]:
    request = {"agent_name": "careful-architect", "task_id": TASK}
    program = ("python3", "demo/later.py", HOURS, "hooks/pre_delegate.py")
    story.command(f"echo {shlex.quote(json.dumps(request))} |\n  {shlex.join(program)}")
    ended = project.run(*program, stdin=json.dumps(request))
    story.show(answer_lines(ended.answer, FIELDS_SHOWN))
    return ended.answer
