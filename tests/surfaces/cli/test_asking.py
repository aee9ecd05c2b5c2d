"""Asking for an approval, looking at it, and asking again."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess

import pytest

from tests.surfaces.cli.command_line import CommandLine

FORGED = "harmless\n\x1b[2Jrm -rf /\u202egnp.\nStatus:    approved"


def _type(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


# --- request ----------------------------------------------------------------------------------


def test_a_request_prints_its_id_and_how_to_answer_it(cli: CommandLine) -> None:
    agent_id = cli.create()
    (cli.folder / "plan.md").write_text("the plan")

    ran = cli("request-approval", agent_id, "--plan", "plan.md")

    assert re.fullmatch(r"Requested approval: ap-[0-9a-f]{16}\n", ran.out)
    approval_id = ran.out.split()[-1]
    assert f"agent-session show-approval {approval_id}" in ran.err
    assert f"agent-session approve {approval_id}" in ran.err
    assert cli("get", agent_id).json["phase"] == "approval"


def test_a_request_keeps_what_it_was_given(cli: CommandLine) -> None:
    agent_id = cli.create()
    for name in ("a.tf", "b.tf", "c.json"):
        (cli.folder / name).write_text(name)
    (cli.folder / "plan.md").write_text("the plan")

    options = ("--file", "*.tf", "--file", "c.json", "--summary", "why", "--expires", "1h")
    ran = cli(
        "request-approval",
        agent_id,
        "--plan",
        "plan.md",
        *options,
        "--strength",
        "signed",
        "--json",
    )

    approval = ran.json
    assert [each["path"] for each in approval["files"]["found"]] == ["a.tf", "b.tf", "c.json"]
    assert (approval["summary"], approval["required"]) == ("why", "signed")
    assert approval["action"]["source"] == str(cli.folder / "plan.md")
    assert approval["cwd"] == str(cli.folder)
    assert cli("get", agent_id).json["approvals"] == [approval]


def test_a_plan_can_come_from_stdin(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    agent_id = cli.create()
    _type(monkeypatch, b"the plan \xff\n")

    approval = cli("request-approval", agent_id, "--plan", "-", "--json").json

    assert approval["action"]["size"] == 11
    assert approval["action"]["source"] is None


def test_a_tool_call_can_be_asked_for(cli: CommandLine) -> None:
    agent_id = cli.create()

    ran = cli("request-approval", agent_id, "--tool", "Bash", "--input", '{"command": "ls"}')

    shown = cli("show-approval", ran.out.split()[-1]).out
    assert "To be approved: one call of the tool\n| Bash\nwith this input" in shown
    assert '| {"command":"ls"}\n' in shown


def test_a_new_request_withdraws_the_one_before_unless_it_stands_beside(
    cli: CommandLine,
) -> None:
    agent_id = cli.create()
    first = cli.request(agent_id)
    second = cli.request(agent_id)
    third = cli.request(agent_id, "--beside")

    assert [line.split("\t")[0] for line in cli("pending").lines] == [second, third]
    assert "Status:    cancelled" in cli("show-approval", first).out


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["--expires", "0s"], "at most 24 hours"),
        (["--expires", "25h"], "at most 24 hours"),
        (["--file", "nowhere/*"], "nowhere"),
        (["--token", "9"], "token 9"),
    ],
    ids=str,
)
def test_a_request_that_cannot_be_leaves_the_session_alone(
    cli: CommandLine, argv: list[str], word: str
) -> None:
    agent_id = cli.create()
    (cli.folder / "plan.md").write_text("the plan")

    ran = cli("request-approval", agent_id, "--plan", "plan.md", *argv)

    assert (ran.status, ran.out) == (1, "")
    assert word in ran.err
    assert cli("get", agent_id).json["approvals"] == []


def test_an_empty_plan_and_one_that_is_too_large_are_refused(cli: CommandLine) -> None:
    agent_id = cli.create()
    (cli.folder / "empty.md").write_text(" \n")
    with open(cli.folder / "large.md", "wb") as file:
        file.truncate((8 << 20) + 1)

    assert cli("request-approval", agent_id, "--plan", "empty.md").status == 1
    assert cli("request-approval", agent_id, "--plan", "large.md").status == 1


def test_a_pipe_is_no_plan_and_is_not_waited_for(cli: CommandLine) -> None:
    os.mkfifo(cli.folder / "pipe")

    ran = cli("request-approval", cli.create(), "--plan", "pipe")

    assert (ran.status, ran.out) == (2, "")
    assert "no plain file" in ran.err


def test_a_refused_request_tells_programs_its_code(cli: CommandLine) -> None:
    (cli.folder / "plan.md").write_text("the plan")

    ran = cli("request-approval", "nobody", "--plan", "plan.md", "--json")

    assert (ran.status, ran.json["refused"]) == (1, "session_not_found")


# --- show -------------------------------------------------------------------------------------


def test_an_approval_is_shown_with_its_material_above_the_agents_words(
    cli: CommandLine,
) -> None:
    agent_id = cli.create("--agent", "terraform-architect")
    approval_id = cli.request(agent_id, "--summary", "nothing to see here", plan="one\ntwo\n")

    ran = cli("show-approval", approval_id)

    assert (ran.status, ran.err) == (0, "")
    assert "To be approved: this plan (8 bytes):\n| one\n| two\n|\n" in ran.out
    assert ran.out.index("| two") < ran.out.index("| nothing to see here")
    assert (
        "In the agent's own words, which nobody has checked:\n| nothing to see here" in ran.out
    )
    assert "| terraform-architect\n" in ran.out
    assert "Status:    pending" in ran.out


def test_what_others_have_written_cannot_act_nor_pass_for_ours(cli: CommandLine) -> None:
    agent_id = cli.create("--agent", FORGED, "--purpose", FORGED)
    approval_id = cli.request(agent_id, "--summary", FORGED, plan=FORGED)

    ran = cli("show-approval", approval_id)

    assert not {"\x1b", "\u202e"} & set(ran.out)
    assert ran.out.count("| \\x1b[2Jrm -rf /\\u202egnp.\n") == 4
    assert [line for line in ran.lines if line.startswith("Status:")] == ["Status:    pending"]


def test_what_cannot_be_inspected_is_said(cli: CommandLine) -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    approval_id = cli.request(cli.create(), plan=f"aws_access_key_id = {secret}\n")

    ran = cli("show-approval", approval_id)

    assert secret not in ran.out
    assert "NOT INSPECTABLE: what looks like a secret was redacted" in ran.out


def test_what_has_changed_since_is_shown(cli: CommandLine) -> None:
    (cli.folder / "main.tf").write_text("old")
    approval_id = cli.request(cli.create(), "--file", "*.tf")
    before = cli("show-approval", approval_id).out
    (cli.folder / "main.tf").write_text("newer")

    after = cli("show-approval", approval_id).out

    assert "Nothing of that has changed since the request." in before
    assert re.search(r"CHANGED since the request:\n\| ~ main\.tf  changed: 3 bytes", after)


def test_the_commit_and_what_is_uncommitted_are_shown(cli: CommandLine) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("there is no git here")
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run([git, "init", "-q", "-b", "trunk", "."], cwd=cli.folder, check=True)
    nothing_yet = cli("show-approval", cli.request(cli.create())).out
    command = [git, *who, "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(command, cwd=cli.folder, check=True)
    approval_id = cli.request(cli.create())

    shown = cli("show-approval", approval_id).out

    assert "where git was at\n| no commit (refs/heads/trunk)\n" in nothing_yet
    assert re.search(r"where git was at\n\| [0-9a-f]{40} \(refs/heads/trunk\)\n", shown)
    assert re.search(r"Uncommitted changes \(\d\):\n(\| .*\n)*\| plan\.md\n", shown)


def test_the_decision_is_shown_with_its_reason(cli: CommandLine) -> None:
    approval_id = cli.request(cli.create())
    cli.decide(approval_id, "not\ntoday")

    shown = cli("show-approval", approval_id).out

    assert "Status:    rejected\n" in shown
    assert re.search(r"Decision:  rejected at .*, strength terminal, by\n\| maria\n", shown)
    assert shown.endswith("who says:\n| not\n| today\n")


def test_an_approval_is_shown_to_programs(cli: CommandLine) -> None:
    (cli.folder / "main.tf").write_text("old")
    approval_id = cli.request(cli.create("--agent", "a"), "--file", "*.tf")
    (cli.folder / "main.tf").unlink()

    told = cli("show-approval", approval_id, "--json").json

    assert (told["id"], told["status"], told["agent_name"]) == (approval_id, "pending", "a")
    assert [each["what"] for each in told["changed_since"]] == ["missing"]


@pytest.mark.parametrize(
    "verb", ["show-approval", "ask-again", "wait", "verify-approval", "use"]
)
@pytest.mark.parametrize("approval_id", ["ap-0123456789abcdef", "../../x", "\x1b[2J", ""])
def test_an_unknown_approval_is_said_with_where_to_look(
    cli: CommandLine, verb: str, approval_id: str
) -> None:
    ran = cli(verb, approval_id, "--json")

    assert (ran.status, ran.json["refused"]) == (1, "approval_not_found")
    assert "`agent-session pending`" in ran.err
    assert "\x1b" not in ran.out + ran.err


# --- ask again --------------------------------------------------------------------------------


def test_a_request_is_repeated_from_its_own_file_with_what_has_changed(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cli.folder / "main.tf").write_text("old")
    before = cli.request(cli.create(), "--file", "*.tf", "--summary", "s", plan="one\n")
    (cli.folder / "main.tf").write_text("newer")
    (cli.folder / "plan.md").write_text("two\n")
    (cli.folder / "deep").mkdir()
    monkeypatch.chdir(cli.folder / "deep")

    ran = cli("ask-again", before)

    assert re.fullmatch(r"Requested approval: ap-[0-9a-f]{16}\n", ran.out)
    shown = cli("show-approval", ran.out.split()[-1]).out
    assert f"It repeats the request {before}." in shown
    assert "| ~ main.tf  changed: 3 bytes" in shown
    assert "| -one\n| +two\n" in shown
    assert "| s\n" in shown


def test_a_plan_from_stdin_is_asked_for_again_as_it_was(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, b"the plan")
    before = cli("request-approval", cli.create(), "--plan", "-").out.split()[-1]

    again = cli("ask-again", before, "--json").json
    assert (again["action"]["shown"], again["again"]["of"]) == ("the plan", before)
    _type(monkeypatch, b"the plan 2")
    assert cli("ask-again", before, "--plan", "-").status == 0


def test_a_plan_from_stdin_that_is_not_kept_whole_must_be_given_again(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, b"export PASSWORD=hunter2-and-more")
    before = cli("request-approval", cli.create(), "--plan", "-").out.split()[-1]

    assert cli("ask-again", before).status == 2


def test_a_tool_call_is_asked_for_again_with_its_input(cli: CommandLine) -> None:
    argv = ("request-approval", cli.create(), "--tool", "T", "--input")
    before = cli(*argv, '{"b": 1, "a": 2}').out.split()[-1]

    assert cli("ask-again", before, "--json").json["action"]["shown"] == '{"a":2,"b":1}'
    assert cli("ask-again", before, "--plan", "plan.md").status == 2
    again = cli("ask-again", before, "--input", '{"a": 2}', "--json").json
    assert (again["action"]["tool"], again["again"]["of"]) == ("T", before)
