"""doctor finds every hook that is registered for Claude Code, and proves what each does."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_session.core.registering import START
from agent_session.core.registrations import CLAUDE_CODE
from agent_session.surfaces.cli.trials import SAMPLES
from tests.project.tree import ROOT
from tests.surfaces.cli.command_line import CommandLine
from tests.surfaces.cli.processes import SOURCE

CALLED = [f"hook {each.called}" for each in SAMPLES.values()]


@pytest.fixture
def settings(cli: CommandLine) -> Path:
    """The project's settings with every hook in them."""
    cli("install")
    return cli.folder / ".claude/settings.json"


def _checks(cli: CommandLine) -> dict[str, dict[str, Any]]:
    return {check["what"]: check for check in cli("doctor", "--json").json["checks"]}


def _wrong(cli: CommandLine) -> dict[str, str]:
    return {what: each["value"] for what, each in _checks(cli).items() if not _is_well(each)}


def _is_well(check: dict[str, Any]) -> bool:
    return check["is_right"] is not False


def _edit(settings: Path, event: str, at: int = 0, **changes: Any) -> None:
    value = json.loads(settings.read_text())
    value["hooks"][event][at]["hooks"][0].update(changes)
    settings.write_text(json.dumps(value))


def test_there_is_a_sample_of_every_row_of_the_table() -> None:
    assert [*SAMPLES] == [(each.event, each.matcher) for each in CLAUDE_CODE]


def test_where_no_hook_is_registered_doctor_tells_how(cli: CommandLine) -> None:
    check = _checks(cli)["hooks"]

    assert check["is_right"] is None
    assert "`agent-session install`" in check["value"]


def test_every_hook_that_install_has_registered_fires(cli: CommandLine, settings: Path) -> None:
    found = _checks(cli)

    assert {what: found[what]["value"] for what in CALLED} == dict.fromkeys(
        CALLED, f"fires, from {settings}"
    )
    assert cli("doctor").status == 0


def test_the_trial_leaves_nothing_in_the_project(cli: CommandLine, settings: Path) -> None:
    cli("doctor")

    assert [path.name for path in settings.parent.iterdir()] == ["settings.json"]
    assert not (settings.parents[2] / "home").exists()


def test_an_event_without_a_hook_is_named(cli: CommandLine, settings: Path) -> None:
    value = json.loads(settings.read_text())
    del value["hooks"]["SubagentStop"]
    settings.write_text(json.dumps(value))

    assert _wrong(cli) == {"hook SubagentStop": f"not in {settings}"}


def test_a_matcher_of_another_version_is_named(cli: CommandLine, settings: Path) -> None:
    value = json.loads(settings.read_text())
    value["hooks"]["PreToolUse"][2]["matcher"] = "Bash"
    settings.write_text(json.dumps(value))

    assert _wrong(cli).keys() == {"hook PreToolUse guarded", "hook PreToolUse Bash"}


def test_an_interpreter_that_is_gone_is_found(cli: CommandLine, settings: Path) -> None:
    _edit(settings, "Stop", command="/nowhere/python3")

    assert _wrong(cli)["hook Stop"].startswith("it does not start")


def test_a_package_that_is_gone_is_found(cli: CommandLine, settings: Path) -> None:
    settings.write_text(settings.read_text().replace(SOURCE, "/nowhere"))

    found = _wrong(cli)

    assert found.keys() == {*CALLED}
    assert found["hook Stop"].startswith("it ends with status 1")
    assert "agent-session install" in cli("doctor").lines[-1]


@pytest.mark.parametrize("changes", [{"onFailure": "continue"}, {"onFailure": None}])
def test_a_guard_that_would_fail_open_is_found(
    cli: CommandLine, settings: Path, changes: dict[str, Any]
) -> None:
    _edit(settings, "PreToolUse", 2, **changes)

    assert "would pass" in _wrong(cli)["hook PreToolUse guarded"]


def _impostor(settings: Path, says: str) -> None:
    """Let every hook be another program, which prints the same at every event."""
    package = settings.parents[2] / "elsewhere/agent_session/surfaces/hooks"
    package.mkdir(parents=True)
    (package / "start.py").write_text(f"print({says!r})")
    settings.write_text(
        settings.read_text().replace(SOURCE, str(settings.parents[2] / "elsewhere"))
    )


def test_a_hook_that_does_nothing_is_found(cli: CommandLine, settings: Path) -> None:
    _impostor(settings, "")

    found = _wrong(cli)

    assert found.keys() == {"hook PreToolUse guarded", "hook SubagentStart"}
    assert "lets a guarded call pass" in found["hook PreToolUse guarded"]
    assert "no session id" in found["hook SubagentStart"]


def test_a_session_that_is_only_named_is_found(cli: CommandLine, settings: Path) -> None:
    named = "agent-20260108-180530-abc12345"
    _impostor(settings, json.dumps({"hookSpecificOutput": {"additionalContext": named}}))

    found = _wrong(cli)

    assert f"{named} that it names is not there" in found["hook SubagentStart"]
    assert "is not ended" in found["hook SubagentStop"]


@pytest.mark.parametrize(("says", "told"), [("no", "no answer"), ("[]", "no JSON object")])
def test_what_is_no_answer_is_found(
    cli: CommandLine, settings: Path, says: str, told: str
) -> None:
    _impostor(settings, says)

    found = _wrong(cli)

    assert found.keys() == {*CALLED}
    assert told in found["hook Stop"]


def test_hooks_that_would_fire_twice_are_told(cli: CommandLine, settings: Path) -> None:
    cli("install", "--user")
    settings.write_text(settings.read_text().replace('"timeout": 10', '"timeout": 11'))

    ran = cli("doctor")

    assert ran.status == 1
    assert "every hook fires twice" in ran.out


def test_the_same_hooks_in_two_files_are_run_once(cli: CommandLine, settings: Path) -> None:
    cli("install", "--user")

    assert cli("doctor").status == 0


def test_settings_that_turn_hooks_off_are_named(cli: CommandLine, settings: Path) -> None:
    local = settings.parent / "settings.local.json"
    local.write_text('{"disableAllHooks": true}')

    assert f'{local} says "disableAllHooks"' in cli("doctor").out


# --- what somebody else has written -----------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"command": "/bin/sh", "args": ["-c", "touch ran", START]},
        {"command": sys.executable, "args": ["-I", "-S", "-c", "open('ran', 'w')", START]},
        {"command": "PROJECT/python3"},
        {
            "command": sys.executable,
            "args": ["-I", "-S", f"PROJECT/ours{START}", "claude-code"],
        },
        {"command": "PROJECT/hooks/run", "args": ["claude-code"]},
        {"command": "${CLAUDE_PLUGIN_ROOT}/hooks/run", "args": ["claude-code"]},
        {"command": "/bin/sh", "args": ["-I", "-S", f"/elsewhere{START}"]},
        {"command": "/usr/bin/env", "args": ["-I", "-S", f"/elsewhere{START}"]},
    ],
)
def test_nothing_of_the_project_s_is_run(
    cli: CommandLine, settings: Path, changes: dict[str, Any]
) -> None:
    for name in ("python3", f"ours{START}", "hooks/run"):
        path = cli.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\ntouch ran\n")
        path.chmod(0o700)
    text = json.dumps(changes).replace("PROJECT", str(cli.folder))
    _edit(settings, "Stop", **json.loads(text))

    assert "it was not tried" in _wrong(cli)["hook Stop"]
    assert not list(cli.folder.rglob("ran"))


# --- the plugin -------------------------------------------------------------------------------


def _enable(home: Path, source: str, **where: Any) -> None:
    """Settings as `claude plugin install` leaves them."""
    name = "agent-session@agent-session"
    plugins = home / ".claude/plugins"
    plugins.mkdir(parents=True)
    (home / ".claude/settings.json").write_text(json.dumps({"enabledPlugins": {name: True}}))
    market = {"source": {"source": source}, "installLocation": where.get("market")}
    (plugins / "known_marketplaces.json").write_text(json.dumps({"agent-session": market}))
    copies = [{"installPath": where.get("copy")}]
    (plugins / "installed_plugins.json").write_text(json.dumps({"plugins": {name: copies}}))


@pytest.mark.parametrize(
    ("source", "where"), [("directory", {"market": ROOT}), ("github", {"copy": ROOT})]
)
def test_every_hook_of_the_plugin_fires(
    cli: CommandLine, source: str, where: dict[str, str]
) -> None:
    _enable(Path(os.environ["HOME"]), source, **where)

    found = _checks(cli)

    assert found["plugin"]["value"].endswith(f"from {ROOT}")
    assert {what: found[what]["value"] for what in CALLED} == dict.fromkeys(
        CALLED, f"fires, from {ROOT}/hooks/hooks.json"
    )


def test_a_plugin_that_is_enabled_and_not_installed_is_told(cli: CommandLine) -> None:
    _enable(Path(os.environ["HOME"]), "github", copy="/nowhere")

    assert _wrong(cli).keys() == {"plugin"}
