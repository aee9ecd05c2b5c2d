"""Guards with the real client: what is guarded runs once a person has approved exactly that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.claude.plugged import ASKING, Plugged
from tests.e2e.claude.scenarios import bash, delegate, say

if TYPE_CHECKING:
    from tests.e2e.claude.client import Bench

APPLY = "terraform apply plan.tfplan"


@pytest.fixture
def plugged(bench: Bench) -> Plugged:
    plugged = Plugged(bench)
    plugged.guard(tool="Bash", match="terraform apply *", files=["main.tf"])
    return plugged


def _tried(plugged: Plugged, *commands: str) -> list[str]:
    """What a new agent is told that tries *commands* and then reports."""
    turns = [bash(command) for command in commands]
    plugged.bench.play([delegate("Apply."), say("It waits.")], [*turns, say("I wait.")])
    plugged.run("Please apply.")
    return [str(each) for each in plugged.bench.requests_of_child[-1].results]


def test_a_guarded_call_is_denied_and_asked_for_once(plugged: Plugged) -> None:
    told = _tried(plugged, APPLY, APPLY)

    (record,) = plugged.sessions()
    (approval,) = record["approvals"]
    assert approval["action"]["shown"] == '{"command":"terraform apply plan.tfplan"}'
    assert [approval["id"] in each for each in told] == [True, True]
    assert (approval["status"], record["phase"]) == ("pending", "approval")
    assert plugged.bench.calls("terraform") == []


def test_the_approved_call_runs_once_and_a_second_one_is_asked_for_anew(
    plugged: Plugged,
) -> None:
    _tried(plugged, APPLY)
    first = plugged.approval["id"]
    plugged.approve()
    plugged.wake(bash(APPLY), bash(APPLY), say("APPLIED"))

    assert plugged.bench.calls("terraform") == ["apply plan.tfplan"]
    assert plugged.bench.requests_of_child[-2].holds("terraform: stand-in")
    used, asked_again = plugged.record["approvals"]
    assert (used["id"], used["status"]) == (first, "used")
    assert asked_again["status"] == "pending"


def test_an_agent_that_applies_what_was_approved_completes_its_session(
    plugged: Plugged,
) -> None:
    _tried(plugged, APPLY)
    plugged.approve()
    plugged.wake(bash(APPLY), say("APPLIED"))

    record = plugged.record
    assert (record["phase"], len(record["turns"])) == ("completed", 2)
    assert record["approvals"][0]["status"] == "used"


def test_a_variant_neither_slips_past_nor_asks_again(plugged: Plugged) -> None:
    told = _tried(
        plugged, APPLY, f"cd . && {APPLY} 2>&1", f"env X=1 {APPLY}", f"bash -c '{APPLY}'"
    )

    (approval,) = plugged.record["approvals"]
    assert [approval["id"] in each for each in told] == [True] * 4
    assert plugged.bench.calls("terraform") == []


def test_a_variant_of_what_is_approved_is_told_what_to_run(plugged: Plugged) -> None:
    _tried(plugged, APPLY)
    plugged.approve()
    plugged.wake(
        bash(f"{APPLY} -auto-approve"), bash(f"time {APPLY}"), bash(APPLY), say("Done.")
    )

    assert plugged.bench.calls("terraform") == ["apply plan.tfplan"]


def test_files_that_changed_since_make_the_approval_void(plugged: Plugged) -> None:
    _tried(plugged, APPLY)
    plugged.approve()
    (plugged.bench.project / "main.tf").write_text("subnets = 300\n")
    plugged.wake(bash(APPLY), say("It has changed."))

    told = str(plugged.bench.requests_of_child[-1].results[-1])
    assert "main.tf" in told
    assert "has changed since" in told
    assert plugged.record["approvals"][0]["status"] == "drifted"
    assert plugged.record["phase"] == "planning"
    assert plugged.bench.calls("terraform") == []


def test_the_same_words_in_another_folder_are_another_call(plugged: Plugged) -> None:
    (plugged.bench.project / "prod").mkdir()
    plugged.bench.play([bash(APPLY), say("It waits.")])
    plugged.run("Please apply.")
    plugged.approve()
    plugged.bench.play([bash("cd prod"), bash(APPLY), bash("cd .."), bash(APPLY), say("Done.")])
    plugged.bench.allow("Bash(cd:*)")
    plugged.run("Go on.", resume=True)

    told = [str(each) for each in plugged.bench.requests_of_main[-1].results]
    assert f"you are in {plugged.bench.project}/prod" in told[-3]
    assert plugged.bench.calls("terraform") == ["apply plan.tfplan"]


def test_a_request_that_a_guard_has_made_is_not_replaced_by_a_block(plugged: Plugged) -> None:
    plugged.bench.play([delegate("Apply."), say("It waits.")], [bash(APPLY), say(ASKING)])
    plugged.run("Please apply.")

    (approval,) = plugged.record["approvals"]
    assert (approval["status"], approval["action"]["tool"]) == ("pending", "Bash")


def test_what_is_not_guarded_runs_as_ever(plugged: Plugged) -> None:
    told = _tried(plugged, "echo terraform apply", "echo harmless")

    assert "harmless" in told[-1]
    assert plugged.record["approvals"] == []


def test_main_is_guarded_too(plugged: Plugged) -> None:
    plugged.bench.play([bash(APPLY), say("It waits.")])
    plugged.run("Please apply.")
    assert (plugged.record["agent_name"], plugged.record["phase"]) == ("main", "approval")

    plugged.approve()
    plugged.bench.play([bash(APPLY), say("Applied.")])
    plugged.run("Go on.", resume=True)

    assert plugged.bench.calls("terraform") == ["apply plan.tfplan"]
    assert (plugged.record["phase"], plugged.approval["status"]) == ("completed", "used")


def test_settings_that_cannot_be_read_stop_everything_that_could_be_guarded(
    plugged: Plugged,
) -> None:
    config = plugged.bench.home / ".config" / "agent-session" / "config.json"
    config.write_text('{"guards": [{"tool": "Bash"')
    told = _tried(plugged, "echo harmless")

    assert "cannot tell what is guarded" in told[0]
    assert "config.json" in told[0]
