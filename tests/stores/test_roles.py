"""What the roles of a shared PostgreSQL database may do: agents decide nothing and rewrite
nothing, however they speak to the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from agent_session.core.codec import encode_record
from agent_session.core.errors import StoreUnavailableError
from agent_session.core.instants import at
from agent_session.stores.postgres import roles
from agent_session.stores.postgres.store import open_postgres
from tests.examples import finalized, minutes_later, updated
from tests.servers.postgres import database_of
from tests.stores.approvals import approval_id, asked, decided
from tests.stores.calls import add, always, change, ids
from tests.stores.contract_of_hosts import a_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent_session.sql.store import SqlStore
    from tests.servers.postgres import Postgres

USERS = ("agent", "approver", "auditor")


class Shared:
    """One database, to be opened as anybody."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.database = database_of(owner)

    def url(self, user: str) -> str:
        return self.owner.replace("postgres@", f"{user}_of_{self.database}@", 1)

    def store(self, user: str) -> SqlStore:
        return open_postgres(self.url(user))

    def run(self, user: str, sql: str, *values: Any) -> None:
        """As the user says it to the database, without us."""
        with psycopg.connect(self.url(user)) as connection:
            connection.execute("SET search_path = agent_session")
            connection.execute(sql.encode(), values)


@pytest.fixture
def shared(postgres_server: Postgres) -> Iterator[Shared]:
    url = postgres_server.fresh()
    roles.make_roles(url)
    found = Shared(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for user in USERS:
            name = f"{user}_of_{found.database}"
            connection.execute(
                f"CREATE ROLE {name} LOGIN IN ROLE agent_session_{user}".encode()
            )
    yield found
    postgres_server.drop(url)
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        for user in USERS:
            connection.execute(f"DROP ROLE {user}_of_{found.database}".encode())


def refused(call: Callable[[], object]) -> None:
    with pytest.raises((StoreUnavailableError, psycopg.errors.InsufficientPrivilege)):
        call()


def test_an_agent_lives_a_whole_life_as_an_agent(shared: Shared) -> None:
    agent, approver = shared.store("agent"), shared.store("approver")
    add(agent, "a", host=a_host("a1"), agent_name="x\0\\\0", metadata={"n\0": "\\u0000\0"})
    change(agent, "a", asked(1))
    change(approver, "a", decided(1, 2))
    change(agent, "a", updated(3, phase="executing"))
    after = change(agent, "a", finalized(minutes=5))

    assert (after["phase"], after["metadata"]) == ("completed", {"n\0": "\\u0000\0"})
    assert list(agent.flaws("a")) == []
    agent.note({"n": 1})
    assert ids(agent, approval_id=approval_id(1)) == ["a"]


def test_an_agent_decides_nothing(shared: Shared) -> None:
    agent = shared.store("agent")
    before = add(agent, "a")
    before = change(agent, "a", asked(1))

    refused(lambda: change(agent, "a", decided(1, 2)))

    assert agent.get("a") == before
    assert shared.store("approver").get("a") == before


def forged(record: Any, **fields: Any) -> str:
    """The record with its first approval changed."""
    approvals = [{**record["approvals"][0], **fields}, *record["approvals"][1:]]
    return encode_record({**record, "approvals": approvals}).decode()


DECISION = {"verdict": "approved", "strength": "terminal", "by": "a person", "at": "now"}


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "approved"},
        {"status": "used"},
        {"decision": DECISION},
        {"status": "approved", "decision": DECISION},
        {"action": {"plan": "another"}},
        {"nonce": "0"},
        {"grant": {"taken_up_at": None, "expires_at": "9"}},
    ],
    ids=str,
)
def test_an_agent_forges_no_row(shared: Shared, fields: dict[str, Any]) -> None:
    agent = shared.store("agent")
    add(agent, "a")
    record = change(agent, "a", asked(1))
    sql = "UPDATE sessions SET record = %s"

    refused(lambda: shared.run("agent", sql, forged(record, **fields)))
    assert agent.get("a") == record


def test_an_agent_neither_revives_nor_lengthens_what_was_decided(shared: Shared) -> None:
    agent, approver = shared.store("agent"), shared.store("approver")
    add(agent, "a")
    change(agent, "a", asked(1))
    record = change(approver, "a", decided(1, 2))
    grant = record["approvals"][0]["grant"]
    longer = {**grant, "expires_at": "9999-01-01T00:00:00.000000Z"}
    sql = "UPDATE sessions SET record = %s"

    refused(lambda: shared.run("agent", sql, forged(record, grant=longer)))
    shared.run("agent", sql, forged(record, status="used"))
    refused(lambda: shared.run("agent", sql, forged(record)))


def test_an_agent_begins_no_session_with_an_answer_in_it(shared: Shared) -> None:
    agent, approver = shared.store("agent"), shared.store("approver")
    add(agent, "a")
    change(agent, "a", asked(1))
    change(approver, "a", decided(1, 2))
    entered = list(agent.events("a"))
    approver.remove("a", at(minutes_later(3)), always)

    refused(lambda: agent.take_in({"a": entered}))
    approver.take_in({"a": entered})
    assert agent.get("a")["approvals"][0]["status"] == "approved"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE events SET line = '{}'",
        "DELETE FROM events",
        "DELETE FROM sessions",
        "UPDATE sessions SET agent_id = 'another'",
        "INSERT INTO removed (line) VALUES ('{}')",
        "UPDATE store SET id = '0'",
        "TRUNCATE events",
        "ALTER TABLE sessions DISABLE TRIGGER guard",
        "DROP FUNCTION may_approve CASCADE",
        "CREATE TABLE mine (n INTEGER)",
        "SET ROLE agent_session_approver",
        """INSERT INTO events (session, seq, line)
        SELECT number, 9, '{"kind": "approval_decided"}' FROM sessions""",
        """INSERT INTO events (session, seq, line)
        SELECT number, 9, '{"kind": "imported"}' FROM sessions""",
        """INSERT INTO events (session, seq, line)
        SELECT number, 9, '{"kind": "compacted"}' FROM sessions""",
        """INSERT INTO events (session, seq, line)
        SELECT number, 9, '{"kind": "approval_requested", "data": {"approval":
        {"id": "ap-1", "status": "approved", "decision": {}}}}' FROM sessions""",
        """INSERT INTO events (session, seq, line)
        SELECT number, 9, '{"kind": "approval_taken_up", "data": {"id": "ap-1",
        "grant": {"expires_at": "9999"}}}' FROM sessions""",
    ],
)
@pytest.mark.parametrize("user", ["agent", "auditor"])
def test_the_journal_s_past_and_the_guards_are_out_of_an_agent_s_reach(
    shared: Shared, user: str, sql: str
) -> None:
    before = add(shared.store("agent"), "a")

    refused(lambda: shared.run(user, sql))

    assert shared.store(user).get("a") == before


def test_an_agent_removes_no_session_and_an_approver_may(shared: Shared) -> None:
    agent, approver = shared.store("agent"), shared.store("approver")
    add(agent, "a")

    refused(lambda: agent.remove("a", at(minutes_later(1)), always))
    assert approver.remove("a", at(minutes_later(1)), always) is True


def test_an_auditor_reads_and_writes_nothing(shared: Shared) -> None:
    auditor = shared.store("auditor")
    before = add(shared.store("agent"), "a")

    assert auditor.get("a") == before
    assert list(auditor.flaws("a")) == []
    for call in (
        lambda: add(auditor, "b"),
        lambda: change(auditor, "a", updated()),
        lambda: auditor.note({}),
    ):
        refused(call)


def test_the_script_runs_again_without_harm(shared: Shared) -> None:
    add(shared.store("agent"), "a")

    roles.make_roles(shared.owner)

    assert shared.store("agent").get("a")


def test_the_script_is_printed_for_whoever_runs_it_by_hand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert roles.main([]) == 0

    assert "CREATE ROLE" in capsys.readouterr().out


def test_a_database_that_is_not_there_is_one_sentence(
    postgres_server: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres_server.url("nowhere")

    assert roles.main([url]) == 3

    assert len(capsys.readouterr().err.splitlines()) == 1
