"""Three ways to call one program, and what a process owes: to pipes, signals and streams."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.surfaces.cli import processes
from tests.surfaces.cli.processes import AS_MODULE, AS_SCRIPT, AS_TOOL, BARE_TOOL, SOURCE, run

WAYS = {"module": AS_MODULE, "tool": AS_TOOL, "bare tool": BARE_TOOL, "script": AS_SCRIPT}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return WAYS[request.param]


def _create(folder: Path, *argv: str) -> str:
    return run(folder, *AS_MODULE, "create", *argv).stdout.split()[-1]


# --- three ways -------------------------------------------------------------------------------


def test_every_way_is_the_same_program(tmp_path: Path, way: tuple[str, ...]) -> None:
    agent_id = _create(tmp_path)

    answer = run(tmp_path, *way, "should-resume", agent_id)

    assert answer.returncode == 1
    assert answer.stdout == f"Should resume {agent_id}: False (phase_not_resumable)\n"
    assert answer.stderr == ""
    assert run(tmp_path, *way, "--help").stdout == run(tmp_path, *AS_MODULE, "--help").stdout


def test_a_project_that_links_the_tools_uses_the_checkout_behind_them(tmp_path: Path) -> None:
    (tmp_path / "tools").symlink_to(os.path.dirname(os.path.dirname(processes.TOOL)))

    made = run(
        tmp_path, sys.executable, "tools/4-memory/agent_session.py", "create", PYTHONPATH=""
    )

    assert made.returncode == 0
    assert (tmp_path / ".claude/session" / made.stdout.split()[-1]).is_dir()


def test_the_tool_alone_says_what_it_needs(tmp_path: Path) -> None:
    alone = str(shutil.copy(processes.TOOL, tmp_path))

    ran = run(tmp_path, sys.executable, "-I", "-S", alone, "list")

    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert "install agent-session with pip" in ran.stderr


# --- the published import ---------------------------------------------------------------------

_ON_PATH = f"import sys; sys.path.insert(0, {os.path.dirname(processes.TOOL)!r}); "


@pytest.mark.parametrize("source", [SOURCE, ""], ids=["package known", "package unknown"])
def test_the_tools_folder_on_the_path_gives_the_real_package(
    tmp_path: Path, source: str
) -> None:
    code = (
        f"{_ON_PATH}from agent_session import create_session; print(create_session.__module__)"
    )

    ran = run(tmp_path, sys.executable, "-c", code, PYTHONPATH=source)

    assert (ran.stdout, ran.stderr) == ("agent_session.api\n", "")


def test_the_path_is_afterwards_as_it_was(tmp_path: Path) -> None:
    code = f"{_ON_PATH}before = sys.path[:]; import agent_session; print(sys.path == before)"

    assert run(tmp_path, sys.executable, "-c", code, PYTHONPATH="").stdout == "True\n"


def test_the_working_folder_may_be_the_tools_folder() -> None:
    folder = Path(os.path.dirname(processes.TOOL))
    code = "import agent_session; from agent_session.core import phases; print(phases.APPROVAL)"

    assert run(folder, sys.executable, "-c", code, PYTHONPATH="").stdout == "approval\n"


@pytest.mark.parametrize("name", ["agent_session", "something_else"])
def test_who_loads_the_file_itself_gets_the_published_functions(
    tmp_path: Path, name: str
) -> None:
    code = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location({name!r}, {processes.TOOL!r})
module = importlib.util.module_from_spec(spec)
sys.modules[{name!r}] = module
spec.loader.exec_module(module)
print(module.finalize_session("nobody", "completed"))
from agent_session import AgentSession
"""
    ran = run(tmp_path, sys.executable, "-c", code, PYTHONPATH="")

    assert ran.stdout == "False\n"


# --- pipes, signals, streams ------------------------------------------------------------------


def test_a_reader_that_goes_away_is_met_with_silence(tmp_path: Path) -> None:
    agent_id = _create(tmp_path, "--metadata", '{"long": "%s"}' % ("x" * 100_000))
    reading, writing = os.pipe()
    with subprocess.Popen(
        [*AS_MODULE, "get", agent_id],
        env=processes.environ(tmp_path),
        stdout=writing,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(writing)
        os.close(reading)
        assert process.stderr is not None
        assert process.stderr.read() == b""

    assert process.returncode == 128 + signal.SIGPIPE


@pytest.fixture
def heeding_ctrl_c() -> Iterator[None]:
    """Who was started in the background of a script ignores it, and so would their children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_ctrl_c")
def test_ctrl_c_is_quiet(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*AS_MODULE, "create", "--metadata", "-"],
        env=processes.environ(tmp_path, PYTHONVERBOSE=""),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        _wait_until_it_reads(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=processes.LONGEST_RUN_SECONDS)

    assert (process.returncode, out, err) == (130, b"", b"")
    assert not (tmp_path / ".claude").exists()


def _wait_until_it_reads(pid: int) -> None:
    """Until the process sleeps in a read of its stdin; without /proc, for a long second."""
    import time

    for _ in range(600):
        try:
            call = Path(f"/proc/{pid}/syscall").read_text().split()
        except OSError:
            time.sleep(1)
            return
        if call[:2] == ["0", "0x0"]:
            return
        time.sleep(0.05)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_an_output_that_cannot_be_written_is_no_traceback(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [*AS_MODULE, "list", "--json"],
            env=processes.environ(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert ran.returncode == 1
    assert ran.stderr == b"agent-session: No space left on device\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-"])
def test_streams_that_the_caller_closed_are_no_traceback(tmp_path: Path, closed: str) -> None:
    command = f'"$0" -m agent_session create --metadata - {closed}'

    ran = run(tmp_path, "sh", "-c", command, sys.executable)

    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr


def test_a_working_folder_that_is_gone_is_no_traceback(tmp_path: Path) -> None:
    gone = "mkdir gone && cd gone && rmdir ../gone && unset CLAUDE_PROJECT_DIR"
    command = f'{gone} && "$0" -m agent_session list'

    ran = run(tmp_path, "sh", "-c", command, sys.executable)

    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "No such file or directory" in ran.stderr


SLOW = {"argparse", "dataclasses", "json", "logging", "pathlib", "re", "rich", "typing"}


@pytest.mark.parametrize(
    "line",
    [
        "should-resume nobody --json",
        "list --json",
        "get nobody",
        "update nobody --phase x --token 1",
        "finalize nobody failed",
        "claim nobody --lease 5m",
        "heartbeat nobody --token 1",
        "release nobody --token 1",
    ],
)
def test_a_plain_line_loads_nothing_slow(tmp_path: Path, line: str) -> None:
    code = f"""
import sys
sys.path.insert(0, {SOURCE!r})
from agent_session.surfaces.cli import main
main({line.split()!r})
print(*sys.modules, file=sys.stderr)
"""
    ran = run(tmp_path, sys.executable, "-I", "-S", "-c", code)

    assert SLOW & set(ran.stderr.split()) == set()
    assert "agent_session.surfaces.cli.program" in ran.stderr
