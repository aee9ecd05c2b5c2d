"""Records a real run as docs/claude-code.svg: `python -m tests.e2e.claude.recording FILE`.

Everything in it is real but the model, which is scripted: the client, the plugin, the command
line, both terminals.
"""

from __future__ import annotations

import re
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.e2e.claude.binary import find
from tests.e2e.claude.client import Bench
from tests.e2e.claude.interactive import PROMPT, Terminals, Window
from tests.e2e.claude.plugged import Plugged
from tests.e2e.claude.scenarios import bash, delegate, pause, resume, say
from tests.e2e.claude.terminal_svg import Frame, animated
from tests.project.tree import ROOT

COLUMNS, TOP, BOTTOM = 100, 25, 22
SECONDS_BETWEEN = 0.15
LONGEST_STILL = 2.2
TITLE = "An agent asks and its client is closed; a person approves; a new client goes on, once."
# What not every font has; and a folder that lasts no longer than the recording.
DRAWN_AS = {"\u23bf": "\u2514", "\u23f8": "\u2016", r"/tmp/recording-\w+": "~"}


class Camera:
    """Looks at both terminals until it is stopped; *heading* stands above each."""

    def __init__(self, windows: dict[str, Window]) -> None:
        self._windows = windows
        self._frames: list[Frame] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Camera:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        start = time.monotonic()
        while not self._is_over.wait(SECONDS_BETWEEN):
            rows = tuple(row for each in self._windows.items() for row in _rows(*each))
            if not self._frames or self._frames[-1].rows != rows:
                self._frames.append(Frame(time.monotonic() - start, rows))

    def frames(self) -> list[Frame]:
        """What was seen, with no pause longer than somebody who watches needs."""
        at, before, found = 0.0, self._frames[0].at, []
        for frame in self._frames:
            at += min(frame.at - before, LONGEST_STILL)
            before = frame.at
            found.append(frame._replace(at=at))
        return found


def _rows(heading: str, window: Window) -> list[str]:
    styled = window.shown(styled=True)
    for found, drawn in DRAWN_AS.items():
        styled = re.sub(found, drawn, styled)
    shown = styled.split("\n")[: window.lines]
    rule = "─" * (COLUMNS - len(heading) - 4)
    return [f"\x1b[2m── {heading} {rule}\x1b[0m", *shown, *[""] * (window.lines - len(shown))]


def record(binary: str, folder: Path) -> str:
    bench = Bench(folder, binary)
    plugged = Plugged(bench)
    plugged.guard(tool="Bash", match="terraform apply *", files=["main.tf"])
    _shorten_prompts(bench)
    terminals = Terminals(bench, COLUMNS)
    try:
        client = terminals.shell("client", TOP)
        person = terminals.shell("person", BOTTOM)
        with Camera({"Claude Code": client, "your own terminal, later": person}) as camera:
            _play(plugged, client, person)
            time.sleep(2)
        return animated(camera.frames(), COLUMNS, TITLE)
    finally:
        terminals.close()
        bench.close()


def _play(plugged: Plugged, client: Window, person: Window) -> None:
    bench = plugged.bench
    apply = bash("terraform apply plan.tfplan")
    waits = say("It waits for your approval.")
    bench.play(
        [
            delegate("Apply the plan.", what="apply the VPC plan"),
            say("I have asked terraform-architect."),
            waits,
        ],
        [apply, say("The plan is ready; applying it needs a person's approval.")],
    )
    client.type("claude")
    client.wait_for(PROMPT)
    client.type("Apply the plan for the VPC.")
    client.wait_for("It waits for your approval")
    time.sleep(3)
    client.type("/exit")
    client.wait_for(r"\$ *\Z")

    approval = _pending(person)
    person.type(f"agent-session approve {approval}")
    code = person.wait_for(r"Type (\w+) to approve:")[1]
    time.sleep(1.5)
    person.type(code)
    person.wait_for("Approved: ap-")

    done = pause(1, say("Applied: 3 added."))
    end = "Done: the VPC is there."
    bench.play(*resume("Go on.", apply, done, to=bench.agent_id, end=end))
    client.type("clear; claude --continue")
    client.wait_for(PROMPT)
    time.sleep(1)
    client.type("Go on with it.")
    client.wait_for("Done: the VPC is there")
    person.type("clear; agent-session list")
    person.wait_for("completed")
    person.type(f"agent-session timeline {plugged.record['agent_id']}")


def _pending(person: Window) -> str:
    person.type("agent-session pending")
    return str(person.wait_for(r"ap-[0-9a-f]{16}")[0])


def _shorten_prompts(bench: Bench) -> None:
    client = bench.programs / "claude"
    client.write_text(
        f'#!/bin/sh\nexec {bench.binary} --permission-mode default --plugin-dir "{ROOT}" "$@"\n'
    )
    client.chmod(0o755)
    (bench.programs / "agent-session").symlink_to(Path(ROOT) / "bin" / "agent-session")


def main(path: str) -> int:
    binary, why_not = find()
    if binary is None:
        print(why_not, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="recording-", ignore_cleanup_errors=True) as folder:
        drawn = record(binary, Path(folder) / "vpc")
    Path(path).write_text(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
