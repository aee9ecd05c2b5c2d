"""A guarded call of a tool: denied, asked for, allowed once."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.surfaces.hooks.hook_project import Run

if TYPE_CHECKING:
    from tests.surfaces.hooks.host_project import HostProject

APPLY = "terraform apply plan.tfplan"
GUARD = {"tool": "Bash", "match": "terraform apply *", "files": ["*.tf", "plan.tfplan"]}
OTHER_ID = "a0000000000000001"
ALLOWED = {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "allow"}}
SILENT = Run(0, b"", b"")
ASKED = re.compile(r"^agent-session: this call needs a person's approval \(guard .*\)\. .*ap-")
SECRET = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture
def guarded(host: HostProject) -> HostProject:
    host.configure(guards=[GUARD])
    (host.path / "main.tf").write_text("count = 1\n")
    host.start()
    return host


def statuses(host: HostProject) -> list[str]:
    return [each["status"] for each in host.record["approvals"]]


def tool(host: HostProject, name: str, tool_input: dict[str, Any], **changes: Any) -> Run:
    told = {"tool_name": name, "tool_input": tool_input, "closed": True, **changes}
    return host.tell("PreToolUse.Bash.in_subagent", **told)


# --- what is not guarded ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    ["ls", "terraform plan", "echo terraform apply x", "grep 'terraform apply' notes", ""],
)
def test_a_call_that_no_guard_means_passes_without_a_word(
    guarded: HostProject, command: str
) -> None:
    before = guarded.record

    assert guarded.bash(command) == SILENT
    assert guarded.record == before


def test_without_guards_every_call_passes_without_a_word(host: HostProject) -> None:
    assert host.bash(APPLY) == SILENT
    assert not (host.path / ".claude").exists()


# --- denied and asked for ---------------------------------------------------------------------


def test_a_guarded_call_is_denied_and_asked_for(guarded: HostProject) -> None:
    said = guarded.denied(APPLY)

    approval = guarded.approval
    assert ASKED.match(said)
    assert approval["id"] in said
    assert "end your turn" in said
    assert (guarded.record["phase"], approval["status"]) == ("approval", "pending")
    assert approval["summary"] == APPLY
    assert approval["guard"]["match"] == GUARD["match"]
    assert [each["path"] for each in approval["files"]["found"]] == ["main.tf"]


@pytest.mark.parametrize(
    "variant",
    [
        APPLY,
        f"{APPLY} 2>&1",
        f"cd infra && {APPLY}",
        f"env TF_LOG=1 {APPLY}",
        f"TF_LOG=1 {APPLY} | tee log",
        f"time {APPLY}",
        f"bash -c '{APPLY}'",
        f"/usr/bin/{APPLY}",
        f"echo begin; {APPLY}; echo end",
        "terraform  apply\tplan.tfplan",
        'terraform "apply" plan.tfplan',
        f"({APPLY})",
        f"sudo {APPLY}",
        f"nohup {APPLY} &",
    ],
)
def test_a_variant_of_what_is_asked_for_asks_no_second_time(
    guarded: HostProject, variant: str
) -> None:
    guarded.denied(APPLY)
    approval_id = guarded.approval["id"]

    said = guarded.denied(variant)

    assert f"approval {approval_id} has been asked for already" in said
    assert statuses(guarded) == ["pending"]


@pytest.mark.parametrize(
    "variant",
    [f"cd x && {APPLY}", f"bash -c '{APPLY}'", f"eval {APPLY}", "$(echo terraform) apply x"],
)
def test_a_variant_is_caught_as_well_where_nothing_was_asked_for(
    guarded: HostProject, variant: str
) -> None:
    assert ASKED.match(guarded.denied(variant))


def test_what_the_model_says_about_the_call_is_no_part_of_it(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    guarded.decide()

    told = {"command": APPLY, "description": "something else entirely"}

    assert tool(guarded, "Bash", told).answer == ALLOWED


def test_everything_else_about_the_call_is_part_of_it(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    guarded.decide()

    said = tool(guarded, "Bash", {"command": APPLY, "run_in_background": True})

    assert b'"deny"' in said.stdout
    assert guarded.approval["status"] == "approved"


def test_another_guarded_call_asks_for_itself_and_withdraws_the_first(
    guarded: HostProject,
) -> None:
    guarded.denied(APPLY)
    guarded.denied("terraform apply other")

    assert statuses(guarded) == ["cancelled", "pending"]


def test_a_guarded_call_with_a_secret_keeps_it_nowhere(guarded: HostProject) -> None:
    said = guarded.denied(f"terraform apply -var key={SECRET}")

    assert SECRET not in said
    assert SECRET not in json.dumps(guarded.record)
    assert SECRET not in guarded.notice("Stop")


def test_an_approved_call_with_a_secret_passes(guarded: HostProject) -> None:
    command = f"terraform apply -var key={SECRET}"
    guarded.denied(command)
    guarded.decide()

    assert ASKED.match(guarded.denied(command.replace("EXAMPLE", "EXAMPLF")))
    assert guarded.bash(command).answer == ALLOWED


def test_a_call_beyond_all_bounds_is_denied(guarded: HostProject) -> None:
    said = guarded.denied(f"terraform apply {'x' * 300_000}")

    assert len(said) < 3000
    assert statuses(guarded) in ([], ["pending"])


def test_a_call_of_an_agent_that_never_told_its_start_has_a_session(host: HostProject) -> None:
    host.configure(guards=[GUARD])

    host.denied(APPLY)

    assert (host.record["agent_name"], host.approval["status"]) == (
        "terraform-architect",
        "pending",
    )


# --- approved ---------------------------------------------------------------------------------


def test_an_approved_call_passes_once_and_is_asked_for_anew(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    guarded.decide()

    assert guarded.bash(APPLY).answer == ALLOWED
    assert (guarded.record["phase"], statuses(guarded)) == ("executing", ["used"])

    assert ASKED.match(guarded.denied(APPLY))
    assert statuses(guarded) == ["used", "pending"]


def test_of_two_such_calls_at_once_one_passes(guarded: HostProject) -> None:
    for _ in range(4):
        guarded.denied(APPLY)
        guarded.decide()
        call = {
            "name": "PreToolUse.Bash.in_subagent",
            "tool_input": {"command": APPLY},
            "closed": True,
        }

        both = guarded.at_once(call, call)

        assert sorted(b'"allow"' in each.stdout for each in both) == [False, True]


def test_it_passes_after_the_agent_was_resumed(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    guarded.end("I wait.")
    guarded.decide()
    guarded.answer("PreToolUse.SendMessage")
    guarded.start()

    assert guarded.bash(APPLY).answer == ALLOWED


def test_a_variant_of_what_is_approved_is_sent_back_to_the_call(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    guarded.decide()

    said = guarded.denied(f"cd x && {APPLY}")

    assert f"{guarded.approval['id']} is approved for exactly this call" in said
    assert APPLY in said
    assert statuses(guarded) == ["approved"]


def test_what_has_changed_since_voids_it_and_is_told(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    guarded.decide()
    (guarded.path / "main.tf").write_text("count = 100\n")
    (guarded.path / "new.tf").write_text("")

    said = guarded.denied(APPLY)

    assert "is void" in said
    assert "main.tf" in said
    assert "new.tf" in said
    assert statuses(guarded) == ["drifted"]
    assert ASKED.match(guarded.denied(APPLY))


def test_the_person_is_shown_how_many_files_a_call_is_bound_to(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    assert "bound to 1 files: *.tf, plan.tfplan" in guarded.notice("Stop")

    (guarded.path / "main.tf").rename(guarded.path / "main.txt")
    guarded.denied("terraform apply other")
    assert "bound to 0 files: *.tf, plan.tfplan" in guarded.notice("Stop")


def test_a_person_can_put_what_has_drifted_again(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    guarded.decide()
    (guarded.path / "main.tf").write_text("count = 100\n")

    assert f"agent-session ask-again {guarded.approval['id']}" in guarded.denied(APPLY)


def test_a_grant_that_has_expired_is_asked_for_anew(guarded: HostProject) -> None:
    guarded.configure(guards=[GUARD], approval={"grant_minutes": 0.005})
    guarded.denied(APPLY)
    guarded.end("I wait.")
    guarded.decide()
    guarded.answer("PreToolUse.SendMessage")
    guarded.start()
    time.sleep(0.4)

    assert ASKED.match(guarded.denied(APPLY))
    assert statuses(guarded) == ["expired", "pending"]


def test_a_plan_that_was_approved_allows_no_guarded_call(guarded: HostProject) -> None:
    guarded.end(f'```approval-request\n{{"summary": "s", "plan": "{APPLY}"}}\n```')
    guarded.decide()
    guarded.start()

    assert ASKED.match(guarded.denied(APPLY))


def test_two_agents_of_a_conversation_share_no_approval(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    guarded.decide()

    assert ASKED.match(guarded.denied(APPLY, agent_id=OTHER_ID))
    assert guarded.bash(APPLY).answer == ALLOWED


def test_another_process_of_the_conversation_shares_none_either(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    guarded.decide()

    with guarded.elsewhere():
        said = guarded.denied(APPLY)

    assert "does not wake" in said
    assert statuses(guarded) == ["approved"]


# --- rejected ---------------------------------------------------------------------------------


def test_a_rejected_call_that_is_made_again_is_asked_for_with_the_persons_reason(
    guarded: HostProject,
) -> None:
    guarded.denied(APPLY)
    before = guarded.approval["id"]
    guarded.decide("rejected", "not on\na Friday")

    said = guarded.denied(APPLY)

    assert ASKED.match(said)
    assert f"A person has rejected it before ({before}: not on\\na Friday)" in said
    assert statuses(guarded) == ["rejected", "pending"]


def test_a_rejected_call_passes_in_no_spelling(guarded: HostProject) -> None:
    guarded.denied(APPLY)
    guarded.decide("rejected")

    for spelling in (APPLY, f"cd x && {APPLY}", f"{APPLY} 2>&1"):
        guarded.denied(spelling)

    assert statuses(guarded) == ["rejected", "pending"]
