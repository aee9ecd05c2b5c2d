"""Chapter 1: an agent plans and asks; another process applies the plan; an answer is late."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from .host import ask, report_stop, run_agent, run_command, wait
from .project import Project
from .showing import file_lines, journal_lines
from .story import Story

AGENT = "demo/terraform_architect.py"
PLAN = {"task_id": "T001", "workspace": "prod", "plan_file": "plan.json"}
KINDS = [
    "created", "updated", "updated", "stopped", "edited", "claimed", "updated", "updated",
    "finalized",
]  # fmt: skip
FIELDS_SHOWN = ("should_resume", "reason", "agent_id", "resume_metadata")


def play(story: Story, project: Project) -> None:
    story.chapter("Approval workflow")
    agent_id = _plan(story, project)
    _pause(story, project, agent_id)
    answer = _ask_after_ten_minutes(story, project, agent_id)
    _apply(story, project, answer)
    _finish(story, project, agent_id)
    _ask_after_half_an_hour(story, project)


def id_in(said: str) -> str:
    """The id of the session that an agent says it has created."""
    found = re.search(r"created (\S+)", said)
    return found[1] if found else ""


def _plan(story: Story, project: Project) -> str:
    story.step("An agent plans, asks for approval, and its process ends")
    agent_id = id_in(run_agent(story, project, AGENT, "plan", "T001").said)
    story.say("This is what it left on disk:")
    story.command(f"cat $CLAUDE_PROJECT_DIR/.claude/session/{agent_id}/state.json")
    story.show(file_lines(project.text(agent_id, "state.json"), 15))
    record = project.record(agent_id)
    story.check(
        "the session waits in the phase approval, resume_ready, with all that the agent knew",
        (record["phase"], record["resume_ready"], record["metadata"])
        == ("approval", True, PLAN),
        record,
    )
    return agent_id


def _pause(story: Story, project: Project, agent_id: str) -> None:
    story.step("The host reports the stop; the stop hook knows that it is a pause")
    task = {"agent_id": agent_id, "task_id": "T001", "agent": "terraform-architect"}
    answer = report_stop(story, project, task, "The plan is ready. Duration: 4200 ms")
    story.check("the session is kept, as it was", answer.get("action") == "paused", answer)


def _ask_after_ten_minutes(story: Story, project: Project, agent_id: str) -> dict[str, Any]:
    story.step(
        "Ten minutes pass, a person says yes, and the host asks before it delegates again"
    )
    story.say(
        "(The session keeps the wait and its context; who said yes, to what, it does not.)"
    )
    wait(story, project, agent_id, timedelta(minutes=10))
    request = {"agent_name": "terraform-architect", "task_id": "T001"}
    answer = ask(story, project, request, FIELDS_SHOWN)
    story.check(
        "the answer is to resume; found by the agent's name and its task, no id was needed",
        (answer["should_resume"], answer["agent_id"]) == (True, agent_id),
        answer,
    )
    context = answer["resume_metadata"]
    phases = [change["to_phase"] for change in context["history"]]
    story.check(
        "it comes with the whole context: the phase, the way there, and the metadata",
        (context["previous_phase"], phases, context["session_metadata"])
        == ("approval", ["planning", "approval"], PLAN),
        context,
    )
    return answer


def _apply(story: Story, project: Project, answer: dict[str, Any]) -> None:
    story.step("Another process carries on from that context")
    run_agent(story, project, AGENT, "apply", answer=answer)
    record = project.record(answer["agent_id"])
    story.check(
        "it applied the plan that the first process had made",
        (record["phase"], record["metadata"]) == ("validating", {**PLAN, "applied": 2}),
        record,
    )


def _finish(story: Story, project: Project, agent_id: str) -> None:
    story.step("The host reports the stop; now it is the end, and the session is finalized")
    task = {"agent_id": agent_id, "task_id": "T001", "agent": "terraform-architect"}
    answer = report_stop(story, project, task, "Applied. Duration: 61000 ms")
    story.check(
        "the session is completed",
        (answer.get("action"), project.record(agent_id)["phase"]) == ("finalized", "completed"),
        answer,
    )
    story.say(
        "Its journal, shortened: number, time, kind, what changed, hash before it -> own hash."
    )
    story.command(f"cat $CLAUDE_PROJECT_DIR/.claude/session/{agent_id}/journal.jsonl")
    events = project.journal(agent_id)
    story.show(journal_lines(events))
    kinds = [event["kind"] for event in events]
    story.check(
        "every change is there, the edit by hand too",
        kinds == KINDS,
        kinds,
    )
    run_command(story, project, "the chain of hashes is whole", "verify", agent_id)


def _ask_after_half_an_hour(story: Story, project: Project) -> None:
    story.step("The same again, but 31 minutes pass: the answer is no, and says why")
    agent_id = id_in(run_agent(story, project, AGENT, "plan", "T002").said)
    wait(story, project, agent_id, timedelta(minutes=31))
    request = {"agent_name": "terraform-architect", "task_id": "T002"}
    answer = ask(story, project, request, FIELDS_SHOWN)
    story.check(
        "the reason is timed_out: what was planned half an hour ago may no longer be true",
        (answer["should_resume"], answer["reason"], answer["agent_id"])
        == (False, "timed_out", agent_id),
        answer,
    )
    promise = "the command line tells the same, with every criterion"
    run_command(story, project, promise, "why", agent_id, status=1)
