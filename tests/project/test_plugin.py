"""The repository is a plugin of Claude Code, whose files agree with the code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from agent_session.core.phases import LIVE
from agent_session.surfaces.cli.verbs import VERBS
from tests.project.plugin_files import PATH as HOOKS_JSON
from tests.project.plugin_files import hooks_json
from tests.project.tree import ROOT, files, read

PLUGIN = ".claude-plugin/plugin.json"
MARKET = ".claude-plugin/marketplace.json"
COMMANDS = [name for name in files() if name.startswith("commands/")]
SKILL = "skills/asking-for-approval/SKILL.md"
SCRIPTS = ("hooks/run", "bin/agent-session")
DECIDING = {"approve", "reject", "resolve"}


def _json(name: str) -> Any:
    return json.loads(read(name))


# --- the files --------------------------------------------------------------------------------


def test_the_hooks_of_the_plugin_are_the_table() -> None:
    rewrite = "PYTHONPATH=src python3 -m tests.project.plugin_files"

    assert Path(HOOKS_JSON).read_text() == hooks_json(), f"write it anew: {rewrite}"


def test_the_plugin_has_the_version_of_the_package() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]

    assert {key: _json(PLUGIN)[key] for key in ("name", "version", "license")} == {
        key: project[key] for key in ("name", "version", "license")
    }


def test_the_marketplace_holds_this_plugin_alone() -> None:
    market = _json(MARKET)

    [plugin] = market["plugins"]
    assert (market["name"], plugin["name"], plugin["source"]) == (
        _json(PLUGIN)["name"], _json(PLUGIN)["name"], "./",
    )  # fmt: skip
    assert plugin["description"] == _json(PLUGIN)["description"]


def test_the_plugin_serves_its_tools_by_its_own_command() -> None:
    servers = _json(".mcp.json")["mcpServers"]

    assert servers == {
        "agent-session": {
            "command": "${CLAUDE_PLUGIN_ROOT}/bin/agent-session",
            "args": ["mcp"],
        }
    }
    assert "mcp" in VERBS


@pytest.mark.parametrize("name", [*COMMANDS, SKILL])
def test_a_prompt_says_what_it_is_for(name: str) -> None:
    front = re.match(r"---\n(.*?)\n---\n", read(name), re.DOTALL)

    assert front
    assert re.search(r"^description: .{20,}", front[1], re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_may_only_run_verbs_that_read(name: str) -> None:
    text = read(name)
    allowed = re.search(r"^allowed-tools: (.*)$", text, re.MULTILINE)
    assert allowed

    run = set(re.findall(r"bin/agent-session\"? ([a-z-]+)", text))
    may = set(re.findall(r"bin/agent-session ([a-z-]+):\*", allowed[1]))

    assert run == may
    assert may <= {"list", "pending", "show-approval", "timeline", "why"}


def test_the_skill_names_every_phase_and_only_verbs_that_are_there() -> None:
    text = read(SKILL)

    told = re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE)
    assert told == list(LIVE)
    assert f"name: {SKILL.split('/')[1]}\n" in text
    run = set(re.findall(r"agent-session ([a-z-]+) ", text)) - {"is", "below"}
    assert run <= set(VERBS)
    assert not run & DECIDING


def test_the_request_that_the_skill_shows_is_json_on_one_line() -> None:
    [shown] = re.findall(r"```approval-request\n(.*?)\n```", read(SKILL), re.DOTALL)

    assert json.loads(shown).keys() == {"summary", "plan", "files", "expires"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_may_be_run(name: str) -> None:
    path = os.path.join(ROOT, name)

    assert os.access(path, os.X_OK)
    assert read(name).startswith("#!/bin/sh\n")


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_the_scripts_are_plain_shell(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    words = {"bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}.get(shell, [shell])
    for name in (*SCRIPTS, "hooks/python.sh"):
        subprocess.run([*words, "-n", os.path.join(ROOT, name)], check=True)
