"""`agent-session serve`: how it begins, and how it ends."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.e2e.web.served import environ, serving, until

SERVE = [sys.executable, "-m", "agent_session", "serve"]
# Stands in for a Python without the extra.
BLOCKED = """
import runpy, sys
sys.modules["uvicorn"] = None
sys.argv = ["agent-session", "serve"]
runpy.run_module("agent_session", run_name="__main__")
"""


def ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environ(folder), capture_output=True, text=True, timeout=20, check=False
    )


def test_a_port_that_is_taken_is_told_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = ran(tmp_path, *SERVE, "--no-browser", "--port", port)

    assert (done.returncode, done.stdout) == (1, "")
    assert f"cannot listen at port {port}" in done.stderr
    assert "--port 0 takes any that is free" in done.stderr


@pytest.mark.parametrize("port", ["65536", "-1", "http", ""])
def test_what_is_no_port_is_a_mistake_of_the_command_line(port: str, tmp_path: Path) -> None:
    done = ran(tmp_path, *SERVE, f"--port={port}")

    assert (done.returncode, done.stdout) == (2, "")


def test_without_its_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    done = ran(tmp_path, sys.executable, "-c", BLOCKED)

    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'agent-session[web]'" in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_listens_on_this_machine_alone(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        listening = Path("/proc/net/tcp").read_text()
        others = Path("/proc/net/tcp6").read_text()

    here = f"0100007F:{served.port:04X} 00000000:0000 0A"
    assert here in listening
    assert f":{served.port:04X} 00000000000000000000000000000000:0000 0A" not in others


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_quietly_with_pages_open(
    number: signal.Signals, tmp_path: Path
) -> None:
    with serving(tmp_path) as served:
        visitor = served.enter()
        stream = HTTPConnection(served.host, timeout=20)
        stream.request("GET", "/live/inbox", headers={"Cookie": visitor.cookie})
        answer = stream.getresponse()
        assert b"Nothing waits" in answer.readline()

        os.kill(served.pid, number)

        until(lambda: not os.path.exists(f"/proc/{served.pid}"))
        answer.close()
        stream.close()
    assert "Traceback" not in served.complaints
    assert served.complaints.count("\n") == 1  # what to do with the link


def test_inside_an_agent_nothing_is_decided(tmp_path: Path) -> None:
    with serving(tmp_path, CLAUDECODE="1") as served:
        visitor = served.enter()
        asked = served.ask()
        page = visitor.get().text
        token = re.findall(r'name="token" value="(\w+)"', page)[0]
        answer = visitor.post({"token": token, "answer": f"{asked} 0", "verdict": "reject"})

        assert "No answer is taken here" in page
        assert 'value="approve"' not in page
        assert answer.status == 409
        assert served.approval(asked)["status"] == "pending"


def said_on_a_terminal(folder: Path, links: int, *options: str, **more: str) -> bytes:
    """What a person reads who presses Enter once, up to so many *links*."""
    (folder / ".claude").mkdir()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(SERVE[0], [*SERVE, "--port", "0", *options], environ(folder, **more))
    said, has_pressed = b"", False
    try:
        while said.count(b"/start?link=") < links:
            said += os.read(terminal, 4096)
            if b"five minutes" in said and not has_pressed:
                os.write(terminal, b"\n")
                has_pressed = True
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        os.close(terminal)
    return said


def test_enter_prints_another_link_where_a_person_types(tmp_path: Path) -> None:
    said = said_on_a_terminal(tmp_path, 2, "--no-browser")

    assert len(set(re.findall(rb"link=(\w+)", said))) == 2


def test_a_browser_is_opened_where_there_is_a_desktop(tmp_path: Path) -> None:
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> "{opened}"\n')
    browser.chmod(0o700)

    said = said_on_a_terminal(tmp_path, 2, DISPLAY=":0", BROWSER=f"{browser} %s")

    first = re.findall(r"http://\S+", said.decode())[0]
    assert first in until(lambda: opened.read_text() if opened.exists() else "")
