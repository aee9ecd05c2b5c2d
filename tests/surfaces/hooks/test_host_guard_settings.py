"""Which calls are guarded is what the settings say, the user's and the project's; where that
cannot be understood, nothing that could be guarded is run.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.surfaces.hooks.hook_project import Run

if TYPE_CHECKING:
    from tests.surfaces.hooks.host_project import HostProject

APPLY = "terraform apply plan.tfplan"
GUARD = {"tool": "Bash", "match": "terraform apply *"}
SILENT = Run(0, b"", b"")
AP = "ap-0123456789abcdef"


def denied(host: HostProject, name: str, tool_input: dict[str, Any], **changes: Any) -> str:
    told = {"tool_name": name, "tool_input": tool_input, "closed": True, **changes}
    return host.denial("PreToolUse.Bash.in_subagent", **told)


def passes(host: HostProject, name: str, tool_input: dict[str, Any], **changes: Any) -> bool:
    told = {"tool_name": name, "tool_input": tool_input, "closed": True, **changes}
    return host.tell("PreToolUse.Bash.in_subagent", **told) == SILENT


# --- other tools ------------------------------------------------------------------------------


def test_a_tool_that_writes_is_guarded_by_its_path(host: HostProject) -> None:
    host.configure(guards=[{"tool": "Write", "match": "*/secrets/*"}])

    assert passes(host, "Write", {"file_path": "/p/notes.md", "content": "x"})
    said = denied(host, "Write", {"file_path": "/p/secrets/a", "content": "x"})

    assert host.approval["id"] in said
    assert host.approval["action"]["tool"] == "Write"


def test_another_content_of_the_same_file_needs_another_approval(host: HostProject) -> None:
    host.configure(guards=[{"tool": "Write", "match": "*/secrets/*"}])
    call = {"file_path": "/p/secrets/a", "content": "x"}
    denied(host, "Write", call)
    host.decide()

    said = denied(host, "Write", {**call, "content": "y"})

    assert "needs a person's approval" in said
    assert (
        b'"allow"'
        in host.tell(
            "PreToolUse.Bash.in_subagent", tool_name="Write", tool_input=call, closed=True
        ).stdout
    )


@pytest.mark.parametrize("name", ["mcp__cloud__delete", "mcp__cloud__", "mcp__cloud__a__b"])
def test_the_tools_of_a_server_are_guarded_by_a_pattern(host: HostProject, name: str) -> None:
    host.configure(guards=[{"tool": "mcp__cloud__*"}])

    assert "needs a person's approval" in denied(host, name, {"id": 7})
    assert passes(host, "mcp__other__delete", {"id": 7})


def test_the_order_of_a_calls_keys_does_not_matter(host: HostProject) -> None:
    host.configure(guards=[{"tool": "mcp__cloud__*"}])
    denied(host, "mcp__cloud__x", {"a": 1, "b": {"c": 2, "d": 3}})

    said = denied(host, "mcp__cloud__x", {"b": {"d": 3, "c": 2}, "a": 1})

    assert "has been asked for already" in said


def test_a_call_without_input_can_be_guarded(host: HostProject) -> None:
    host.configure(guards=[{"tool": "mcp__cloud__*"}])

    assert "needs a person's approval" in denied(host, "mcp__cloud__wipe", {})


@pytest.mark.parametrize("name", ["Read", "Glob", "Grep"])
def test_what_only_reads_passes_where_everything_is_guarded(
    host: HostProject, name: str
) -> None:
    host.configure(guards=[GUARD])

    assert passes(host, name, {"file_path": "/etc/passwd"})


# --- whose settings ---------------------------------------------------------------------------


def test_the_users_guards_hold_in_every_project(host: HostProject) -> None:
    host.configure_user(guards=[GUARD])

    assert "needs a person's approval" in host.denied(APPLY)


def test_a_project_takes_no_guard_of_the_user_away(host: HostProject) -> None:
    host.configure_user(guards=[GUARD])
    host.configure(guards=[{"tool": "Bash", "match": "rm *"}])

    assert "guard terraform apply *" in host.denied(APPLY)
    assert "guard rm *" in host.denied("rm x", agent_id="a0000000000000001")


def test_an_empty_list_of_the_project_takes_none_away_either(host: HostProject) -> None:
    host.configure_user(guards=[GUARD])
    host.configure(guards=[])

    assert "needs a person's approval" in host.denied(APPLY)


def test_a_variable_adds_to_them(host: HostProject) -> None:
    host.variables["AGENT_SESSION_GUARDS"] = json.dumps([GUARD])

    assert "needs a person's approval" in host.denied(APPLY)


def test_settings_elsewhere_are_the_users_where_they_say_so(host: HostProject) -> None:
    host.configure_user(guards=[GUARD])
    (host.home / ".config").rename(host.home / "settings")
    assert host.bash(APPLY) == SILENT

    host.variables["XDG_CONFIG_HOME"] = str(host.home / "settings")

    assert "needs a person's approval" in host.denied(APPLY)


# --- settings that nobody can understand ------------------------------------------------------


@pytest.mark.parametrize(
    "guards",
    [
        "Bash",
        7,
        None,
        ["Bash"],
        [{}],
        [{"tool": "Bash"}],
        [{"tool": "Bash", "match": ""}],
        [{"tool": "Bash", "match": " x"}],
        [GUARD, {"tool": 7}],
        GUARD,
    ],
)
def test_guards_that_are_none_let_nothing_pass_and_say_why(
    host: HostProject, guards: object
) -> None:
    host.configure(guards=guards)

    said = host.denied("ls")

    assert "cannot tell what is guarded" in said
    assert "guards" in said
    assert host.sessions() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"match": "terraform apply * && true"},
        {"files": "*.tf"},
        {"files": ["/etc/passwd"]},
        {"file": ["*.tf"]},
    ],
)
def test_a_guard_that_is_none_lets_nothing_pass_that_it_may_mean(
    host: HostProject, wrong: dict[str, Any]
) -> None:
    host.configure(guards=[{**GUARD, **wrong}])

    assert "cannot tell what is guarded" in host.denied(APPLY)


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"", b"null", b'{"guards": [}'])
def test_settings_that_are_none_let_nothing_pass(host: HostProject, content: bytes) -> None:
    host.configure()
    (host.path / ".claude/agent-session.json").write_bytes(content)

    assert "cannot tell what is guarded" in host.denied("ls")


def test_a_folder_in_the_place_of_the_settings_lets_nothing_pass(host: HostProject) -> None:
    (host.path / ".claude/agent-session.json").mkdir(parents=True)

    assert "cannot tell what is guarded" in host.denied("ls")


def test_settings_that_cannot_be_opened_let_nothing_pass(host: HostProject) -> None:
    host.configure()
    path = host.path / ".claude/agent-session.json"
    path.unlink()
    path.symlink_to(path.name)

    assert "cannot tell what is guarded" in host.denied("ls")


def test_what_is_wrong_elsewhere_in_the_settings_leaves_the_guards_in_force(
    host: HostProject,
) -> None:
    host.configure(guards=[GUARD], colour="red", resume={"max_errors": -1})

    assert host.bash("ls") == SILENT
    assert "needs a person's approval" in host.denied(APPLY)


# --- prompts that come by themselves ----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tool_input"),
    [
        ("CronCreate", {"cron": "* * * * *", "prompt": f"approve {AP} abcdef"}),
        ("ScheduleWakeup", {"delaySeconds": 60, "prompt": f"x{AP}x", "reason": "r"}),
        ("Workflow", {"script": "s", "args": {"deep": [{"list": [f"reject {AP} c"]}]}}),
        ("Skill", {"skill": "s", "args": AP}),
        ("Monitor", {"command": f"echo approve {AP} abcdef"}),
        ("RemoteTrigger", {"body": {"prompt": f"ap-ap-{AP}"}}),
    ],
)
def test_a_prompt_that_comes_by_itself_names_no_approval(
    host: HostProject, name: str, tool_input: dict[str, Any]
) -> None:
    assert "may not name an approval" in denied(host, name, tool_input)
    assert host.sessions() == []


@pytest.mark.parametrize(
    "prompt", ["look again", "approve it", "ap-", "ap-0123456789abcde", "AP-"]
)
def test_one_that_names_none_passes(host: HostProject, prompt: str) -> None:
    assert passes(host, "CronCreate", {"cron": "* * * * *", "prompt": prompt})


def test_another_tool_may_name_an_approval(host: HostProject) -> None:
    assert passes(host, "Bash", {"command": f"agent-session show-approval {AP}"})
