"""The hooks are the same over every store: SQLite's, and a server's."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.project.tree import ROOT
from tests.surfaces.hooks.hook_project import AGENT, PYTHON, HookProject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.surfaces.hooks.host_project import HostProject

STORE = "AGENT_SESSION_STORE"
# What would cost a hook more than its look at the store.
SLOW = {"typing", "dataclasses", "pathlib", "logging", "re", "json", "sqlite3", "datetime"}
LOOK = f"""
import sys
sys.path.insert(0, {os.path.join(ROOT, "src")!r})
from agent_session import glance
print(glance.nothing_is_live("somebody", None), glance.nothing_waits(),
    glance.nobody_is_known_by("claude-code:a"), file=sys.stderr)
print(*sys.modules)
"""


@pytest.fixture(params=["sqlite", "postgres"])
def kept_elsewhere(
    request: pytest.FixtureRequest, project: HookProject
) -> Iterator[HookProject]:
    if request.param == "sqlite":
        project.variables[STORE] = f"sqlite:{project.path}/sessions.db"
        yield project
        return
    server = request.getfixturevalue("postgres_server")
    project.variables[STORE] = server.fresh()
    yield project
    server.drop(project.variables[STORE])


def test_where_nothing_is_live_a_delegation_goes_on_and_is_logged(
    kept_elsewhere: HookProject,
) -> None:
    kept_elsewhere.session("approval", "somebody-else")

    for _ in range(2):
        assert kept_elsewhere.ask({"agent_name": AGENT})["reason"] == "session_not_found"

    logged = list(kept_elsewhere.wiring().store.notes())
    assert [(each["agent_name"], each["reason"]) for each in logged] == [
        (AGENT, "session_not_found")
    ] * 2
    assert not (kept_elsewhere.path / ".claude/session").exists()


def test_the_newest_that_waits_is_granted_to_one_who_asks(kept_elsewhere: HookProject) -> None:
    kept_elsewhere.session(minutes_ago=5)
    agent_id = kept_elsewhere.session(minutes_ago=1)

    first = kept_elsewhere.ask({"agent_name": AGENT, "holder": "one"})
    second = kept_elsewhere.ask({"agent_name": AGENT, "agent_id": agent_id, "holder": "other"})

    assert (first["agent_id"], first["resume_metadata"]["token"]) == (agent_id, 1)
    assert (second["should_resume"], second["reason"]) == (False, "claimed")


def test_an_agent_that_stops_is_closed(kept_elsewhere: HookProject) -> None:
    agent_id = kept_elsewhere.session("executing")

    kept_elsewhere.stop(agent_id, exit_code=0)

    assert kept_elsewhere.phase_of(agent_id) == "completed"


def test_a_place_in_the_project_s_settings_is_seen_from_the_project(
    project: HookProject, tmp_path: Path
) -> None:
    (project.path / ".claude").mkdir()
    settings = {"store": "sqlite:.claude/sessions.db"}
    (project.path / ".claude/agent-session.json").write_text(json.dumps(settings))
    below = project.path / "deep" / "down"
    below.mkdir(parents=True)

    for folder in (project.path, below):
        answer = project.ask({"agent_name": AGENT}, cwd=folder)
        assert answer["reason"] == "session_not_found"

    assert (project.path / ".claude/sessions.db").exists()
    assert sorted(each.name for each in below.iterdir()) == []


def test_a_look_at_an_sqlite_store_loads_nothing_slow(project: HookProject) -> None:
    project.variables[STORE] = f"sqlite:{project.path}/sessions.db"
    project.session("completed", "somebody-else")

    ran = subprocess.run(
        [*PYTHON, "-c", LOOK],
        env=project.variables,
        cwd=project.path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stderr == "True True True\n"
    loaded = set(ran.stdout.split())
    assert loaded & SLOW == set()
    assert "agent_session.services.resumes" not in loaded


def test_events_of_a_host_find_their_sessions_in_an_sqlite_store(host: HostProject) -> None:
    host.variables[STORE] = f"sqlite:{host.path}/sessions.db"

    host.tell("SubagentStart.fresh")

    found = host.wiring().sessions.list()
    assert len(found) == 1
    assert found[0]["host"]


def test_a_server_that_is_away_is_a_no_in_time(project: HookProject) -> None:
    project.variables[STORE] = "postgresql://agents@127.0.0.1:1/sessions"

    answer = project.ask({"agent_name": AGENT})

    assert (answer["should_resume"], answer["reason"]) == (False, "store_failed")
