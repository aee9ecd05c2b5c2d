"""Five seconds and 64 MiB, for the hook of a host too, whatever is on stdin."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.surfaces.hooks.awkward import AWKWARD
from tests.surfaces.hooks.hook_project import PYTHON
from tests.surfaces.hooks.host_project import HOST, START, payload

if TYPE_CHECKING:
    from tests.surfaces.hooks.host_project import HostProject

MEBIBYTE = 1 << 20
MOST_MEMORY = 64 * MEBIBYTE
MOST_SECONDS = 5.0
MEASURE = os.path.join(os.path.dirname(__file__), "measure.py")
GUARDS = json.dumps([{"tool": "Bash", "match": "terraform *"}, {"tool": "Write"}])


class Measured:
    """How the hook fared on what is in the file *stdin*."""

    def __init__(self, host: HostProject, stdin: Path) -> None:
        ran = subprocess.run(
            [*PYTHON, MEASURE, str(stdin), *PYTHON, START, HOST, "closed"],
            cwd=host.path,
            env={**host.variables, "AGENT_SESSION_GUARDS": GUARDS},
            capture_output=True,
            check=True,
        )
        said, _, numbers = ran.stderr.rpartition(b"\n")
        assert said == b""
        status, self.peak_bytes, milliseconds = map(int, numbers.split())
        assert status == 0
        self.seconds = milliseconds / 1000
        self.stdout = ran.stdout

    @property
    def denial(self) -> str:
        said = json.loads(self.stdout)["hookSpecificOutput"]
        assert said["permissionDecision"] == "deny"
        return str(said["permissionDecisionReason"])

    def is_within_limits(self) -> bool:
        return self.peak_bytes < MOST_MEMORY and self.seconds < MOST_SECONDS


def _measured(host: HostProject, told: dict[str, Any] | bytes) -> Measured:
    stdin = host.home / "stdin"
    stdin.write_bytes(told if isinstance(told, bytes) else json.dumps(told).encode())
    return Measured(host, stdin)


@pytest.mark.parametrize("kind", AWKWARD)
def test_what_is_hard_to_read_is_no_event_or_refused(host: HostProject, kind: str) -> None:
    measured = _measured(host, AWKWARD[kind](8 * MEBIBYTE))

    assert measured.stdout == b"" or "could not look at this call" in measured.denial
    assert measured.is_within_limits()


@pytest.mark.parametrize(
    "command",
    [
        "terraform apply " + "x" * 7 * MEBIBYTE,
        "terraform; " * 600_000,
        "terraform $(" * 500_000,
        "'" * 7 * MEBIBYTE + " terraform",
    ],
    ids=["long", "many", "deep", "quotes"],
)
def test_a_command_that_is_far_too_long_is_not_let_through(
    host: HostProject, command: str
) -> None:
    tool_input = {"command": command, "description": "apply"}
    measured = _measured(host, payload("PreToolUse.Bash.in_subagent", tool_input=tool_input))

    assert measured.denial
    assert measured.is_within_limits()


def test_a_file_that_is_far_too_large_is_not_let_through(host: HostProject) -> None:
    told = payload("PreToolUse.Bash.in_subagent", tool_name="Write")
    told["tool_input"] = {"file_path": "main.tf", "content": "subnets = 3\n" * 600_000}
    measured = _measured(host, told)

    assert "could not be asked for" in measured.denial
    assert measured.is_within_limits()


def test_a_gibibyte_is_not_read(host: HostProject) -> None:
    stdin = host.home / "stdin"
    stdin.write_bytes(b" " * 9 * MEBIBYTE)
    os.truncate(stdin, 1 << 30)
    measured = Measured(host, stdin)

    assert "limit_exceeded" in measured.denial
    assert measured.peak_bytes < MOST_MEMORY / 2
    assert measured.seconds < MOST_SECONDS


def test_a_last_message_of_megabytes_is_a_stop_like_any_other(host: HostProject) -> None:
    host.start()
    said = "[1, 2, {}]\n" * 400_000 + "\N{GRINNING FACE}"
    told = payload("SubagentStop.foreground", last_assistant_message=said)
    measured = _measured(host, told)

    assert measured.stdout == b""
    assert measured.is_within_limits()
    assert host.record["phase"] == "completed"


def test_a_stdin_that_is_never_closed_is_answered_in_time(host: HostProject) -> None:
    started = time.monotonic()
    process = subprocess.Popen(
        [*PYTHON, START, HOST, "closed"],
        cwd=host.path,
        env={**host.variables, "AGENT_SESSION_GUARDS": GUARDS},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    tool_input = {"command": "terraform apply"}
    told = payload("PreToolUse.Bash.in_subagent", tool_input=tool_input)
    process.stdin.write(json.dumps(told).encode())
    process.stdin.flush()
    with process:
        process.wait(2 * MOST_SECONDS)
        answer = process.stdout.read()

    assert time.monotonic() - started < MOST_SECONDS
    assert b'"permissionDecision":"deny"' in answer
