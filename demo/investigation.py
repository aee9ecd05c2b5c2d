"""Chapter 2: an investigation over four turns, each a process that adds what it finds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .approval import id_in
from .host import ask, report_stop, run_agent, wait
from .project import Project
from .story import Story

AGENT = "demo/gitops_operator.py"
FINDINGS = ["OOMKilled", "resource limits", "config issue in deployment"]


def play(story: Story, project: Project) -> None:
    story.chapter("Multi-turn investigation")
    agent_id = _first_turn(story, project)
    _turn_after_five_minutes(story, project, agent_id)
    _solution(story, project, agent_id)
    _end(story, project, agent_id)


def _first_turn(story: Story, project: Project) -> str:
    story.step("Turn 1: the agent looks, reports, and its process ends")
    agent_id = id_in(run_agent(story, project, AGENT, "look").said)
    _stop(story, project, agent_id, "paused")
    return agent_id


def _turn_after_five_minutes(story: Story, project: Project, agent_id: str) -> None:
    story.step("Turn 2: five minutes later the user asks on")
    wait(story, project, agent_id, timedelta(minutes=5))
    answer = _resume(story, project, agent_id, "investigating")
    run_agent(story, project, AGENT, "look-further", answer=answer)
    _stop(story, project, agent_id, "paused")
    found = project.record(agent_id)["metadata"]["findings"]
    story.check("the findings of both turns are there", found == FINDINGS, found)


def _solution(story: Story, project: Project, agent_id: str) -> None:
    story.step("Turn 3: the user wants a solution")
    answer = _resume(story, project, agent_id, "investigating")
    run_agent(story, project, AGENT, "propose", answer=answer)
    _stop(story, project, agent_id, "paused")


def _end(story: Story, project: Project, agent_id: str) -> None:
    story.step("Turn 4: the solution is applied, and that is the end")
    answer = _resume(story, project, agent_id, "planning")
    run_agent(story, project, AGENT, "mend", answer=answer)
    _stop(story, project, agent_id, "finalized")
    record = project.record(agent_id)
    way = [change["to_phase"] for change in record["history"]]
    story.check(
        f"its way was {' -> '.join(way)}",
        way == ["investigating", "planning", "executing", "completed"],
        way,
    )
    known = {
        "issue": "pod-crash-loop",
        "findings": FINDINGS,
        "solution": "increase memory limits",
    }
    story.check(
        "nothing that any turn found is lost", record["metadata"] == known, record["metadata"]
    )
    again = ask(
        story,
        project,
        {"agent_name": "gitops-operator", "agent_id": agent_id},
        ("should_resume", "reason"),
    )
    story.check("nothing follows the end", again["reason"] == "session_final", again)


def _resume(story: Story, project: Project, agent_id: str, phase: str) -> dict[str, Any]:
    answer = ask(
        story,
        project,
        {"agent_name": "gitops-operator", "agent_id": agent_id},
        ("should_resume", "reason"),
    )
    context = answer["resume_metadata"] or {}
    story.check(
        f"resume, from the phase {phase}",
        (answer["should_resume"], context.get("previous_phase")) == (True, phase),
        answer,
    )
    return answer


def _stop(story: Story, project: Project, agent_id: str, action: str) -> None:
    answer = report_stop(
        story, project, {"agent_id": agent_id, "agent": "gitops-operator"}, "Done."
    )
    story.check(f"the stop hook: {action}", answer.get("action") == action, answer)
