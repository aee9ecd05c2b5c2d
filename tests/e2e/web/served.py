"""The real server as a child of nobody, and somebody who asks it over a bare connection."""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from agent_session.core.actions import plan_action
from agent_session.wiring import Wiring, wire
from tests.project.tree import ROOT

Found = TypeVar("Found")
LONGEST_SECONDS = 20.0
PLAN = b"terraform apply\n + aws_instance.web\n"
# Leaves its parent, so that no agent's process is above the server wherever the tests run.
_LAUNCHER = """
import os, sys, time
before = os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == before:
    time.sleep(0.001)
os.setsid()
with open(sys.argv[1], "w") as file:
    file.write(f"{os.getpid()}\\n")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def environ(folder: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "CLAUDE_PROJECT_DIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": os.path.join(ROOT, "src"),
        **more,
    }


def until(find: Callable[[], Found]) -> Found:
    """What *find* finds, as soon as that is anything."""
    end = time.monotonic() + LONGEST_SECONDS
    while not (found := find()):
        assert time.monotonic() < end, "it has not come about"
        time.sleep(0.02)
    return found


class Answer:
    def __init__(self, status: int, headers: HTTPMessage, text: str) -> None:
        self.status = status
        self.headers = headers
        self.text = text


class Served:
    """A project, and the server over its store."""

    def __init__(self, folder: Path, pid: int, link: str) -> None:
        self.folder = folder
        self.pid = pid
        self.link = link
        self.base, _, self.path = link.partition("/start")
        self.path = "/start" + self.path
        self.host = self.base.removeprefix("http://")
        self.port = int(self.host.rpartition(":")[2])
        self.wiring: Wiring = wire("test", project=str(folder), variables=environ(folder))

    @property
    def complaints(self) -> str:
        return (self.folder.parent / "stderr").read_text()

    def session(self, name: str = "terraform-architect", purpose: str = "a server") -> str:
        agent_id: str = self.wiring.sessions.create(name, purpose)["agent_id"]
        self.wiring.sessions.update(agent_id, "planning")
        return agent_id

    def ask(self, *globs: str, raw: bytes = PLAN, agent_id: str = "", **more: Any) -> str:
        """The id of a request, of a new session unless one is named."""
        agent_id = agent_id or self.session()
        asked = self.wiring.approvals.request(
            agent_id, plan_action(raw), str(self.folder), globs=globs, **more
        )
        return str(asked["id"])

    def approval(self, approval_id: str) -> dict[str, Any]:
        return dict(self.wiring.approvals.get(approval_id).approval)

    def http(
        self, method: str, path: str, headers: dict[str, str], body: str | bytes = b""
    ) -> Answer:
        with closing(HTTPConnection(self.host, timeout=LONGEST_SECONDS)) as server:
            server.request(method, path, body, headers)
            answer = server.getresponse()
            return Answer(answer.status, answer.msg, answer.read().decode())

    def enter(self, path: str | None = None) -> Visitor:
        answer = self.http("GET", path or self.path, {})
        assert answer.status == 200
        return Visitor(self, str(answer.headers["Set-Cookie"]).partition(";")[0])


class Visitor:
    """Who has been let in, with a cookie."""

    def __init__(self, served: Served, cookie: str) -> None:
        self.served = served
        self.cookie = cookie

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Host": self.served.host,
            "Cookie": self.cookie,
            "Origin": self.served.base,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def get(self, path: str = "/") -> Answer:
        return self.served.http("GET", path, {"Cookie": self.cookie})

    def form(self, approval_id: str, verdict: str = "approve", **more: str) -> dict[str, str]:
        """What the page of that request would post."""
        text = self.get(f"/approvals/{approval_id}").text
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', text))
        return {key: html.unescape(each) for key, each in fields.items()} | {
            "verdict": verdict,
            **more,
        }

    def post(self, form: dict[str, str], path: str = "/answer") -> Answer:
        return self.served.http("POST", path, self.headers, urlencode(form))

    def new_link(self) -> str:
        """The address, from its path on, that lets one more browser in."""
        token = re.findall(r'name="token" value="(\w+)"', self.get().text)[0]
        text = self.post({"token": token}, "/links").text
        return str(re.findall(r"/start\?link=\w+", text)[0])

    def another(self) -> Visitor:
        return self.served.enter(self.new_link())


@contextmanager
def serving(place: Path, *options: str, **more: str) -> Iterator[Served]:
    """The command in an empty project below *place*, ended by its own number."""
    folder = place / "project"
    folder.mkdir()
    told, out = place / "pid", place / "stdout"
    command = ["-m", "agent_session", "serve", "--port", "0", "--no-browser", *options]
    with out.open("w") as stdout, (place / "stderr").open("w") as stderr:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(told), *command],
            env=environ(folder, **more),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            check=True,
        )
    pid = int(until(lambda: told.exists() and told.read_text().strip()))
    try:
        until(lambda: "\n" in out.read_text() or not os.path.exists(f"/proc/{pid}"))
        yield Served(folder, pid, out.read_text().splitlines()[0])
    finally:
        end(pid)


def end(pid: int, number: signal.Signals = signal.SIGTERM) -> None:
    if runs(pid):
        os.kill(pid, number)
    until(lambda: not runs(pid))


def runs(pid: int) -> bool:
    """Whether it does; one that nobody has waited for has ended too."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
