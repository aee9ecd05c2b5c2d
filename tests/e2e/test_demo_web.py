"""`make demo-web` is real: three agents wait in the inbox, and do what their person answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.project.tree import ROOT

pytest.importorskip("uvicorn", reason="the extra web is not installed")
JOBS = ("terraform apply", "kubectl rollout restart", "psql prod -f migrations/0042.sql")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    # In a session of its own and under no agent's variables, as a person starts it.
    started = subprocess.Popen(
        [sys.executable, f"{ROOT}/demo/web.py"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    yield started
    os.killpg(started.pid, 15)
    started.communicate()


def line_of(demo: subprocess.Popen[str], pattern: str) -> str:
    """The first line from now on that *pattern* is found in."""
    assert demo.stdout is not None
    return next(line for line in demo.stdout if re.search(pattern, line)).strip()


class Visitor:
    """Whoever follows the link that the demo prints."""

    def __init__(self, link: str) -> None:
        self.address = urlsplit(link)
        entered, _ = self.ask("GET", f"{self.address.path}?{self.address.query}", {})
        self.cookie = str(entered.headers["Set-Cookie"]).partition(";")[0]
        self.page = self.ask("GET", "/", {"Cookie": self.cookie})[1]

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: str = ""
    ) -> tuple[HTTPResponse, str]:
        with closing(HTTPConnection(self.address.netloc, timeout=20)) as server:
            server.request(method, path, body, headers)
            answer = server.getresponse()
            return answer, answer.read().decode()

    def approve_the_last(self) -> int:
        """The status of the answer."""
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', self.page))
        headers = {"Cookie": self.cookie, "Origin": f"http://{self.address.netloc}"}
        form = urlencode(fields | {"verdict": "approve"})
        return self.ask("POST", "/answer", headers, form)[0].status


def test_the_demo_opens_an_inbox_with_three_agents_that_wait(
    demo: subprocess.Popen[str],
) -> None:
    page = Visitor(line_of(demo, "^http://127")).page

    assert [job for job in JOBS if job not in page] == []


def test_what_is_approved_there_is_done(demo: subprocess.Popen[str]) -> None:
    visitor = Visitor(line_of(demo, "^http://127"))

    assert visitor.approve_the_last() == 303
    assert "db-migrator was told yes, and does it" in line_of(demo, "was told")
