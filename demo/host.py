"""What a host of agents does: start one, ask before it delegates, report that one stopped."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from .project import Ended, Project
from .showing import answer_lines, json_lines, shortened
from .story import Story

ANSWER = "answer.json"
_HOOK = ("python3", "-I", "-S")


def run_agent(
    story: Story, project: Project, *words: str, answer: Mapping[str, Any] | None = None
) -> Ended:
    """Start an agent, with the *answer* that it resumes from, and wait for its end."""
    program = ("python3", *words)
    story.command(
        shlex.join(program) + ("" if answer is None else f" < $CLAUDE_PROJECT_DIR/{ANSWER}")
    )
    ended = project.run(*program, stdin=None if answer is None else json.dumps(answer))
    story.show(ended.said.splitlines())
    story.check(
        f"process {ended.pid} has done that, and is gone",
        ended.status == 0 and f"pid {ended.pid}:" in ended.said and not _is_alive(ended.pid),
        ended,
    )
    return ended


def run_command(
    story: Story,
    project: Project,
    promise: str,
    *words: str,
    status: int = 0,
    program: Sequence[str] = ("-m", "agent_session"),
) -> Ended:
    """Run the command line `agent-session`; *promise* holds where it ends with *status*."""
    command = ("python3", *program, *words)
    story.command(shlex.join(command).replace(project.folder, "$CLAUDE_PROJECT_DIR"))
    ended = project.run(*command)
    story.show(map(shortened, (ended.said + ended.complained).splitlines()))
    story.check(promise, ended.status == status, ended)
    return ended


def ask(
    story: Story, project: Project, request: Mapping[str, Any], shown: Iterable[str]
) -> dict[str, Any]:
    """The pre-delegation hook's answer to *request*, of which the fields *shown* are shown."""
    ended = _run_hook(
        story, project, "hooks/pre_delegate.py", request, f" | tee $CLAUDE_PROJECT_DIR/{ANSWER}"
    )
    with open(os.path.join(project.folder, ANSWER), "w", encoding="utf-8") as file:
        file.write(ended.said)
    story.show(answer_lines(ended.answer, shown))
    return ended.answer


def report_stop(
    story: Story, project: Project, task: Mapping[str, Any], output: str
) -> dict[str, Any]:
    """The stop hook's answer to the agent of *task* having ended well with *output*."""
    stop = {"task_info": task, "agent_output": output, "exit_code": 0}
    ended = _run_hook(story, project, "hooks/subagent_stop.py", stop)
    story.show(answer_lines(ended.answer, ("success", "action", "phase")))
    return ended.answer


def _run_hook(
    story: Story, project: Project, path: str, payload: Mapping[str, Any], then: str = ""
) -> Ended:
    program = (*_HOOK, path)
    text = "\n".join(json_lines(payload))
    story.command(f"echo {shlex.quote(text)} |\n  {shlex.join(program)}{then}")
    ended = project.run(*program, stdin=text)
    if ended.status != 0 or not ended.answer:
        story.check("the hook answers in JSON, with status 0", False, ended)
    return ended


def wait(story: Story, project: Project, agent_id: str, passed: timedelta) -> None:
    """Let *passed* go by; nobody wants to watch that, so the record is set back by hand."""
    minutes = int(passed.total_seconds() / 60)
    story.say(
        f"A demo cannot wait for {minutes} minutes, so last_updated in state.json is set back "
        "by hand. A person's edit counts, and the next write enters it in the journal."
    )
    edit = project.set_back(agent_id, passed)
    story.show((f"- {edit.before}", f"+ {edit.after}"))
    story.check(
        f"the file says that nothing has happened for {minutes} minutes",
        edit.before != edit.after,
        edit,
    )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
