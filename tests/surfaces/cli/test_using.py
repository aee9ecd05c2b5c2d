"""Waiting for an answer, verifying it, and using it once."""

from __future__ import annotations

import io
import re

import pytest

from tests.surfaces.cli.command_line import CommandLine


def _type(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


# --- wait -------------------------------------------------------------------------------------


def test_who_waits_is_told_the_answer(cli: CommandLine) -> None:
    yes, no = cli.request(cli.create()), cli.request(cli.create())
    cli.decide(yes)
    cli.decide(no, "not\ntoday")

    assert cli("wait", yes) == (0, f"Approval {yes}: approved\n", "")
    ran = cli("wait", no)
    assert (ran.status, ran.out) == (1, f"Approval {no}: rejected\n")
    assert ran.err == "agent-session: maria says: not\\ntoday\n"


def test_a_yes_that_is_not_believed_is_none(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval_id = cli.request(cli.create())
    cli.decide(approval_id)
    monkeypatch.setenv("AGENT_SESSION_APPROVAL_STRENGTH", "signed")

    ran = cli("wait", approval_id, "--json")

    assert (ran.status, ran.json["refused"]) == (1, "too_weak")


def test_a_wait_ends_when_its_time_is_over(cli: CommandLine) -> None:
    approval_id = cli.request(cli.create())

    assert cli("wait", approval_id, "--timeout", "0.05s").out.endswith(": pending\n")
    assert cli("wait", approval_id, "--timeout", "0s", "--json").json["status"] == "pending"
    assert cli("wait", approval_id, "--timeout", "0s").status == 1


def test_a_wait_ends_when_the_request_expires(cli: CommandLine) -> None:
    approval_id = cli.request(cli.create(), "--expires", "0.2s")

    ran = cli("wait", approval_id)

    assert (ran.status, ran.out) == (1, f"Approval {approval_id}: expired\n")


# --- verify -----------------------------------------------------------------------------------


def test_a_decision_that_is_not_signed_is_verified_as_such(cli: CommandLine) -> None:
    approval_id = cli.request(cli.create())
    cli.decide(approval_id)

    ran = cli("verify-approval", approval_id)
    told = cli("verify-approval", approval_id, "--json").json

    assert ran == (0, "Verified: not signed (strength terminal)\n", "")
    assert (told["signed_by"], told["by"], told["verdict"]) == (None, "maria", "approved")


def test_nothing_is_verified_before_it_is_decided(cli: CommandLine) -> None:
    ran = cli("verify-approval", cli.request(cli.create()))

    assert (ran.status, ran.out) == (1, "")
    assert "is not decided yet" in ran.err


def test_a_decision_that_the_journal_does_not_vouch_for_is_refused(cli: CommandLine) -> None:
    agent_id = cli.create()
    approval_id = cli.request(agent_id)
    cli.decide(approval_id)
    journal = cli.sessions / agent_id / "journal.jsonl"
    journal.write_text(journal.read_text().replace("maria", "mario"))

    ran = cli("verify-approval", approval_id, "--json")

    assert (ran.status, ran.json["refused"]) == (1, "chain_broken")


def test_a_decision_must_be_signed_where_the_settings_demand_it(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent_id = cli.create()
    approval_id = cli.request(agent_id)
    cli.decide(approval_id)
    monkeypatch.setenv("AGENT_SESSION_APPROVAL_STRENGTH", "signed")

    assert cli("verify-approval", approval_id, "--json").json["refused"] == "too_weak"
    assert cli("should-resume", agent_id).out.endswith(": False (too_weak)\n")
    why = cli("why", agent_id)
    assert why.status == 1
    assert re.search(r"^NO, decides +too_weak", why.out, re.MULTILINE)


# --- use --------------------------------------------------------------------------------------


def test_an_approved_plan_is_used_once(cli: CommandLine) -> None:
    agent_id = cli.create()
    approval_id = cli.request(agent_id)
    cli.decide(approval_id)

    first = cli("use", approval_id, "--plan", "plan.md")
    second = cli("use", approval_id, "--plan", "plan.md", "--json")

    assert (first.status, first.out) == (0, f"Used approval: {approval_id}\n")
    assert cli("get", agent_id).json["phase"] == "executing"
    assert (second.status, second.json["refused"]) == (1, "approval_used")


def test_the_bytes_count_and_not_where_they_come_from(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent_id = cli.create()
    approval_id = cli.request(agent_id, plan="the plan\r\n")
    cli.decide(approval_id)
    _type(monkeypatch, (cli.folder / "plan.md").read_bytes())

    assert cli("use", approval_id, "--session", agent_id).status == 0


def test_a_tool_call_is_used_whatever_the_order_of_its_keys(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent_id = cli.create()
    asked = cli("request-approval", agent_id, "--tool", "T", "--input", '{"a": 1, "b": 2}')
    approval_id = asked.out.split()[-1]
    cli.decide(approval_id)
    _type(monkeypatch, b'{"input": {"b": 2, "a": 1}, "tool": "T"}')

    assert cli("use", approval_id).status == 0


@pytest.mark.parametrize("given", [b"", b"[]", b'{"tool": "T"}', b'{"tool": 1, "input": {}}'])
def test_what_is_no_tool_call_is_refused(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, given: bytes
) -> None:
    asked = cli("request-approval", cli.create(), "--tool", "T", "--input", "{}")
    approval_id = asked.out.split()[-1]
    cli.decide(approval_id)
    _type(monkeypatch, given)

    assert cli("use", approval_id).status == 1


def test_another_plan_is_refused_with_the_difference(cli: CommandLine) -> None:
    approval_id = cli.request(cli.create(), plan="one\ntwo\n")
    cli.decide(approval_id)
    (cli.folder / "plan.md").write_text("one\ntwo\x1b[2J\n")

    ran = cli("use", approval_id, "--plan", "plan.md")

    assert (ran.status, ran.out) == (1, "")
    assert "  -two\n  +two\\x1b[2J\n" in ran.err
    assert f"`agent-session ask-again {approval_id}`" in ran.err


def test_a_difference_that_is_not_shown_is_refused_too(cli: CommandLine) -> None:
    approval_id = cli.request(cli.create(), plan="aws = AKIAIOSFODNN7EXAMPLE\n")
    cli.decide(approval_id)
    (cli.folder / "plan.md").write_text("aws = AKIAIOSFODNN8EXAMPLE\n")

    ran = cli("use", approval_id, "--plan", "plan.md")

    assert ran.status == 1
    assert "the difference is in what is not shown" in ran.err
    assert "AKIA" not in ran.err


@pytest.mark.parametrize("content", [b"", b"x" * (8 << 20) + b"y"])
def test_nothing_and_too_much_are_refused_as_another_action(
    cli: CommandLine, content: bytes
) -> None:
    approval_id = cli.request(cli.create())
    cli.decide(approval_id)
    (cli.folder / "plan.md").write_bytes(content)

    ran = cli("use", approval_id, "--plan", "plan.md", "--json")

    assert (ran.status, ran.json["refused"]) == (1, "action_changed")


def test_use_answers_programs_and_tells_the_claim_that_it_makes(cli: CommandLine) -> None:
    approval_id = cli.request(cli.create())
    cli.decide(approval_id)

    ran = cli("use", approval_id, "--plan", "plan.md", "--json")

    assert (ran.json["id"], ran.json["status"]) == (approval_id, "used")
    assert "the session is claimed with token 1 until 20" in ran.err


def test_another_tool_is_refused_with_its_name(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = cli("request-approval", cli.create(), "--tool", "Read", "--input", '{"a": 1}')
    approval_id = asked.out.split()[-1]
    cli.decide(approval_id)
    _type(monkeypatch, b'{"tool": "Bash", "input": {"a": 1}}')

    ran = cli("use", approval_id)

    assert ran.status == 1
    assert "  tool Read -> Bash\n" in ran.err


def test_nothing_is_verified_that_has_expired(cli: CommandLine) -> None:
    approval_id = cli.request(cli.create(), "--expires", "0.001s")
    cli("wait", approval_id)

    assert cli("verify-approval", approval_id, "--json").json["refused"] == "approval_expired"


def test_a_changed_file_is_refused_with_what_has_changed(cli: CommandLine) -> None:
    (cli.folder / "main.tf").write_text("old")
    approval_id = cli.request(cli.create(), "--file", "*.tf")
    cli.decide(approval_id)
    (cli.folder / "main.tf").write_text("newer")
    (cli.folder / "new\n.tf").write_text("x")

    ran = cli("use", approval_id, "--plan", "plan.md", "--json")

    assert (ran.status, ran.json["refused"]) == (1, "drifted")
    assert [each["what"] for each in ran.json["drift"]] == ["changed", "new"]
    assert "  ~ main.tf  changed: 3 bytes" in ran.err
    assert "  + new\\n.tf  new: 1 byte" in ran.err
    assert f"`agent-session ask-again {approval_id}`" in ran.err
    assert "It no longer holds" in cli("show-approval", approval_id).out


def test_what_is_not_approved_is_not_used(cli: CommandLine) -> None:
    pending, rejected = cli.request(cli.create()), cli.request(cli.create())
    cli.decide(rejected, "no")

    for approval_id, code in ((pending, "approval_pending"), (rejected, "approval_rejected")):
        ran = cli("use", approval_id, "--plan", "plan.md", "--json")
        assert (ran.status, ran.json["refused"]) == (1, code)


def test_an_approval_of_another_session_is_refused(cli: CommandLine) -> None:
    approval_id = cli.request(cli.create())
    cli.decide(approval_id)

    ran = cli("use", approval_id, "--plan", "plan.md", "--session", cli.create(), "--json")

    assert (ran.status, ran.json["refused"]) == (1, "approval_not_found")


def test_use_presents_the_token(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli("claim", agent_id, "--holder", "one")
    approval_id = cli.request(agent_id, "--token", "1")
    cli.decide(approval_id)

    stale = cli("use", approval_id, "--plan", "plan.md", "--token", "9")
    other = cli("use", approval_id, "--plan", "plan.md")
    mine = cli("use", approval_id, "--plan", "plan.md", "--token", "1")

    assert (stale.status, other.status, mine.status) == (1, 1, 0)
    assert mine.err == ""
