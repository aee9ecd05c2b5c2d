"""install puts our hooks into settings that a person keeps, and leaves the rest as it is."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agent_session.core.registering import START
from agent_session.core.registrations import CLAUDE_CODE
from tests.surfaces.cli.client_settings import (
    BEFORE,
    MERGED,
    THEIRS,
    names,
    ours_in,
    without_ours,
    written_at,
)
from tests.surfaces.cli.command_line import CommandLine
from tests.surfaces.cli.processes import AS_MODULE, SOURCE, environ

REFUSED = {
    "a trailing comma": (b'{\n  "a": 1,\n}', "line 3, column 1"),
    "a comment": (b'{\n  // mine\n  "a": 1\n}', "line 2, column 3"),
    "a key twice": (b'{"hooks": {}, "hooks": {}}', "'hooks' is there twice"),
    "an array": (b"[]", "it is no JSON object"),
    "hooks that are an array": (b'{"hooks": []}', '"hooks" is no object'),
    "an event that is an object": (b'{"hooks": {"Stop": {}}}', 'no array under "Stop"'),
    "a handler without a group": (
        json.dumps({"hooks": {"Stop": [THEIRS]}}).encode(),
        'under "Stop", number 1',
    ),
    "hooks turned off": (b'{"disableAllHooks": true}', "nothing would fire"),
    "another encoding": ('{"a": "é"}'.encode("latin-1"), "not UTF-8 at byte 7"),
    "too much": (b" " * (1 << 20) + b"{}", "more than 1 MiB"),
    "nesting without end": (b"[" * 200_000, "nested too deeply"),
}


@pytest.fixture
def settings(cli: CommandLine) -> Path:
    """The project's settings, which are not there yet."""
    (cli.folder / ".claude").mkdir()
    return cli.folder / ".claude/settings.json"


# --- put in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("what", MERGED)
def test_hooks_are_put_in_beside_what_is_there(
    cli: CommandLine, settings: Path, what: str
) -> None:
    raw = MERGED[what]
    settings.write_bytes(raw)

    ran = cli("install")

    found = json.loads(settings.read_text("utf-8-sig"))
    former = json.loads(raw.decode("utf-8-sig").strip() or "{}")
    assert (ran.status, ran.out) == (0, f"Installed hooks: 12 in {settings}\n")
    assert len(ours_in(found)) == len(CLAUDE_CODE)
    assert without_ours(found) == without_ours(former)
    assert [key for key in found if key in former] == list(former)
    assert (settings.parent / BEFORE).read_bytes() == raw


@pytest.mark.parametrize("what", MERGED)
def test_what_is_taken_out_again_leaves_the_very_bytes(
    cli: CommandLine, settings: Path, what: str
) -> None:
    settings.write_bytes(MERGED[what])
    cli("install")

    ran = cli("uninstall")

    assert (ran.status, ran.out) == (0, f"Removed hooks: 12 from {settings}\n")
    assert settings.read_bytes() == MERGED[what]
    assert names(settings.parent) == ["settings.json"]


@pytest.mark.parametrize("what", [each for each in MERGED if b"\n" in MERGED[each].strip()])
def test_indentation_and_newlines_stay_as_they_are(
    cli: CommandLine, settings: Path, what: str
) -> None:
    raw = MERGED[what]
    settings.write_bytes(raw)

    cli("install")

    found = settings.read_bytes()
    indented = [line for line in raw.split(b"\n") if line[:1] in b" \t" and line.strip()]
    unit = indented[0][: -len(indented[0].lstrip())] if indented else b"  "
    assert b"\n" + unit + b'"hooks": {' in found
    assert b"\n" + unit * 2 + b'"SessionStart": [' in found
    assert (b"\r\n" in raw) == (found.count(b"\r\n") == found.count(b"\n"))
    assert raw.endswith(b"\n") == found.endswith(b"\n")


def test_where_there_are_no_settings_they_are_made_and_removed_again(cli: CommandLine) -> None:
    path = cli.folder / ".claude/settings.json"

    cli("install")
    made = path.read_text()
    ran = cli("uninstall")

    assert json.loads(made).keys() == {"hooks"}
    assert ran.out == f"Removed hooks: 12 from {path}, which held nothing else\n"
    assert names(path.parent) == []


def test_what_is_registered_runs_this_package_without_anything_around_it(
    cli: CommandLine, settings: Path
) -> None:
    cli("install")

    for handler in ours_in(json.loads(settings.read_text())):
        assert handler["command"] == sys.executable
        assert handler["args"][:3] == ["-I", "-S", "-c"]
        assert handler["args"][4:6] == [f"{SOURCE}{START}", "claude-code"]


def test_a_hook_whose_package_is_gone_is_no_no_to_the_host(
    cli: CommandLine, settings: Path, tmp_path: Path
) -> None:
    """Python's own status for a missing file is 2, by which a host blocks every prompt."""
    cli("install")
    [handler, *_] = ours_in(json.loads(settings.read_text()))
    words = [word.replace(SOURCE, str(tmp_path)) for word in handler["args"]]

    ran = subprocess.run([handler["command"], *words], capture_output=True, check=False)

    assert ran.returncode == 1


def test_installing_again_changes_nothing_and_says_so(cli: CommandLine, settings: Path) -> None:
    cli("install")
    before = written_at(settings), settings.read_bytes()

    ran = cli("install")

    assert ran.out == f"Nothing to change: all 12 hooks are in {settings}\n"
    assert (written_at(settings), settings.read_bytes()) == before


def test_hooks_of_another_place_are_renewed_where_they_stand(
    cli: CommandLine, settings: Path
) -> None:
    cli("install")
    here = settings.read_text()
    settings.write_text(here.replace(SOURCE, "/old/src").replace(sys.executable, "/old/python"))

    ran = cli("install")

    assert ran.status == 0
    assert settings.read_text() == here
    assert not (settings.parent / BEFORE).exists()


def test_the_file_from_before_is_kept_once(cli: CommandLine, settings: Path) -> None:
    settings.write_text('{"model": "opus"}')
    cli("install")
    settings.write_text('{"model": "haiku"}')

    cli("install")

    assert (settings.parent / BEFORE).read_text() == '{"model": "opus"}'


def test_the_mode_of_the_file_is_kept(cli: CommandLine, settings: Path) -> None:
    settings.write_text("{}")
    settings.chmod(0o640)

    cli("install")

    modes = {stat.S_IMODE(path.stat().st_mode) for path in settings.parent.iterdir()}
    assert modes == {0o640}


def test_the_user_s_settings_are_those_of_claude_code(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("install", "--user")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "config"))
    cli("install", "--user")

    for folder in (tmp_path / "home/.claude", tmp_path / "config"):
        assert names(folder) == ["settings.json"]
    assert list(cli.folder.iterdir()) == []


def test_the_next_step_is_told(cli: CommandLine) -> None:
    assert "restart Claude Code" in cli("install").err
    assert "restart Claude Code" in cli("uninstall").err


def test_a_plugin_that_is_enabled_too_is_told(cli: CommandLine, tmp_path: Path) -> None:
    user = tmp_path / "home/.claude/settings.json"
    user.parent.mkdir(parents=True)
    user.write_text('{"enabledPlugins": {"agent-session@agent-session": true}}')

    ran = cli("install")

    assert "every hook fires twice" in ran.err
    assert cli("install", "--json").json["plugin"] == "agent-session@agent-session"


def test_programs_are_answered(cli: CommandLine, settings: Path) -> None:
    told = {"settings": str(settings), "hooks": 12, "changed": True, "dry_run": False}

    assert cli("install", "--json").json == {**told, "plugin": None}
    assert cli("install", "--json").json == {**told, "changed": False, "plugin": None}
    assert cli("uninstall", "--json").json == told
    assert cli("uninstall", "--json").json == {**told, "hooks": 0, "changed": False}


# --- a dry run --------------------------------------------------------------------------------


@pytest.mark.parametrize("what", MERGED)
def test_a_dry_run_shows_the_change_and_makes_none(
    cli: CommandLine, settings: Path, what: str
) -> None:
    settings.write_bytes(MERGED[what])
    before = written_at(settings)

    ran = cli("install", "--dry-run")

    assert ran.status == 0
    assert ran.lines[:2] == [f"--- {settings}", f"+++ {settings}"]
    assert any(line.startswith("+") and "SubagentStart" in line for line in ran.lines)
    assert (settings.read_bytes(), written_at(settings)) == (MERGED[what], before)
    assert names(settings.parent) == ["settings.json"]


def test_a_dry_run_makes_no_folder(cli: CommandLine) -> None:
    assert cli("install", "--dry-run").lines[0] == "--- /dev/null"
    assert cli("uninstall", "--dry-run").out.startswith("Nothing to change")
    assert list(cli.folder.iterdir()) == []


def test_a_dry_run_of_the_removal_changes_nothing(cli: CommandLine, settings: Path) -> None:
    settings.write_text("{}")
    cli("install")
    before = settings.read_bytes()

    ran = cli("uninstall", "--dry-run")

    assert '-  "hooks": {' in ran.lines
    assert settings.read_bytes() == before
    assert names(settings.parent) == ["settings.json", BEFORE]


# --- refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_changed_safely_is_refused(
    cli: CommandLine, settings: Path, what: str
) -> None:
    raw, said = REFUSED[what]
    settings.write_bytes(raw)

    ran = cli("install")

    assert (ran.status, ran.out) == (1, "")
    assert str(settings) in ran.err
    assert said in ran.err
    assert settings.read_bytes() == raw
    assert names(settings.parent) == ["settings.json"]


@pytest.mark.parametrize("verb", ["install", "uninstall"])
def test_a_link_is_refused_and_its_target_named(
    cli: CommandLine, settings: Path, tmp_path: Path, verb: str
) -> None:
    target = tmp_path / "dotfiles.json"
    target.write_text("{}")
    settings.symlink_to(target)

    ran = cli(verb)
    named = cli(verb, "--settings", str(target))

    assert ran.status == 1
    assert f"symbolic link to {target}" in ran.err
    assert f"--settings {target}" in ran.err
    assert named.status == 0
    assert settings.is_symlink()


def test_a_folder_and_a_pipe_are_refused(cli: CommandLine, settings: Path) -> None:
    settings.mkdir()
    assert "is a folder: move it away" in cli("install").err
    settings.rmdir()
    os.mkfifo(settings)
    assert "is no plain file: move it away" in cli("install").err


def test_a_file_where_the_folder_should_be_is_refused(cli: CommandLine) -> None:
    (cli.folder / ".claude").write_text("")

    assert "is no folder: move it away" in cli("install").err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize(("path", "mode"), [(".", 0o500), ("settings.json", 0o400)])
def test_what_may_not_be_written_is_refused(
    cli: CommandLine, settings: Path, path: str, mode: int
) -> None:
    settings.write_text("{}")
    (settings.parent / path).chmod(mode)

    ran = cli("install")

    (settings.parent / path).chmod(0o700)
    assert ran.status == 1
    assert "let your user write to it" in ran.err
    assert settings.read_text() == "{}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_refused(cli: CommandLine, settings: Path) -> None:
    settings.write_text("{}")
    settings.chmod(0o200)

    assert "let your user read it" in cli("install").err


def test_two_places_at_once_are_a_mistake(cli: CommandLine) -> None:
    ran = cli("install", "--user", "--project")

    assert ran.status == 2
    assert "give one of them" in ran.err


# --- with others ------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [None, '{"model": "opus"}'])
def test_two_at_once_put_it_in_once(
    cli: CommandLine, settings: Path, content: str | None
) -> None:
    if content is not None:
        settings.write_text(content)
    running = [
        subprocess.Popen(
            [*AS_MODULE, "install"],
            cwd=cli.folder,
            env=environ(cli.folder),
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]

    said = sorted(each.communicate()[0].partition(":")[0] for each in running)

    assert said == ["Installed hooks", *["Nothing to change"] * 3]
    assert len(ours_in(json.loads(settings.read_text()))) == len(CLAUDE_CODE)
    kept = [] if content is None else [BEFORE]
    assert names(settings.parent) == ["settings.json", *kept]


def test_a_person_who_was_faster_is_not_overwritten(settings: Path) -> None:
    from agent_session.core.errors import InvalidValueError
    from agent_session.world.client_settings import ClientSettings

    settings.write_text("{}")
    with ClientSettings(str(settings)) as found:
        settings.write_text('{"model": "opus"}')
        with pytest.raises(InvalidValueError, match="changed by somebody else just now"):
            found.write("{}")

    assert settings.read_text() == '{"model": "opus"}'
    assert names(settings.parent) == ["settings.json"]
