"""Five seconds and 64 MiB: whatever is on stdin, and whoever holds it open."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.surfaces.hooks.awkward import AWKWARD
from tests.surfaces.hooks.hook_project import (
    AGENT,
    HOOKS,
    PRE_DELEGATE,
    PYTHON,
    SUBAGENT_STOP,
    HookProject,
    Run,
    script_of,
)

MEBIBYTE = 1 << 20
MOST_MEMORY = 64 * MEBIBYTE
MOST_SECONDS = 5.0
MEASURE = os.path.join(os.path.dirname(__file__), "measure.py")
# What each reads at most: the hook before a delegation gives all of it back.
MOST_BYTES = {PRE_DELEGATE: MEBIBYTE, SUBAGENT_STOP: 8 * MEBIBYTE}


class Measured(NamedTuple):
    run: Run
    peak_bytes: int
    seconds: float


def _measure(project: HookProject, hook: str, stdin: Path) -> Measured:
    ran = subprocess.run(
        [*PYTHON, MEASURE, str(stdin), *PYTHON, script_of(hook)],
        cwd=project.path,
        env=project.variables,
        capture_output=True,
        check=True,
    )
    said, _, numbers = ran.stderr.rpartition(b"\n")
    status, peak, milliseconds = map(int, numbers.split())
    return Measured(Run(status, ran.stdout, said), peak, milliseconds / 1000)


# --- size -------------------------------------------------------------------------------------


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("kind", AWKWARD)
def test_as_much_as_a_hook_reads_stays_within_its_limits(
    project: HookProject, hook: str, kind: str
) -> None:
    stdin = project.home / "stdin"
    stdin.write_bytes(AWKWARD[kind](MOST_BYTES[hook]))
    assert stdin.stat().st_size <= MOST_BYTES[hook]

    measured = _measure(project, hook, stdin)

    assert "reason" in measured.run.answer
    assert measured.peak_bytes < MOST_MEMORY
    assert measured.seconds < MOST_SECONDS


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("byte", [b"\0", b" "])
def test_a_gibibyte_is_not_read(project: HookProject, hook: str, byte: bytes) -> None:
    stdin = project.home / "stdin"
    stdin.write_bytes(byte * 9 * MEBIBYTE)
    os.truncate(stdin, 1 << 30)

    measured = _measure(project, hook, stdin)

    assert measured.run.answer["reason"] == "limit_exceeded"
    assert measured.peak_bytes < MOST_MEMORY / 2
    assert measured.seconds < MOST_SECONDS


def test_a_long_output_is_a_stop_like_any_other(project: HookProject) -> None:
    agent_id = project.session("executing")
    said = "[1, 2, {}]\n" * 400_000 + "\N{GRINNING FACE} exit code: 3"

    answer = project.stop(agent_id, said=said)

    assert (answer["action"], answer["phase"]) == ("finalized", "failed")
    assert project.metrics[0]["agent"] == AGENT


# --- time -------------------------------------------------------------------------------------


def _start(project: HookProject, hook: str, payload: object) -> subprocess.Popen[bytes]:
    """Run *hook* with a stdin that stays open."""
    process = subprocess.Popen(
        [*PYTHON, script_of(hook)],
        cwd=project.path,
        env=project.variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(payload).encode())
    process.stdin.flush()
    return process


def _end(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    with process:  # which closes stdin, should it come to that
        process.wait(2 * MOST_SECONDS)
        answer: dict[str, Any] = json.loads(process.stdout.read())
    assert process.returncode == 0
    return answer


def test_a_stdin_that_is_never_closed_is_answered_in_time(project: HookProject) -> None:
    waiting, running = project.session(), project.session("executing")
    started = time.monotonic()
    processes = [
        _start(project, PRE_DELEGATE, {"agent_name": AGENT}),
        _start(project, SUBAGENT_STOP, {"agent_id": running, "exit_code": 0}),
    ]

    found, stopped = map(_end, processes)

    assert time.monotonic() - started < MOST_SECONDS
    assert (found["agent_id"], found["reason"]) == (waiting, "session_resumable")
    assert (stopped["action"], stopped["phase"]) == ("finalized", "completed")


def test_a_writer_that_hangs_does_not_hold_up_the_answer(project: HookProject) -> None:
    agent_id = project.session("executing")
    with (project.path / ".claude/session" / agent_id / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        started = time.monotonic()

        answer = project.stop(agent_id)

    assert time.monotonic() - started < MOST_SECONDS
    assert (answer["success"], answer["reason"]) == (False, "out_of_time")
    assert project.phase_of(agent_id) == "executing"
    assert len(project.metrics) == len(project.audit) == 1


# --- streams ----------------------------------------------------------------------------------


def _through_a_shell(project: HookProject, hook: str, streams: str) -> Run:
    """Run *hook* with what *streams* says in the words of a shell."""
    command = [*PYTHON, script_of(hook)]
    ran = subprocess.run(
        ["sh", "-c", f'exec "$0" "$@" {streams}', *command],
        cwd=project.path,
        env=project.variables,
        input=b'{"agent_id": "agent-1", "exit_code": 0}',
        capture_output=True,
        check=False,
    )
    return Run(ran.returncode, ran.stdout, ran.stderr)


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("streams", ["<&-", "</dev/null", "0>/dev/null", "2>&-", "<&- 2>&-"])
def test_a_stdin_that_is_none_is_answered(
    project: HookProject, hook: str, streams: str
) -> None:
    answer = _through_a_shell(project, hook, streams).answer

    assert answer["reason"] in {"invalid_json", "session_not_found"}


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("streams", [">&-", ">&- 2>&- <&-", ">/dev/full"])
def test_a_stdout_that_is_none_is_no_fault(
    project: HookProject, hook: str, streams: str
) -> None:
    if "/dev/full" in streams and not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")

    assert _through_a_shell(project, hook, streams) == (0, b"", b"")


def test_without_standard_streams_a_session_is_finalized_and_whole(
    project: HookProject,
) -> None:
    project.wiring().sessions.create(agent_id="agent-1")
    shell = '"$0" "$@" >&- 2>&-'

    subprocess.run(
        ["sh", "-c", shell, *PYTHON, script_of(SUBAGENT_STOP)],
        cwd=project.path,
        env=project.variables,
        input=b'{"agent_id": "agent-1", "exit_code": 0}',
        check=True,
    )

    assert project.phase_of("agent-1") == "completed"
    assert project.wiring().store.flaws("agent-1") == []


@pytest.mark.parametrize("hook", HOOKS)
def test_whoever_does_not_wait_for_the_answer_does_no_harm(
    project: HookProject, hook: str
) -> None:
    process = subprocess.Popen(
        [*PYTHON, script_of(hook)],
        cwd=project.path,
        env=project.variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()

    _, said = process.communicate(b"{}")

    assert (process.returncode, said) == (0, b"")


# --- imports ----------------------------------------------------------------------------------

SLOW_TO_IMPORT = {
    "argparse", "ast", "asyncio", "collections", "contextlib", "dataclasses", "datetime",
    "enum", "functools", "hashlib", "inspect", "json", "logging", "os", "pathlib", "random",
    "re", "shutil", "signal", "socket", "subprocess", "tempfile", "threading", "traceback",
    "typing", "uuid",
}  # fmt: skip


def _imported(project: HookProject, hook: str, payload: object) -> set[str]:
    ran = subprocess.run(
        [*PYTHON, "-X", "importtime", script_of(hook)],
        cwd=project.path,
        env=project.variables,
        input=json.dumps(payload).encode(),
        capture_output=True,
        check=True,
    )
    lines = ran.stderr.decode().splitlines()
    return {
        line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")
    }


@pytest.mark.parametrize(
    "payload", [{"agent_name": "nobody"}, {"agent_name": AGENT}, {"agent_id": "x"}]
)
def test_a_check_imports_nothing_slow(project: HookProject, payload: object) -> None:
    project.session()
    imported = _imported(project, PRE_DELEGATE, payload)

    assert "agent_session.surfaces.hooks.pre_delegate" in imported
    assert imported & SLOW_TO_IMPORT == set()


@pytest.mark.parametrize("phase", ["approval", "executing"])
def test_a_stop_imports_nothing_slow(project: HookProject, phase: str) -> None:
    task = {"agent_id": project.session(phase), "agent": AGENT, "tags": ["prod"]}
    payload = {"task_info": task, "agent_output": "exit code: 1", "exit_code": 1}
    imported = _imported(project, SUBAGENT_STOP, payload)

    assert "agent_session.surfaces.hooks.subagent_stop" in imported
    assert imported & SLOW_TO_IMPORT == set()
