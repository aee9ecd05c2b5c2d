"""The server as a process: stdout is the protocol's, and it ends when its client is gone."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.project.tree import ROOT
from tests.surfaces.cli.processes import (
    AS_MODULE,
    BARE_TOOL,
    SOURCE,
    environ,
    run,
)
from tests.surfaces.mcp.agent import an_agent

PLUGGED = os.path.join(ROOT, "bin/agent-session")
LONGEST_END_SECONDS = 10.0
CALLS_EACH = 10


class Server:
    """A server whose protocol is spoken by hand, as handshake clients do."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._asked = 0
        self.ask("initialize", protocolVersion="2025-06-18", capabilities={},
                 clientInfo={"name": "by hand", "version": "1"})  # fmt: skip
        self.say(method="notifications/initialized")

    def say(self, **message: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def ask(self, method: str, **params: object) -> Any:
        self._asked += 1
        self.say(id=self._asked, method=method, params=params)
        assert self.process.stdout
        answer = json.loads(self.process.stdout.readline())
        assert answer["id"] == self._asked
        return answer["result"]

    def call(self, tool: str, **given: object) -> Any:
        return self.ask("tools/call", name=tool, arguments=given)


@contextmanager
def _serving(
    folder: Path, *options: str, command: Sequence[str] = AS_MODULE, **variables: str
) -> Iterator[Server]:
    with subprocess.Popen(
        [*command, *options, "mcp"],
        cwd=folder,
        env=environ(folder, **variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Server(process)
        finally:
            process.kill()


def _end(server: Server) -> tuple[int, str, str]:
    """Its status, and what it said after the last answer."""
    out, err = server.process.communicate(timeout=LONGEST_END_SECONDS)
    return server.process.returncode, out, err


def test_it_ends_when_stdin_is_closed(tmp_path: Path) -> None:
    with _serving(tmp_path) as server:
        server.call("create_session")

        assert _end(server) == (0, "", "")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_it_without_a_word(tmp_path: Path, number: int, status: int) -> None:
    with _serving(tmp_path) as server:
        server.process.send_signal(number)

        assert server.process.wait(LONGEST_END_SECONDS) == status
        assert _end(server) == (status, "", "")


def test_a_client_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    with _serving(tmp_path) as server:
        assert server.process.stdout
        assert server.process.stdin
        assert server.process.stderr
        server.process.stdout.close()
        server.say(id=9, method="tools/list")
        server.process.stdin.close()

        assert server.process.wait(LONGEST_END_SECONDS) == 0
        assert server.process.stderr.read() == ""


def test_only_the_protocol_is_on_stdout(tmp_path: Path) -> None:
    # What the store, git and the settings have to say goes elsewhere.
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude/agent-session.json").write_text('{"no": "such setting"}')
    (tmp_path / "a.txt").write_text("1")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    with _serving(tmp_path) as server:
        created = server.call("create_session")["structuredContent"]
        asked = server.call(
            "request_approval", agent_id=created["agent_id"], plan="p", files=["a.txt"]
        )

        assert asked["structuredContent"]["git"]
        status, out, err = _end(server)
    assert (status, out) == (0, "")
    assert err.count("\n") == 1
    assert err.startswith("agent-session: ")
    assert "agent-session.json" in err


def test_a_closed_stdin_is_a_client_that_never_came(tmp_path: Path) -> None:
    ran = run(tmp_path, "sh", "-c", '"$0" -m agent_session mcp <&-', sys.executable)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_person_at_a_terminal_is_told_who_starts_it(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [*AS_MODULE, "mcp"],
        cwd=tmp_path,
        env=environ(tmp_path),
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(theirs)
        assert process.stderr
        told = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    os.close(ours)

    assert "an MCP client starts this" in told
    assert (process.returncode, rest) == (130, "")


def test_the_project_and_the_store_are_those_that_are_named(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "tf").mkdir(parents=True)
    (project / "a.tf").write_text("1")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with _serving(
        elsewhere, "-C", str(project), "--store", f"sqlite:{tmp_path}/s.db"
    ) as server:
        created = server.call("create_session")["structuredContent"]
        asked = server.call(
            "request_approval", agent_id=created["agent_id"], plan="p", files=["a.tf"]
        )["structuredContent"]

    assert asked["cwd"] == str(project)
    assert (tmp_path / "s.db").exists()
    assert not (project / ".claude").exists()


def test_two_clients_and_their_calls_at_once_lose_nothing(tmp_path: Path) -> None:
    with an_agent(tmp_path) as one, an_agent(tmp_path) as other:
        agent_id = one.create()

        said = [
            each.portal.start_task_soon(
                each.client.call_tool, "report_error", {"agent_id": agent_id, "message": "m"}
            )
            for each in (one, other)
            for _ in range(CALLS_EACH)
        ]

        assert not [future.result(30) for future in said if future.result(30).is_error]
        assert one.wiring.sessions.get(agent_id)["error_count"] == 2 * CALLS_EACH


def test_a_call_that_waits_holds_up_no_other(tmp_path: Path) -> None:
    with an_agent(tmp_path) as agent:
        agent_id = agent.create()
        agent.call("update_session", agent_id=agent_id, phase="planning")
        (lock,) = (tmp_path / ".claude/session" / agent_id).glob(".lock")
        with open(lock) as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            waits = agent.portal.start_task_soon(
                agent.client.call_tool,
                "report_error",
                {"agent_id": agent_id, "message": "m"},
            )
            assert agent.create()
            assert not waits.done()
        assert not waits.result(30).is_error


# --- without the package ----------------------------------------------------------------------


def test_without_the_package_it_names_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "mcp.py").write_text("raise ImportError('blocked')")

    ran = run(tmp_path, *AS_MODULE, "mcp", PYTHONPATH=f"{tmp_path}:{SOURCE}")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        "agent-session: mcp needs the package mcp: pip install 'agent-session[mcp]' "
        f"for {sys.executable} (blocked)\n"
    )


def test_a_bare_python_names_what_to_install(tmp_path: Path) -> None:
    ran = run(tmp_path, *BARE_TOOL, "mcp")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("\n") == 1
    assert "pip install 'agent-session[mcp]'" in ran.stderr


def test_the_plugin_s_command_runs_on_the_python_that_it_remembers(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(0o700)
    (data / "python").write_text(f"{sys.executable}\n")
    with _serving(tmp_path, command=[PLUGGED], CLAUDE_PLUGIN_DATA=str(data)) as server:
        assert not server.call("create_session")["isError"]
