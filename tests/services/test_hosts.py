"""The sessions of a host's agents: begun, continued and taken over as its events say."""

from __future__ import annotations

import pytest

from agent_session.core import hosts as keys
from agent_session.core.claims import Claimant
from agent_session.services.hosts import Origin, token_of
from tests.services.hosted import CLIENT, HERE, KIND, OTHER_CLIENT, Hosted, origin
from tests.services.joined import at_once


@pytest.fixture
def at_host() -> Hosted:
    return Hosted()


class TestBeginning:
    def test_an_agent_that_starts_begins_a_session_that_it_holds(self, at_host: Hosted):
        where = origin(cwd="/project", permission_mode="plan", transcript_path="/t.jsonl")
        started = at_host.hosts.start(where, "a1", "ta", "d1g3st")

        record = started.record
        assert (started.is_new, started.is_delegated, started.refused) == (True, False, None)
        assert (record["agent_name"], record["phase"]) == ("ta", "initializing")
        assert record["parent"] is None
        claim = at_host.claim(record["agent_id"])
        assert (claim["holder"], claim["process"]) == ("s1", CLIENT)
        assert record["host"] == keys.host_of(
            KIND,
            "s1",
            "a1",
            cwd="/project",
            permission_mode="plan",
            transcript_path="/t.jsonl",
            definition="d1g3st",
        )
        assert len(record["turns"]) == 1

    def test_the_conversation_itself_may_have_a_session(self, at_host: Hosted):
        main, agent = at_host.started(None), at_host.started("a1")

        assert at_host.found(None) == main
        assert at_host.found("a1") == agent
        assert at_host.started(None) == main
        assert at_host.found(None, origin("s2")) is None

    def test_agents_conversations_and_hosts_are_kept_apart(self, at_host: Hosted):
        at_host.started("a1")

        assert at_host.found("a2") is None
        assert at_host.found("a1", origin(kind="codex")) is None
        assert at_host.found("s1") is None

    def test_of_one_that_is_over_there_is_a_successor(self, at_host: Hosted):
        first = at_host.started()
        before = at_host.sessions.finalize(first, "completed", who=Claimant(token=1))
        at_host.clock.set(1)
        started = at_host.start()

        assert started.is_new
        assert started.record["parent"] == {"agent_id": first, "revision": before["revision"]}
        assert at_host.sessions.get(first) == before
        assert at_host.found("a1") == started.record["agent_id"]

    def test_one_that_ends_just_now_has_a_successor_too(self, at_host: Hosted):
        first = at_host.started()
        who = Claimant(token=1)
        at_host.middle.happens = lambda: at_host.sessions.finalize(first, "failed", who=who)

        started = at_host.start()

        assert started.is_new
        assert started.record["parent"]["agent_id"] == first

    def test_a_live_session_is_found_before_any_that_is_over(self, at_host: Hosted):
        host = HERE.host("a1")
        ids = ["over", "older", "newer", "last"]
        for minutes, agent_id in enumerate(ids):
            at_host.clock.set(minutes)
            born = at_host.sessions.create("ta", agent_id=agent_id, host=HERE.host(agent_id))
            at_host.hosts.enter(born, host)
        for over in ("over", "last"):
            at_host.sessions.finalize(over, "failed")

        assert at_host.found("a1") == "newer"
        at_host.sessions.finalize("newer", "failed")
        at_host.sessions.finalize("older", "failed")
        assert at_host.found("a1") == "last"

    def test_of_two_agents_of_one_id_that_of_the_conversation_is_found(self, at_host: Hosted):
        for minutes, session_id in enumerate(["s2", "s1", "s3"]):
            at_host.clock.set(minutes)
            host = origin(session_id).host("a1")
            at_host.sessions.create("ta", agent_id=f"in-{session_id}", host=host)

        assert [at_host.found("a1", origin(f"s{n}")) for n in (1, 2, 3, 4)] == [
            "in-s1", "in-s2", "in-s3", "in-s3",
        ]  # fmt: skip

    def test_after_two_starts_at_once_one_session_is_found(self, at_host: Hosted):
        at_once(4, lambda _: at_host.start())

        once = at_host.found("a1")
        assert {at_host.found("a1") for _ in range(9)} == {once}
        assert at_host.started() == once


class TestGoingOn:
    def test_an_agent_that_was_woken_goes_on_with_a_new_claim_and_turn(self, at_host: Hosted):
        agent_id = at_host.started()
        at_host.pause(agent_id)
        at_host.clock.set(5)

        started = at_host.start(where=origin(cwd="/elsewhere"))

        record = started.record
        assert (started.is_new, started.is_delegated, started.refused) == (False, False, None)
        assert record["agent_id"] == agent_id
        assert (record["fence"], len(record["turns"])) == (2, 2)
        assert record["host"]["cwd"] == "/elsewhere"
        assert record["host"]["paused"] == {"cwd": None, "permission_mode": None}

    def test_one_that_runs_already_goes_on_as_it_was(self, at_host: Hosted):
        agent_id = at_host.started()
        before = at_host.sessions.get(agent_id)
        at_host.clock.set(5)

        record = at_host.start().record

        assert record["claim"] != before["claim"]
        assert {**record["claim"], "until": 0} == {**(before["claim"] or {}), "until": 0}
        assert (record["host"], record["turns"]) == (before["host"], before["turns"])
        assert [event["kind"] for event in at_host.store.events(agent_id)][2:] == ["renewed"]

    @pytest.mark.parametrize("holder", [origin(process=OTHER_CLIENT), origin("s2")])
    def test_what_another_client_runs_is_refused(self, at_host: Hosted, holder: Origin):
        agent_id = at_host.started("a1", holder)
        before = at_host.sessions.get(agent_id)

        started = at_host.start()

        assert (started.refused, started.is_new) == ("claimed", False)
        assert at_host.sessions.get(agent_id) == before

    def test_what_a_killed_client_did_is_in_doubt(self, at_host: Hosted):
        agent_id = at_host.started("a1", origin(process=OTHER_CLIENT))
        at_host.sessions.update(agent_id, "executing", who=Claimant(token=1))
        at_host.ended.add(8)

        assert at_host.start().refused == "in_doubt"
        at_host.claims.resolve(agent_id, "retry")
        assert at_host.start().refused is None

    def test_what_a_killed_client_only_planned_is_gone_on_with(self, at_host: Hosted):
        agent_id = at_host.started("a1", origin(process=OTHER_CLIENT))
        at_host.ended.add(8)

        started = at_host.start()

        assert (started.refused, started.record["agent_id"]) == (None, agent_id)
        assert (started.record["fence"], started.record["claim"]["process"]) == (2, CLIENT)

    def test_a_fork_of_the_conversation_takes_its_agent_along(self, at_host: Hosted):
        agent_id = at_host.started()
        at_host.pause(agent_id)

        started = at_host.start(where=origin("s2", permission_mode="plan"))

        host = started.record["host"]
        assert (started.record["agent_id"], started.is_delegated) == (agent_id, False)
        assert (host["session_id"], host["permission_mode"]) == ("s2", "plan")
        assert at_host.found("a1") == at_host.found("a1", origin("s2")) == agent_id

    @pytest.mark.parametrize("require_token", [False, True])
    def test_a_life_of_one_agent_needs_no_more_than_the_host_says(self, require_token: bool):
        at_host = Hosted(require_token=require_token)
        record = at_host.answered()
        at_host.clock.set(1)

        granted = at_host.hosts.grant(record, HERE)
        assert granted.is_resumable
        started = at_host.start()
        assert (started.record["phase"], started.refused) == ("executing", None)
        at_host.hosts.note_pause(started.record, HERE)
        who = token_of(started.record)
        assert (
            at_host.sessions.stop(started.record["agent_id"], "completed", who=who)["claim"]
            is None
        )


class TestTwoClients:
    def test_of_two_that_are_granted_at_once_one_goes_on(self, at_host: Hosted):
        record = at_host.answered()
        clients = [origin(process={"pid": n, "started": "1"}) for n in range(20, 28)]

        granted = at_once(8, lambda n: at_host.hosts.grant(record, clients[n]))

        assert sorted(each.reason for each in granted) == ["claimed"] * 7 + [
            "session_resumable"
        ]
        started = [at_host.start(where=client).refused for client in clients]
        assert started.count(None) == 1
        assert started[[each.is_resumable for each in granted].index(True)] is None

    def test_two_clients_of_one_conversation_are_two_holders(self, at_host: Hosted):
        agent_id = at_host.started()
        record = at_host.sessions.get(agent_id)

        assert at_host.hosts.is_running(record, HERE.who)
        assert not at_host.hosts.is_running(record, origin(process=OTHER_CLIENT).who)
        assert at_host.hosts.is_claimed(record)
        assert at_host.start(where=origin(process=OTHER_CLIENT)).refused == "claimed"

    def test_what_nobody_holds_does_not_run(self, at_host: Hosted):
        agent_id = at_host.started()
        record = at_host.pause(agent_id)

        assert not at_host.hosts.is_claimed(record)
        assert not at_host.hosts.is_running(record, HERE.who)

    def test_what_was_granted_does_not_run_yet(self, at_host: Hosted):
        granted = at_host.hosts.grant(at_host.answered(), HERE).record

        assert granted
        assert at_host.hosts.is_claimed(granted)
        assert not at_host.hosts.is_running(granted, HERE.who)


class TestStopping:
    def test_a_pause_keeps_how_the_agent_stood(self, at_host: Hosted):
        agent_id = at_host.started()
        before = at_host.sessions.get(agent_id)
        at_host.clock.set(3)

        at_host.hosts.note_pause(before, origin(cwd="/p", permission_mode="plan"))

        record = at_host.sessions.get(agent_id)
        assert at_host.host(agent_id)["paused"] == {"cwd": "/p", "permission_mode": "plan"}
        assert record["last_updated"] == before["last_updated"]
        assert record["claim"] == before["claim"]

    def test_a_pause_undoes_nothing_that_others_have_entered_meanwhile(self, at_host: Hosted):
        agent_id = at_host.started()
        stale = at_host.sessions.get(agent_id)
        at_host.hosts.enter(stale, keys.redirected(at_host.host(agent_id), "mark"))

        at_host.hosts.note_pause(stale, HERE)

        assert at_host.host(agent_id)["redirected"] == ["mark"]

    def test_what_was_made_of_an_older_host_is_not_entered(self, at_host: Hosted):
        stale = at_host.sessions.get(at_host.started())
        at_host.pause(stale["agent_id"])
        moved = at_host.start(where=origin("s2")).record

        after = at_host.hosts.enter(stale, keys.redirected(stale["host"] or {}, "mark"))

        assert after == at_host.sessions.get(stale["agent_id"]) == moved

    def test_what_is_over_or_as_it_was_is_not_entered(self, at_host: Hosted):
        agent_id = at_host.started()
        at_host.hosts.note_pause(at_host.sessions.get(agent_id), HERE)
        before = at_host.sessions.get(agent_id)
        at_host.hosts.note_pause(before, HERE)
        assert at_host.hosts.enter(before, at_host.host(agent_id)) == before

        over = at_host.sessions.finalize(agent_id, "failed", who=Claimant(token=1))
        at_host.hosts.note_pause(over, origin(cwd="/else"))

        assert at_host.hosts.enter(over, HERE.host("a9")) == over

    def test_who_was_killed_is_lost_and_who_runs_is_not(self, at_host: Hosted):
        killed = at_host.started("a1", origin(process=OTHER_CLIENT))
        at_host.started("a2")
        at_host.pause(at_host.started("a3"))
        over = at_host.started("a4", origin(process=OTHER_CLIENT))
        at_host.sessions.finalize(over, "failed", who=Claimant(token=1))
        at_host.started("x1", origin(process=OTHER_CLIENT, kind="codex"))
        at_host.create()
        at_host.ended.add(8)

        assert [record["agent_id"] for record in at_host.hosts.lost(KIND)] == [killed]

    @pytest.mark.parametrize("phase", ["investigating", "planning", "approval"])
    def test_who_was_lost_while_it_did_nothing_waits_as_it_did(
        self, at_host: Hosted, phase: str
    ):
        agent_id = at_host.started()
        at_host.sessions.update(agent_id, phase, who=Claimant(token=1))
        at_host.ended.add(7)
        at_host.clock.set(5)
        before = at_host.sessions.get(agent_id)

        at_host.hosts.let_go(before)

        after = at_host.sessions.get(agent_id)
        assert (after["claim"], after["phase"]) == (None, phase)
        assert after["last_updated"] == before["last_updated"]
        assert at_host.resumes.judge(agent_id).is_resumable
        assert list(at_host.hosts.lost(KIND)) == []

    @pytest.mark.parametrize("phase", ["executing", "validating"])
    def test_who_was_lost_while_it_acted_stays_in_doubt(self, at_host: Hosted, phase: str):
        agent_id = at_host.started()
        at_host.sessions.update(agent_id, phase, who=Claimant(token=1))
        at_host.ended.add(7)
        before = at_host.sessions.get(agent_id)

        at_host.hosts.let_go(before)

        assert at_host.sessions.get(agent_id) == before
        assert at_host.resumes.judge(agent_id).reason == "in_doubt"

    def test_who_runs_or_has_stopped_is_not_let_go(self, at_host: Hosted):
        agent_id = at_host.started()
        before = at_host.sessions.get(agent_id)
        at_host.hosts.let_go(before)
        assert at_host.sessions.get(agent_id) == before

        paused = at_host.pause(agent_id)
        at_host.hosts.let_go(before)
        assert at_host.sessions.get(agent_id) == paused

    def test_whoever_was_let_go_is_let_go_where_a_token_is_demanded(self):
        at_host = Hosted(require_token=True)
        agent_id = at_host.started()
        at_host.ended.add(7)

        at_host.hosts.let_go(at_host.sessions.get(agent_id))

        assert at_host.sessions.get(agent_id)["claim"] is None
