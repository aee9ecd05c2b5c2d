"""Whether an agent is around: by the programs above, and by the variables they set."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from agent_session.world.agents import PACKAGES, PROGRAMS, VARIABLES, agent_called
from tests.world.orphans import Orphan

SHELL = "/bin/sh"
on_linux = pytest.mark.skipif(
    os.uname().sysname != "Linux", reason="only Linux tells of a parent's variables"
)


@pytest.fixture
def orphan(tmp_path: Path) -> Orphan:
    return Orphan(tmp_path)


# --- the processes above ----------------------------------------------------------------------


def test_a_plain_terminal_is_no_agent(orphan: Orphan):
    assert orphan.ask(SHELL, ["-sh", "-c", orphan.asking]) is None


def test_the_terminal_of_an_editor_is_no_agent(orphan: Orphan):
    of_editors = {
        "TERM_PROGRAM": "vscode",
        "CURSOR_TRACE_ID": "0123",
        "CLAUDE_CODE_SSE_PORT": "1234",
        "ENABLE_IDE_INTEGRATION": "true",
        "GEMINI_CLI_IDE_SERVER_PORT": "1234",
        "VSCODE_GIT_ASKPASS_NODE": "/opt/cursor/cursor",
        "GIT_PAGER": "cat",
    }

    assert orphan.ask(SHELL, ["/opt/Cursor/cursor", "-c", orphan.asking], of_editors) is None


def test_what_people_set_to_configure_an_agent_is_no_sign(orphan: Orphan):
    of_people = {
        "AIDER_MODEL": "m",
        "CLAUDE_CODE_USE_BEDROCK": "1",
        "CODEX_HOME": "/home/p/.codex",
        "GEMINI_API_KEY": "k",
        "GOOSE_MODEL": "m",
    }

    assert orphan.ask(SHELL, ["sh", "-c", orphan.asking], of_people) is None


def test_a_parent_that_is_called_as_an_agent_is_one(orphan: Orphan):
    said = orphan.ask(SHELL, ["claude", "-c", orphan.asking])

    assert said is not None
    assert said.startswith("this was started by Claude Code, process ")


def test_an_agent_further_up_is_seen_too(orphan: Orphan):
    below = f"sh -c '{orphan.asking}'; true"

    assert "Codex" in str(orphan.ask(SHELL, ["/usr/bin/codex", "-c", below]))


@pytest.mark.parametrize(
    "path", ["bin/gemini", "node_modules/@google/gemini-cli/dist/index.js"]
)
def test_a_script_of_an_agent_is_one(orphan: Orphan, tmp_path: Path, path: str):
    script = tmp_path / path
    script.parent.mkdir(parents=True)
    script.write_text(orphan.asking)

    assert "Gemini CLI" in str(orphan.ask(SHELL, ["sh", str(script)]))


@on_linux
def test_a_program_that_has_an_agents_name_is_one_whatever_it_calls_itself(
    orphan: Orphan, tmp_path: Path
):
    renamed = tmp_path / "opencode"
    renamed.symlink_to(shutil.which("sh") or SHELL)

    assert "OpenCode" in str(orphan.ask(str(renamed), ["something", "-c", orphan.asking]))


# --- variables --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "agent"),
    [
        ("CLAUDECODE=1", "Claude Code"),
        ("CURSOR_AGENT=1", "Cursor"),
        ("CODEX_THREAD_ID=abc", "Codex"),
        ("AI_AGENT=other_1.0", "an agent"),
        ("AGENT=goose", "goose"),
    ],
)
def test_a_variable_that_an_agent_sets_is_a_sign(orphan: Orphan, variable: str, agent: str):
    name, _, value = variable.partition("=")
    said = orphan.ask(SHELL, ["sh", "-c", orphan.asking], {name: value})

    assert said == f"{name} is set, as {agent} does for what it runs"


@pytest.mark.parametrize("variable", ["CLAUDECODE=", "CLAUDECODE=0", "AGENT=1", "AGENT=ssh"])
def test_a_variable_that_is_off_or_ambiguous_is_no_sign(orphan: Orphan, variable: str):
    name, _, value = variable.partition("=")

    assert orphan.ask(SHELL, ["sh", "-c", orphan.asking], {name: value}) is None


@on_linux
def test_a_variable_that_was_unset_on_the_way_is_seen_in_the_parent(orphan: Orphan):
    said = orphan.ask(SHELL, ["sh", "-c", f"env -i {orphan.asking}"], {"GEMINI_CLI": "1"})

    assert said is not None
    assert said.startswith("GEMINI_CLI is set in process ")


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words", "agent"),
    [
        ("node", ["node", "/usr/local/bin/claude", "-p"], "Claude Code"),
        ("node", ["node", "--max-old-space-size=4096", "/usr/bin/gemini"], "Gemini CLI"),
        ("python3.12", ["/usr/bin/python3.12", "-m", "aider"], "Aider"),
        ("node", ["node", "/x/node_modules/@anthropic-ai/claude-code/cli.js"], "Claude Code"),
        ("node", ["node", "/x/node_modules/a/node_modules/opencode-ai/bin/x"], "OpenCode"),
        ("MainThread", ["claude", ""], "Claude Code"),
        ("claude", [], "Claude Code"),
        ("vim", ["vim", "claude"], None),
        ("less", ["less", "/usr/local/bin/codex"], None),
        ("node", ["node", "server.js", "claude"], None),
        ("node", ["node", "/x/node_modules/@anthropic-ai/claude-code-tools/cli.js"], None),
        ("bash", ["-bash"], None),
        ("bash", ["bash", "-c", "echo claude"], None),
        ("tmux: server", ["tmux", "new", "-s", "claude"], None),
        ("cursor", ["/opt/Cursor/cursor", "--type=zygote"], None),
        ("zsh (qterm)", ["zsh (qterm)"], None),
        ("", [""], None),
    ],
)
def test_an_agent_is_known_by_its_program_or_its_script(
    name: str, words: list[str], agent: str | None
):
    assert agent_called(name, words) == agent


def test_the_tables_are_in_order():
    for table in (PROGRAMS, PACKAGES, VARIABLES):
        assert list(table) == sorted(table)
