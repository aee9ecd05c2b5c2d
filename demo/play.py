"""`make demo`: both examples as separate processes, an answer that comes hours later, and a
writer killed in mid-update.

Every step is checked; the first that does not do what it says ends the demo with status 1.
Everything happens in a throw-away folder; nothing is installed, and HOME is not touched.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.story import Story

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main() -> int:
    """Play every chapter; 1 where one of its promises broke."""
    sys.path.insert(0, ROOT)  # run as a program, this file knows only its own folder
    from demo import approval, investigation, killed, late_answer
    from demo.project import open_project
    from demo.story import BrokenPromiseError, Story

    story = Story(sys.stdout)
    with open_project(ROOT) as project:
        _introduce(story, ROOT, project.folder)
        try:
            for chapter in (approval, investigation, late_answer, killed):
                chapter.play(story, project)
        except BrokenPromiseError as broken:
            story.end_badly(broken)
            return 1
    story.end_well(f"Nothing is left of it: {project.folder} is removed.")
    return 0


def _introduce(story: Story, root: str, folder: str) -> None:
    story.title(
        "agent-session: an agent asks and ends, a person answers, another process carries on"
    )
    story.say(
        "Every command below is really run, each in a process of its own, and every line with "
        f"a ✓ is a check that held. Here python3 is {sys.executable}, and all run as after:"
    )
    story.command(f"cd {root}")
    story.command(f"export PYTHONPATH=src CLAUDE_PROJECT_DIR={folder}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # piped into `head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
