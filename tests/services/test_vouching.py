"""What is believed of an approval: what was forged is refused, as far as anybody can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent_session.core import asking
from agent_session.core.approvals import ApprovalPolicy
from agent_session.core.chain import draft, hash_of
from agent_session.core.errors import ChainBrokenError
from agent_session.core.instants import at
from agent_session.services.decisions import Person
from tests.approvals import Keyring, a_decision, a_file
from tests.examples import minutes_later
from tests.services.joined import ADA, Joined, code_of

SIGNED = ApprovalPolicy(strength="signed")
BOB = Person("bob", "terminal")
GARBAGE = "00" * 32


def forged_decision(approval: Any, **fields: Any) -> Any:
    """What a program of the same user may write into the journal itself."""
    return draft(
        "approval_decided",
        at(minutes_later(1)),
        "terminal[1]",
        id=approval["id"],
        status="approved",
        decision={**a_decision(**fields), "at": at(minutes_later(1))},
        grant={"taken_up_at": None, "expires_at": at(minutes_later(600))},
    )


EVENT_EDITS: dict[str, Callable[[Any], None]] = {
    "who": lambda event: event["data"]["decision"].update(by="bob"),
    "how strong": lambda event: event["data"]["decision"].update(strength="terminal"),
    "until when": lambda event: event["data"]["grant"].update(expires_at="2027"),
    "actor": lambda event: event.update(actor="terminal[1]"),
    "when": lambda event: event.update(at=at(minutes_later(1))),
    "number": lambda event: event.update(seq=9),
    "before": lambda event: event.update(prev=GARBAGE),
    "hash": lambda event: event.update(hash=GARBAGE),
    "more": lambda event: event.update(more=True),
}
LATER = at(minutes_later(9999))
RECORD_EDITS: dict[str, Callable[[Any], None]] = {
    "its wait": lambda approval: approval.update(expires_at=LATER),
    "its grant": lambda approval: approval["grant"].update(expires_at=LATER),
    "its files": lambda approval: approval["files"].update(found=[]),
    "its patterns": lambda approval: approval["files"].update(globs=[], found=[]),
    "who decided": lambda approval: approval["decision"].update(by="bob"),
    "its summary": lambda approval: approval.update(summary="harmless"),
    "its folder": lambda approval: approval.update(cwd="/elsewhere"),
    "its repository": lambda approval: approval.update(git={"head": None}),
    "something new": lambda approval: approval.update(more=1),
    "what is shown": lambda approval: approval["action"].update(shown="harmless"),
    "what is bound": lambda approval: approval["action"].update(action_digest=GARBAGE),
}


class TestTheChain:
    """Of a session with an approval that is given."""

    @pytest.fixture
    def joined(self) -> Joined:
        return Joined()

    @pytest.fixture
    def agent_id(self, joined: Joined) -> str:
        agent_id = joined.create()
        joined.approve(joined.ask(agent_id))
        return agent_id

    @staticmethod
    def used(joined: Joined, agent_id: str) -> str:
        approval = joined.sessions.get(agent_id)["approvals"][-1]
        return code_of(lambda: joined.use(approval))

    def test_one_that_is_whole_is_believed(self, joined: Joined, agent_id: str):
        assert self.used(joined, agent_id) == "ok"

    @pytest.mark.parametrize("edit", EVENT_EDITS)
    def test_an_event_that_was_edited_is_refused(
        self, joined: Joined, agent_id: str, edit: str
    ):
        joined.forge_event(agent_id, -1, EVENT_EDITS[edit])

        assert self.used(joined, agent_id) == "chain_broken"

    def test_an_earlier_event_that_was_edited_is_refused(self, joined: Joined, agent_id: str):
        joined.forge_event(agent_id, 0, lambda event: event["data"].update(agent_name="x"))

        assert self.used(joined, agent_id) == "chain_broken"

    def test_the_first_event_that_is_wrong_is_named(self, joined: Joined, agent_id: str):
        joined.forge_event(agent_id, 2, lambda event: event.update(actor="x"))
        record = joined.sessions.get(agent_id)

        with pytest.raises(ChainBrokenError, match=r"event 3: its content does not match"):
            joined.vouching.require_vouched(record, record["approvals"][0]["id"])

    @pytest.mark.parametrize("number", [0, 1, 2, 3])
    def test_an_event_that_was_taken_out_is_noticed(
        self, joined: Joined, agent_id: str, number: int
    ):
        del joined.store._events[agent_id][number]

        assert self.used(joined, agent_id) == "chain_broken"

    @pytest.mark.parametrize("edit", RECORD_EDITS)
    def test_a_record_that_was_edited_alone_is_refused(
        self, joined: Joined, agent_id: str, edit: str
    ):
        joined.forge_record(agent_id, RECORD_EDITS[edit])
        record = joined.sessions.get(agent_id)

        with pytest.raises(ChainBrokenError, match="record says otherwise"):
            joined.vouching.require_vouched(record, record["approvals"][0]["id"])

    def test_a_decision_written_into_the_record_alone_is_refused(self, joined: Joined):
        agent_id = joined.create()
        request = joined.ask(agent_id)
        forged = forged_decision(request)["data"]
        joined.forge_record(
            agent_id, lambda approval: approval.update(forged, id=request["id"])
        )

        assert joined.status(request) == "approved"
        assert code_of(lambda: joined.use(request)) == "chain_broken"
        assert joined.store._records[agent_id]["approvals"][0]["status"] == "approved"

    def test_a_used_approval_made_new_in_the_record_alone_is_refused(
        self, joined: Joined, agent_id: str
    ):
        self.used(joined, agent_id)
        joined.forge_record(agent_id, lambda approval: approval.update(status="approved"))

        assert self.used(joined, agent_id) == "chain_broken"

    def test_an_approval_copied_into_another_session_is_refused(
        self, joined: Joined, agent_id: str
    ):
        approval = dict(joined.sessions.get(agent_id)["approvals"][-1], id="ap-" + "1" * 16)
        other = joined.create("approval")
        joined.store._records[other]["approvals"] = [approval]

        assert code_of(lambda: joined.use(approval)) == "approval_not_found"
        joined.store._records[other]["approvals"] = [{**approval, "agent_id": other}]
        assert code_of(lambda: joined.use(approval)) == "chain_broken"

    def test_a_copy_under_another_id_is_refused(self, joined: Joined, agent_id: str):
        self.used(joined, agent_id)
        copy = dict(joined.sessions.get(agent_id)["approvals"][-1], id="ap-" + "1" * 16)
        joined.store._records[agent_id]["approvals"].append({**copy, "status": "approved"})

        assert self.used(joined, agent_id) == "chain_broken"

    def test_a_session_moved_to_another_store_takes_no_approval_with_it(
        self, joined: Joined, agent_id: str
    ):
        elsewhere = Joined()
        elsewhere.store._records.update(joined.store._records)
        elsewhere.store._events.update(joined.store._events)

        assert self.used(elsewhere, agent_id) == "wrong_store"

    @pytest.mark.parametrize(
        "data", [{}, {"id": 7}, {"id": "x", "status": "used", "decision": 1}]
    )
    def test_events_that_cannot_be_followed_vouch_for_nothing(
        self, joined: Joined, agent_id: str, data: dict[str, Any]
    ):
        event: Any = joined.store._events[agent_id][-1]
        event["data"] = data
        event["hash"] = hash_of(event)

        assert self.used(joined, agent_id) == "chain_broken"


class TestForgedAndChainedAnew:
    """A same-user program can forge files: only a demand for signatures refuses it."""

    @staticmethod
    def forged(policy: ApprovalPolicy | None = None, **fields: Any) -> str:
        joined = Joined(policy)
        agent_id = joined.create()
        request = joined.ask(agent_id)
        joined.forge_history(
            agent_id, lambda drafts: drafts.append(forged_decision(request, **fields))
        )
        return code_of(lambda: joined.use(request))

    @pytest.mark.parametrize("strength", ["chat", "terminal", "web"])
    def test_it_passes_where_no_signature_is_demanded(self, strength: str):
        assert self.forged(strength=strength) == "ok"

    @pytest.mark.parametrize("strength", ["chat", "terminal", "web", "divine"])
    def test_it_is_too_weak_where_one_is(self, strength: str):
        assert self.forged(SIGNED, strength=strength) == "too_weak"

    @pytest.mark.parametrize("policy", [None, SIGNED])
    @pytest.mark.parametrize("signature", [None, "", GARBAGE, 7, ["x"]])
    def test_it_cannot_say_that_it_is_signed(
        self, policy: ApprovalPolicy | None, signature: Any
    ):
        assert self.forged(policy, strength="signed", signature=signature) == "bad_signature"

    def test_the_signature_of_a_stranger_does_not_count(self):
        joined = Joined(SIGNED)
        agent_id = joined.create()
        request = joined.ask(agent_id)
        message = asking.message_to_sign(request, agent_id, "approved")
        signature = Keyring("mallory").sign("mallory", message)
        forged = forged_decision(request, strength="signed", signature=signature)
        joined.forge_history(agent_id, lambda drafts: drafts.append(forged))

        assert code_of(lambda: joined.use(request)) == "bad_signature"

    def test_the_signature_of_a_no_is_none_of_a_yes(self):
        joined = Joined(SIGNED)
        agent_id = joined.create()
        rejected = joined.decisions.reject(joined.ask(agent_id), BOB, "no", key="ada")
        signature = rejected["decision"]["signature"]
        forged = forged_decision(rejected, strength="signed", signature=signature)
        joined.forge_history(agent_id, lambda drafts: drafts.append(forged))

        assert code_of(lambda: joined.use(rejected)) == "bad_signature"

    def test_the_signature_on_one_request_is_none_on_another(self):
        joined = Joined(SIGNED)
        agent_id = joined.create()
        first = joined.decisions.approve(joined.ask(agent_id), BOB, key="ada")
        second = joined.ask(agent_id)
        signature = first["decision"]["signature"]
        forged = forged_decision(second, strength="signed", signature=signature)
        joined.forge_history(agent_id, lambda drafts: drafts.append(forged))

        assert code_of(lambda: joined.use(second)) == "bad_signature"

    @pytest.mark.parametrize(
        "fields",
        [
            {"nonce": "11" * 16},
            {"expires_at": at(minutes_later(9999))},
            {"id": "ap-" + "1" * 16},
            {"store": "22" * 16},
            {"agent_id": "agent-other"},
        ],
    )
    def test_what_was_signed_cannot_be_changed_afterwards(self, fields: dict[str, Any]):
        joined = Joined(SIGNED)
        agent_id = joined.create()
        approval = joined.decisions.approve(joined.ask(agent_id), BOB, key="ada")

        joined.vouching.require_proven(agent_id, approval)
        changed = {**approval, **fields}
        of_session = fields.get("agent_id", agent_id)
        found = code_of(lambda: joined.vouching.require_proven(of_session, changed))
        assert found == "bad_signature"

    @pytest.mark.parametrize("digest", ["action_digest", "shown_digest"])
    def test_neither_digest_can_be_changed_afterwards(self, digest: str):
        joined = Joined(SIGNED)
        agent_id = joined.create()
        approval = joined.decisions.approve(joined.ask(agent_id), BOB, key="ada")
        action = {**approval["action"], digest: GARBAGE}

        found = code_of(
            lambda: joined.vouching.require_proven(agent_id, {**approval, "action": action})
        )
        assert found == "bad_signature"

    @pytest.mark.parametrize("policy", [None, SIGNED])
    def test_files_changed_in_a_signed_request_are_noticed(self, policy: ApprovalPolicy | None):
        joined = Joined(policy)
        agent_id = joined.create()
        approval = joined.decisions.approve(joined.ask(agent_id), BOB, key="ada")
        changed = a_file(sha256="66" * 32)
        joined.world.found["plan.out"] = changed

        def forge(drafts: list[Any]) -> None:
            drafts[2]["data"]["approval"]["files"]["found"] = [changed]

        joined.forge_history(agent_id, forge)
        assert code_of(lambda: joined.use(approval)) == "bad_signature"

    def test_a_true_signature_passes(self):
        joined = Joined(SIGNED)
        approval = joined.decisions.approve(joined.ask(joined.create()), BOB, key="ada")

        assert code_of(lambda: joined.use(approval)) == "ok"

    def test_a_signer_who_is_no_longer_allowed_counts_no_longer(self):
        joined = Joined(SIGNED)
        approval = joined.decisions.approve(joined.ask(joined.create()), BOB, key="ada")
        joined.keyring.allowed = ()

        assert code_of(lambda: joined.use(approval)) == "bad_signature"


class TestResumes:
    def test_an_answer_too_weak_for_today_resumes_nobody(self):
        before = Joined()
        agent_id = before.create()
        before.approve(before.ask(agent_id))
        today = Joined(SIGNED, store=before.store)

        assert today.resumes.judge(agent_id).reason == "too_weak"
        assert today.resumes.check_delegation("ta").reason == "too_weak"

    def test_a_signature_that_is_none_resumes_nobody(self):
        joined = Joined()
        agent_id = joined.create()
        request = joined.ask(agent_id)
        joined.forge_history(
            agent_id,
            lambda drafts: drafts.append(
                forged_decision(request, strength="signed", signature=GARBAGE)
            ),
        )

        assert joined.resumes.judge(agent_id).reason == "bad_signature"

    def test_a_no_resumes_however_weak(self):
        joined = Joined(SIGNED)
        agent_id = joined.create()
        joined.decisions.reject(joined.ask(agent_id), ADA, "too wide")

        found = joined.resumes.judge(agent_id)
        assert (found.is_resumable, found.decision) == (True, "rejected")
