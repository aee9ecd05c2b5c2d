"""Chapter 4: a writer in a tight update loop is killed (-9) at random, again and again.

Nothing that it was told was kept is lost.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from typing import NamedTuple

from .host import run_command
from .project import Project
from .story import Story

ROUNDS = 10
LONGEST_LIFE_SECONDS = 0.12
FILES = [".lock", "journal.jsonl", "state.json"]


class Killed(NamedTuple):
    """A writer that was killed, the updates it was told were kept, and what a reader found."""

    pid: int
    status: int
    seconds: float
    acknowledged: list[int]
    found: int

    @property
    def kept_its_word(self) -> bool:
        """True where the reader found the last acknowledged update, or the one under way."""
        last = self.acknowledged[-1]
        return self.status == -signal.SIGKILL and self.found in {last, last + 1}


def play(story: Story, project: Project) -> None:
    story.chapter("A writer killed in mid-update")
    agent_id, acknowledged = _kill_again_and_again(story, project)
    _write_once_more(story, project, agent_id)
    _count(story, project, agent_id, acknowledged)


def _kill_again_and_again(story: Story, project: Project) -> tuple[str, list[int]]:
    story.step(f"A writer updates one session as fast as it can, and is killed {ROUNDS} times")
    created = run_command(
        story, project, "there is a session to write to", "create", "--agent", "writer"
    )
    agent_id = created.said.split()[-1]
    story.command(f"python3 demo/writer.py {agent_id} 1 & sleep 0.0..; kill -9 $!")
    story.show(
        [_row("process", "lived", "acknowledged", "a reader finds", "files in its folder")]
    )
    rounds: list[Killed] = []
    for _ in range(ROUNDS):
        killed = _kill_one(project, agent_id, first=rounds[-1].found + 1 if rounds else 1)
        numbers = f"{killed.acknowledged[0]} to {killed.acknowledged[-1]}"
        files = " ".join(project.names_of(agent_id))
        story.show(
            [_row(killed.pid, f"{killed.seconds * 1000:.0f} ms", numbers, killed.found, files)]
        )
        rounds.append(killed)
    story.check(
        "each time a reader found the last acknowledged update, or the one that was under way",
        all(killed.kept_its_word for killed in rounds),
        [killed for killed in rounds if not killed.kept_its_word],
    )
    return agent_id, [number for killed in rounds for number in killed.acknowledged]


def _kill_one(project: Project, agent_id: str, first: int) -> Killed:
    words = ("python3", "demo/writer.py", agent_id, str(first))
    with project.start(*words, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        said = writer.stdout.readline()
        began = time.monotonic()
        time.sleep(random.uniform(0, LONGEST_LIFE_SECONDS))
        writer.kill()
        seconds = time.monotonic() - began
        said += writer.stdout.read()
    acknowledged = [int(line) for line in said.split()]
    return Killed(
        writer.pid, writer.returncode, seconds, acknowledged or [-1], _number(project, agent_id)
    )


def _number(project: Project, agent_id: str) -> int:
    """What a reader finds now, in a process of its own."""
    session = project.run("python3", "-m", "agent_session", "get", agent_id).answer
    return int(session["metadata"]["number"]) if session else -1


def _row(*cells: object) -> str:
    widths = (8, 7, 14, 15)
    numbers = "  ".join(
        f"{cell!s:>{width}}" for cell, width in zip(cells[:-1], widths, strict=True)
    )
    return f"{numbers}   {cells[-1]}"


def _write_once_more(story: Story, project: Project, agent_id: str) -> None:
    story.step("The next write finds everything in order")
    run_command(story, project, "the write is kept", "update", agent_id, "--phase", "planning")
    names = project.names_of(agent_id)
    story.check(
        f"its folder holds its three files and nothing else: {', '.join(names)}",
        names == FILES,
        names,
    )


def _count(story: Story, project: Project, agent_id: str, acknowledged: list[int]) -> None:
    story.step("Every update that was acknowledged is in the journal, and the journal is whole")
    events = project.journal(agent_id)
    kept = [
        event["data"]["metadata"]["number"]
        for event in events
        if "number" in event["data"].get("metadata", {})
    ]
    lost = set(acknowledged) - set(kept)
    story.check(
        f"{len(acknowledged)} updates were acknowledged, 0 are lost", not lost, sorted(lost)
    )
    story.check("none was entered twice, none out of order", kept == sorted(set(kept)), kept)
    run_command(story, project, "the chain of hashes is whole", "verify", agent_id)
