"""An approval from the asker's side: asked, waited for, and used once."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from agent_session.core.actions import action_digest, plan_action, tool_action, tool_bytes
from agent_session.core.approvals import ApprovalPolicy
from agent_session.core.asking import message_to_sign
from agent_session.core.claims import Claimant
from agent_session.core.errors import (
    ApprovalNotFoundError,
    DriftedError,
    InvalidValueError,
    UnknownWordError,
)
from agent_session.core.instants import at
from agent_session.core.soundness import is_approval
from tests.approvals import DAY, OTHER_ID, PLAN, a_file
from tests.examples import minutes_later
from tests.services.joined import Joined, at_once, code_of


@pytest.fixture
def joined() -> Joined:
    return Joined()


@pytest.fixture
def agent_id(joined: Joined) -> str:
    return joined.create()


class TestRequest:
    def test_it_holds_all_that_a_person_is_asked(self, joined: Joined, agent_id: str):
        joined.world.head = "c0ffee" * 6
        approval = joined.ask(agent_id, summary="to dev", strength="terminal")

        assert joined.sessions.get(agent_id)["approvals"] == [approval]
        assert approval["store"] == joined.store.identity()
        assert approval["agent_id"] == agent_id
        assert approval["files"] == {"globs": ["plan.out"], "found": [a_file()]}
        assert approval["git"]["head"] == "c0ffee" * 6
        assert (approval["required"], approval["summary"]) == ("terminal", "to dev")
        assert approval["expires_at"] == at(minutes_later(DAY))
        assert joined.sessions.get(agent_id)["phase"] == "approval"

    def test_two_for_the_same_plan_have_nothing_in_common(self, joined: Joined, agent_id: str):
        one, other = joined.ask(agent_id), joined.ask(agent_id)

        assert one["id"] != other["id"]
        assert one["nonce"] != other["nonce"]
        assert one["action"]["action_digest"] != other["action"]["action_digest"]

    def test_the_settings_demand_is_the_least(self):
        joined = Joined(ApprovalPolicy(strength="terminal"))

        assert joined.ask(joined.create(), strength="chat")["required"] == "terminal"
        assert joined.ask(joined.create())["required"] == "terminal"
        assert joined.ask(joined.create(), strength="signed")["required"] == "signed"

    def test_it_may_wait_for_less_than_the_settings_say(self, joined: Joined, agent_id: str):
        approval = joined.ask(agent_id, expires=timedelta(minutes=5))

        joined.clock.set(4.99)
        assert joined.status(approval) == "pending"
        joined.clock.set(5)
        assert joined.status(approval) == "expired"

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"expires": timedelta(0)}, InvalidValueError),
            ({"expires": timedelta(hours=-1)}, InvalidValueError),
            ({"expires": timedelta(hours=24, microseconds=1)}, InvalidValueError),
            ({"strength": "divine"}, UnknownWordError),
            ({"globs": ["no-such-file"]}, InvalidValueError),
            ({"summary": "x" * 4097}, InvalidValueError),
        ],
    )
    def test_one_that_is_not_right_changes_nothing(
        self, joined: Joined, agent_id: str, given: dict[str, Any], error: type[Exception]
    ):
        before = joined.sessions.get(agent_id)

        with pytest.raises(error):
            joined.ask(agent_id, **given)
        assert joined.sessions.get(agent_id) == before

    def test_no_secret_is_kept_of_it(self, joined: Joined, agent_id: str):
        action = plan_action(b"deploy with password=hunter2hunter2\n")
        joined.approvals.request(agent_id, action, "/p", summary="password=hunter2hunter2")

        assert "hunter2" not in str(joined.sessions.get(agent_id))
        assert "hunter2" not in str(joined.store.events(agent_id))

    def test_for_no_session_or_one_that_is_over_there_is_none(
        self, joined: Joined, agent_id: str
    ):
        joined.sessions.finalize(agent_id, "failed")

        assert code_of(lambda: joined.ask("agent-none")) == "session_not_found"
        assert code_of(lambda: joined.ask(agent_id)) == "session_final"

    def test_the_newest_supersedes_unless_it_stands_beside(self, joined: Joined, agent_id: str):
        first, second = joined.ask(agent_id), joined.ask(agent_id)
        third = joined.ask(agent_id, beside=True)

        assert [joined.status(each) for each in (first, second, third)] == [
            "cancelled",
            "pending",
            "pending",
        ]
        assert code_of(lambda: joined.approve(first)) == "approval_cancelled"


class TestLooking:
    def test_what_waits_is_listed_oldest_first(self, joined: Joined, agent_id: str):
        first = joined.ask(agent_id)
        joined.clock.set(1)
        second = joined.ask(joined.create())
        joined.approve(joined.ask(joined.create()))

        assert [each.approval["id"] for each in joined.approvals.pending()] == [
            first["id"],
            second["id"],
        ]
        joined.clock.set(DAY)
        assert [each.approval["id"] for each in joined.approvals.pending()] == [second["id"]]

    @pytest.mark.parametrize("approval_id", [OTHER_ID, "", "ap-", "../x", "%"])
    def test_an_unknown_id_is_told(self, joined: Joined, agent_id: str, approval_id: str):
        joined.ask(agent_id)

        with pytest.raises(ApprovalNotFoundError):
            joined.approvals.get(approval_id)

    def test_the_repository_is_looked_at_apart(self, joined: Joined, agent_id: str):
        joined.world.head = "a" * 40
        approval = joined.ask(agent_id)
        joined.world.head = "b" * 40

        assert joined.approvals.drift(approval) == []
        assert [each["name"] for each in joined.approvals.git_drift(approval)] == ["git head"]


class TestWaiting:
    def test_an_answer_that_is_there_is_told_at_once(self, joined: Joined, agent_id: str):
        approval = joined.approve(joined.ask(agent_id))

        assert joined.approvals.wait_for_decision(approval["id"]) == approval

    def test_it_ends_with_the_answer(self, joined: Joined, agent_id: str):
        approval = joined.ask(agent_id)
        found: list[Any] = []
        waiter = Thread(
            target=lambda: found.append(joined.approvals.wait_for_decision(approval["id"], 30))
        )
        waiter.start()
        joined.sessions.update(agent_id, metadata={"another": "change"})
        joined.approve(approval)
        waiter.join(10)

        assert [each["status"] for each in found] == ["approved"]

    def test_it_ends_with_the_caller_s_patience(self, joined: Joined, agent_id: str):
        approval = joined.ask(agent_id)

        assert joined.approvals.wait_for_decision(approval["id"], 0)["status"] == "pending"
        assert joined.approvals.wait_for_decision(approval["id"], 0.01)["status"] == "pending"

    def test_it_ends_with_the_request(self, joined: Joined, agent_id: str):
        approval = joined.ask(agent_id)
        joined.clock.set(DAY)

        assert joined.approvals.wait_for_decision(approval["id"]) == approval
        assert joined.status(approval) == "expired"


class TestUse:
    def test_what_was_approved_is_done_once(self, joined: Joined, agent_id: str):
        approval = joined.approve(joined.ask(agent_id))

        assert joined.use(approval)["phase"] == "executing"
        assert joined.status(approval) == "used"
        assert code_of(lambda: joined.use(approval)) == "approval_used"

    def test_of_eight_at_once_one_acts(self, joined: Joined, agent_id: str):
        approval = joined.approve(joined.ask(agent_id))
        codes = at_once(8, lambda _: code_of(lambda: joined.use(approval)))

        assert sorted(codes) == ["approval_used"] * 7 + ["ok"]
        kinds = [event["kind"] for event in joined.store.events(agent_id)]
        assert kinds.count("approval_used") == 1

    def test_the_holder_itself_acts_once_too(self, joined: Joined, agent_id: str):
        approval = joined.approve(joined.ask(agent_id))
        who = Claimant(token=joined.claims.claim(agent_id, "a")["fence"])
        codes = at_once(2, lambda _: code_of(lambda: joined.use(approval, who)))

        assert sorted(codes) == ["approval_used", "ok"]

    def test_another_action_is_refused_and_the_right_one_still_allowed(
        self, joined: Joined, agent_id: str
    ):
        approval = joined.approve(joined.ask(agent_id))

        assert code_of(lambda: joined.approvals.use(approval["id"], PLAN + b" ")) == (
            "action_changed"
        )
        assert joined.status(approval) == "approved"
        assert code_of(lambda: joined.use(approval)) == "ok"

    def test_a_tool_s_call_is_used_by_its_input(self, joined: Joined, agent_id: str):
        asked = joined.approvals.request(agent_id, tool_action("Bash", {"a": 1}), "/p")
        joined.approve(asked)

        assert code_of(
            lambda: joined.approvals.use(asked["id"], tool_bytes("Bash", {"a": 2}))
        ) == ("action_changed")
        assert joined.approvals.use(asked["id"], tool_bytes("Bash", {"a": 1}))

    def test_it_belongs_to_its_session(self, joined: Joined, agent_id: str):
        approval = joined.approve(joined.ask(agent_id))
        other = joined.create()

        with pytest.raises(ApprovalNotFoundError, match=other):
            joined.approvals.use(approval["id"], PLAN, agent_id=other)
        assert joined.approvals.use(approval["id"], PLAN, agent_id=agent_id)

    def test_a_world_that_drifted_ends_it_for_good(self, joined: Joined, agent_id: str):
        approval = joined.approve(joined.ask(agent_id))
        joined.world.found["plan.out"] = a_file(sha256="00" * 32)

        with pytest.raises(DriftedError, match=r"changed 'plan.out'.*ask-again") as told:
            joined.use(approval)
        assert [each["what"] for each in told.value.drift] == ["changed"]
        joined.world.found["plan.out"] = a_file()
        assert code_of(lambda: joined.use(approval)) == "approval_drifted"
        assert joined.sessions.get(agent_id)["phase"] == "approval"

    def test_a_file_that_is_gone_is_drift(self, joined: Joined, agent_id: str):
        approval = joined.approve(joined.ask(agent_id))
        joined.world.found.clear()

        with pytest.raises(DriftedError, match="missing"):
            joined.use(approval)

    @pytest.mark.parametrize(("is_strict", "code"), [(False, "ok"), (True, "drifted")])
    def test_another_head_is_drift_where_the_settings_are_strict(
        self, is_strict: bool, code: str
    ):
        joined = Joined(git_is_strict=is_strict)
        joined.world.head = "a" * 40
        approval = joined.approve(joined.ask(joined.create()))
        joined.world.head = "b" * 40

        assert code_of(lambda: joined.use(approval)) == code

    def test_the_end_of_the_session_ends_it(self, joined: Joined, agent_id: str):
        approval = joined.approve(joined.ask(agent_id))
        joined.sessions.finalize(agent_id, "completed")

        assert code_of(lambda: joined.use(approval)) == "session_final"
        assert joined.status(approval) == "expired"

    def test_a_grant_lasts_an_hour_from_when_it_is_taken_up(
        self, joined: Joined, agent_id: str
    ):
        approval = joined.approve(joined.ask(agent_id))
        joined.clock.set(600)
        token = joined.resumes.grant(agent_id, Claimant("a")).record["fence"]  # type: ignore[index]
        record = joined.sessions.update(agent_id, metadata={}, who=Claimant(token=token))

        assert record["phase"] == "executing"
        joined.clock.set(660)
        assert joined.status(approval) == "expired"
        assert code_of(lambda: joined.use(approval, Claimant(token=token))) == (
            "approval_expired"
        )


class TestAskingAgain:
    def test_it_is_the_same_request_for_the_world_as_it_is_now(
        self, joined: Joined, agent_id: str
    ):
        first = joined.ask(agent_id, summary="to dev", strength="terminal")
        joined.world.found["plan.out"] = a_file(size=26)
        again = joined.approvals.ask_again(first["id"], plan_action(PLAN + b"-auto\n"))

        assert again["again"]["of"] == first["id"]
        assert [each["what"] for each in again["again"]["drift"]] == ["changed"]
        assert "+-auto" in again["again"]["text"]
        assert again["files"]["found"] == [a_file(size=26)]
        assert (again["summary"], again["required"]) == ("to dev", "terminal")
        assert joined.status(first) == "cancelled"

    def test_of_one_that_nobody_knows_there_is_none(self, joined: Joined):
        with pytest.raises(ApprovalNotFoundError):
            joined.approvals.ask_again(OTHER_ID, plan_action(PLAN))


class TestGuarded:
    """Asked for by a guard, where no agent has."""

    def guarded(self, joined: Joined, agent_id: str, **more: Any) -> Any:
        action = tool_action("Bash", {"command": "terraform apply"})
        guard = ("terraform *", lambda nonce: f"{nonce[:4]}" * 16)
        return joined.approvals.request(agent_id, action, "/project", guard=guard, **more)

    def test_it_tells_the_guard_and_what_that_caught(self, joined: Joined, agent_id: str):
        approval = self.guarded(joined, agent_id)

        statement = approval["nonce"][:4] * 16
        assert approval["guard"] == {"match": "terraform *", "statement": statement}
        assert joined.sessions.get(agent_id)["approvals"] == [approval]
        assert is_approval(approval)

    def test_what_an_agent_asks_for_has_no_guard(self, joined: Joined, agent_id: str):
        assert joined.ask(agent_id)["guard"] is None

    def test_its_files_need_not_be_there(self, joined: Joined, agent_id: str):
        files = self.guarded(joined, agent_id, globs=["none.tf"])["files"]

        assert files == {"globs": ["none.tf"], "found": []}
        with pytest.raises(InvalidValueError, match="names no file"):
            joined.ask(agent_id, globs=["none.tf"])

    def test_files_that_come_later_are_drift(self, joined: Joined, agent_id: str):
        approval = self.guarded(joined, agent_id, globs=["none.tf"])
        joined.approve(approval)
        joined.world.found["none.tf"] = a_file("none.tf")

        raw = tool_bytes("Bash", {"command": "terraform apply"})
        with pytest.raises(DriftedError):
            joined.approvals.use(approval["id"], raw)

    def test_a_second_request_tells_the_guard_of_the_first(self, joined: Joined, agent_id: str):
        first = self.guarded(joined, agent_id, globs=["none.tf"])
        action = tool_action("Bash", {"command": "terraform apply -auto"})

        again = joined.approvals.ask_again(first["id"], action)

        assert again["guard"] == {
            "match": "terraform *",
            "statement": action_digest(again["nonce"], action.raw),
        }
        assert again["again"]["of"] == first["id"]
        assert is_approval(again)

    def test_a_guard_that_was_changed_afterwards_is_not_what_was_signed(
        self, joined: Joined, agent_id: str
    ):
        approval = self.guarded(joined, agent_id)
        changed = {**approval, "guard": {**approval["guard"], "match": "*"}}

        assert message_to_sign(approval, agent_id, "approved") != message_to_sign(
            changed, agent_id, "approved"
        )
