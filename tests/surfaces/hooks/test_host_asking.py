"""An agent asks with a block at the end of its turn."""

from __future__ import annotations

import json
import time
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.surfaces.hooks.host_project import ASKING, asking

if TYPE_CHECKING:
    from tests.surfaces.hooks.host_project import HostProject

SECRET = "AKIAIOSFODNN7EXAMPLE"
BLOCK = '{"summary": "one", "plan": "do it"}'


def told_back(host: HostProject, said: str, **changes: object) -> str:
    """What the agent is told about its request; it goes on then."""
    told = host.answer("SubagentStop.foreground", last_assistant_message=said, **changes)
    assert told.keys() == {"decision", "reason"}
    assert told["decision"] == "block"
    return str(told["reason"])


def test_a_request_is_entered_and_the_session_waits(host: HostProject) -> None:
    host.asked()

    record, approval = host.record, host.approval
    assert (record["phase"], record["claim"]) == ("approval", None)
    assert (approval["status"], approval["summary"]) == ("pending", "add three subnets")
    assert approval["action"]["shown"] == "terraform apply plan.tfplan"
    assert host.flaws == {}


def test_the_files_that_it_names_are_bound(host: HostProject) -> None:
    (host.path / "main.tf").write_text("a")

    host.asked(said=asking(files=["*.tf"]))

    (found,) = host.approval["files"]["found"]
    assert (found["path"], found["sha256"]) == ("main.tf", sha256(b"a").hexdigest())


def test_a_request_may_wait_for_a_time_of_its_own(host: HostProject) -> None:
    host.asked(said=asking(expires="1s"))
    time.sleep(1.1)

    assert "approval_expired" in host.denial("PreToolUse.SendMessage")


@pytest.mark.parametrize(
    ("said", "plan"),
    [
        (f"a\n```approval-request\n{BLOCK}\n```\nand more prose", "do it"),
        (f"a\n~~~approval-request\n{BLOCK}\n~~~", "do it"),
        (f"a\n~~~~ approval-request now\n{BLOCK}\n~~~~", "do it"),
        (f"   ```approval-request\n   {BLOCK}\n   ```", "do it"),
        (f"a\r\n```approval-request\r\n{BLOCK}\r\n```\r\n", "do it"),
        (f"a\n```approval-request\n{BLOCK}", "do it"),
        (
            "```approval-request\n" + BLOCK.replace("do it", "```\\nls\\n```") + "\n```",
            "```\nls\n```",
        ),
        (f"```approval-request\n{BLOCK}\n```\n" + asking(plan="the last"), "the last"),
        (f"```approval-request\n{{nonsense\n```\n{ASKING}", "terraform apply plan.tfplan"),
    ],
    ids=[
        "prose",
        "tildes",
        "long",
        "indented",
        "crlf",
        "unclosed",
        "fenced",
        "two",
        "good last",
    ],
)
def test_the_last_block_counts_however_it_is_fenced(
    host: HostProject, said: str, plan: str
) -> None:
    host.asked(said=said)

    (approval,) = host.record["approvals"]
    assert approval["action"]["shown"] == plan


@pytest.mark.parametrize(
    "said",
    [
        "I would write an approval-request block.",
        "Inline ```approval-request``` is nothing.",
        f"text before ```approval-request\n{BLOCK}\n",
        f"``approval-request\n{BLOCK}\n``",
        f"```json approval-request\n{BLOCK}\n```",
        f"```approval-requests\n{BLOCK}\n```",
    ],
)
def test_what_is_no_block_asks_for_nothing(host: HostProject, said: str) -> None:
    host.start()
    host.end(said)

    assert host.record["approvals"] == []
    assert host.record["phase"] == "completed"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("```approval-request\n{\n```", "not JSON"),
        ("```approval-request\n```", "not JSON"),
        ("```approval-request\n[]\n```", "a JSON object is needed"),
        ('```approval-request\n{"a": 1, "a": 1}\n```', "a"),
        (asking(plan="p", plans="p"), "unknown key 'plans'"),
        (asking(plan=" \n"), '"plan" must be a text that is not empty'),
        (asking(plan=["ls"]), '"plan" must be a text that is not empty'),
        (asking(summary=""), '"summary" must be a text that is not empty'),
        (asking(summary="s" * 5000), "at most 4096"),
        (asking(plan="p" * 262_145), "at most 262144"),
        (asking(plan="\ud800"), "a lone surrogate is not text"),
        (asking(files="*.tf"), '"files" must be a list'),
        (asking(files=["x"] * 65), '"files" must be a list of at most 64'),
        (asking(files=["nothing.*"]), "no file stands under nothing.*"),
        (asking(files=["../*.nothing"]), "no file stands under"),
        (asking(files=["/nowhere/x"]), "no file stands under"),
        (asking(files=["a\x00b"]), "no glob"),
        (asking(expires="soon"), "no duration"),
        (asking(expires="0s"), "more than 0 s"),
        (asking(expires="25h"), "at most 24 hours"),
        (asking(expires=[]), '"expires"'),
    ],
)
def test_a_request_that_cannot_be_understood_is_told_back(
    host: HostProject, said: str, why: str
) -> None:
    host.start()
    before = host.record

    told = told_back(host, said)

    assert why in told
    assert "Nobody has been asked yet" in told
    assert len(told) < 2000
    assert host.record == before


def test_the_block_that_an_agent_is_shown_as_an_example_is_a_request(host: HostProject) -> None:
    (host.path / "main.tf").write_text("a")
    host.start()
    told = told_back(host, "```approval-request\n{\n```")

    host.end(told[told.index("```approval-request") :], stop_hook_active=True)

    assert host.approval["action"]["shown"] == "exactly what you will do"


def test_it_is_told_back_once_and_then_the_session_waits_without_a_request(
    host: HostProject,
) -> None:
    host.start()
    told_back(host, "```approval-request\n{\n```")

    host.end("```approval-request\n{\n```", stop_hook_active=True)

    record = host.record
    assert (record["phase"], record["approvals"]) == ("planning", [])
    assert record["error_count"] == 1
    assert "could not enter" in str(record["last_error"])
    assert record["claim"] is None


def test_a_plan_that_is_put_right_is_entered(host: HostProject) -> None:
    host.start()
    told_back(host, "```approval-request\n{\n```")

    host.end(ASKING, stop_hook_active=True)

    assert host.approval["status"] == "pending"
    assert host.record["error_count"] == 0


def test_a_request_of_nobody_that_we_know_is_told_nobody(host: HostProject) -> None:
    host.end(ASKING, "a0000000000000001")
    host.end("```approval-request\n{\n```", "a0000000000000001")

    assert host.sessions() == []


def test_a_second_request_withdraws_the_first(host: HostProject) -> None:
    host.asked()
    host.start()

    host.end(asking(plan="another"))

    assert [each["status"] for each in host.record["approvals"]] == ["cancelled", "pending"]


def test_the_request_of_an_agent_that_acts_waits_too(host: HostProject) -> None:
    host.start()
    host.report("executing")

    host.end(ASKING)

    assert (host.record["phase"], host.approval["status"]) == ("approval", "pending")


def test_secrets_of_a_plan_are_neither_kept_nor_shown_but_bound(host: HostProject) -> None:
    plan = f"export AWS_ACCESS_KEY_ID={SECRET}\nterraform apply"

    host.asked(said=asking(plan=plan, summary=f"with {SECRET}"))

    approval = host.approval
    bound = sha256(bytes.fromhex(approval["nonce"]) + plan.encode()).hexdigest()
    assert approval["action"]["action_digest"] == bound
    assert approval["action"]["hidden"]
    assert SECRET not in json.dumps(host.record)
    assert SECRET not in host.notice("Stop")
    for path in (host.path / ".claude/session").rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_what_is_not_shown_in_whole_is_not_answered_in_the_chat(host: HostProject) -> None:
    host.asked(said=asking(plan=f"export AWS_ACCESS_KEY_ID={SECRET}"))

    shown = host.notice("Stop")

    assert "type: approve" not in shown
    assert f"agent-session approve {host.approval['id']}" in shown


def test_a_plan_of_the_largest_size_is_bound_within_the_hooks_time(host: HostProject) -> None:
    plan = "echo word; " * 23_000

    host.asked(said=asking(plan=plan))

    assert host.approval["action"]["size"] == len(plan)
    assert host.approval["action"]["hidden"]


def test_globs_that_lead_out_of_the_project_bind_what_they_name(host: HostProject) -> None:
    outside = host.path.parent / "outside.tf"
    outside.write_text("a")

    host.asked(said=asking(files=["../outside.tf", str(outside)]))

    assert {each["sha256"] for each in host.approval["files"]["found"]} == {
        sha256(b"a").hexdigest()
    }


@pytest.mark.parametrize("glob", ["**/" * 20 + "*.tf", "*" * 200 + "a", "[" * 50, "{a,b}" * 30])
def test_no_glob_takes_longer_than_a_hook_may(host: HostProject, glob: str) -> None:
    for number in range(200):
        (host.path / f"d{number % 10}").mkdir(exist_ok=True)
        (host.path / f"d{number % 10}" / ("a" * 40 + str(number))).write_text("")
    host.start()

    begun = time.monotonic()
    told_back(host, asking(files=[glob]))

    assert time.monotonic() - begun < 5
