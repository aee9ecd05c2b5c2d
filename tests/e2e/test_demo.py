"""`make demo` is real: it runs with nothing installed, and it fails where a promise breaks."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demo.story import Story
from tests.project.tree import ROOT

KEY_LINES = (
    r"━━ 1\. Approval workflow ━+",
    r"│ pid \d+: approval: a person must say yes, so this process ends here",
    r"│ \+   \"last_updated\": \"\S+Z\",",
    r"│   \"reason\": \"session_resumable\",",
    r"│ pid \d+: resumed agent-\S+, found plan\.json",
    r"│ {\"success\": true, \"action\": \"finalized\", \"phase\": \"completed\"}.*",
    r"│  5  \S+  edited     last_updated .*",
    r"│   \"reason\": \"timed_out\",",
    r"━━ 2\. Multi-turn investigation ━+",
    r"✓ the findings of both turns are there",
    r"✓ nothing that any turn found is lost",
    r"━━ 3\. A late answer ━+",
    r"✓ process \d+ was killed; its request is kept",
    r"│   \"reason\": \"approval_pending\",",
    r"│ Type (\w{4}) to approve: \1",
    r"│   \"reason\": \"claimed\",",
    r"│   ~ main\.tf  changed: .*",
    r"✓ because it was used",
    r"━━ 4\. A writer killed in mid-update ━+",
    r"✓ \d+ updates were acknowledged, 0 are lost",
    r"All \d+ checks held, in \d+\.\d s\. .*",
)


def _play(checkout: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the demo of *checkout* as `make demo` does, with an empty HOME and little else."""
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    environ = {
        "HOME": str(folder / "home"),
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.path.join(checkout, "src"),
        "TMPDIR": str(folder / "tmp"),
    }
    return subprocess.run(
        [sys.executable, "-S", os.path.join(checkout, "demo", "play.py")],
        cwd=folder,
        env=environ | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the demo needs, to break something in."""
    copy = tmp_path / "checkout"
    for name in ("demo", "hooks", "src"):
        shutil.copytree(
            os.path.join(ROOT, name), copy / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    return copy


def test_the_demo_keeps_every_promise_whatever_a_person_has_set_up(tmp_path: Path) -> None:
    """One run for all that holds of it, since it takes seconds."""
    run = _play(ROOT, tmp_path, AGENT_SESSION_RESUME_IDLE_MINUTES="1", CLAUDE_PROJECT_DIR="/")

    assert run.returncode == 0, run.stdout
    lines = [line.strip() for line in run.stdout.splitlines()]
    missing = [each for each in KEY_LINES if not any(re.fullmatch(each, ln) for ln in lines)]
    assert missing == []
    assert "\x1b" not in run.stdout
    assert list((tmp_path / "home").iterdir()) == []
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("broken", "says", "instead", "told"),
    [
        (
            "src/agent_session/core/phases.py",
            "RESUMABLE = frozenset({INVESTIGATING, PLANNING, APPROVAL})",
            "RESUMABLE = frozenset({INVESTIGATING, PLANNING})",
            "✗ BROKEN at step 1.1: the session waits in the phase approval",
        ),
        (
            "src/agent_session/core/asking.py",
            "    drift = list(drift_of(approval))\n",
            "    drift = []\n",
            "✗ BROKEN at step 3.5: the use is refused, and says what has changed",
        ),
        (
            "src/agent_session/settings.py",
            '"resume.idle_minutes", 30,',
            '"resume.idle_minutes", 40,',
            "✗ BROKEN at step 1.6: the reason is timed_out",
        ),
        (
            "demo/writer.py",
            'os.write(1, f"{number}',
            'os.write(1, f"{number + 5}',
            "✗ BROKEN at step 4.1: each time a reader found the last acknowledged update",
        ),
    ],
    ids=["a phase", "drift", "the time-out", "a lying writer"],
)
def test_the_demo_fails_where_a_promise_breaks(
    checkout: Path, tmp_path: Path, broken: str, says: str, instead: str, told: str
) -> None:
    code = (checkout / broken).read_text()
    assert says in code
    (checkout / broken).write_text(code.replace(says, instead))

    run = _play(str(checkout), tmp_path)

    assert told in run.stdout
    assert run.returncode == 1
    assert "checks held" not in run.stdout


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "is_coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["a terminal", "NO_COLOR", "a dumb terminal"],
)
def test_colours_are_for_terminals_whose_person_wants_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_coloured: bool
) -> None:
    for name, value in ({"NO_COLOR": "", "TERM": "xterm"} | variables).items():
        monkeypatch.setenv(name, value)
    terminal = _Terminal()

    Story(terminal).command("true")

    assert ("\x1b" in terminal.getvalue()) is is_coloured
