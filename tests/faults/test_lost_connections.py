"""A connection that is lost around COMMIT, and a client that is stopped with a row in its
hands: every change is made once, answered truly, and nobody waits for ever.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.errors import StoreUnavailableError, UnknownOutcomeError
from tests.examples import updated
from tests.faults.changes import CHANGES
from tests.faults.grounds import PostgresGround
from tests.faults.ledger import note
from tests.faults.places import POSTGRES, opened
from tests.faults.processes import end_of, kill, start
from tests.faults.struck import kept_in, what_fails
from tests.faults.sweeps import is_answered_alike
from tests.servers.postgres import database_of
from tests.servers.proxy import proxying
from tests.stores.calls import add, change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent_session.core.store import Store
    from tests.faults.changes import Change
    from tests.servers.postgres import Postgres
    from tests.servers.proxy import Proxy

# As it goes over the wire; BEGIN names an isolation level with the word in it.
COMMIT = b"COMMIT\0"
# Of these the row cannot tell afterwards whether they were made: they are not tried again.
UNTOLD = frozenset(("remove", "remove what waits", "clean up", "note", "note to nothing",
                    "repair one", "repair all"))  # fmt: skip
FIRST_OF_ALL = frozenset(("add", "update", "claim", "decide", "use", "remove"))
PATIENCE_SECONDS = 20


@pytest.fixture
def ground(postgres_server: Postgres) -> Iterator[PostgresGround]:
    url = postgres_server.fresh()
    ground = PostgresGround(url)
    yield ground
    ground.close()
    postgres_server.drop(url)


@pytest.fixture
def proxy(postgres_server: Postgres) -> Iterator[Proxy]:
    with proxying(postgres_server.tcp_address) as proxy:
        yield proxy


@pytest.fixture
def through(postgres_server: Postgres, ground: PostgresGround, proxy: Proxy) -> str:
    """The URL of the ground's database through the proxy."""
    return postgres_server.tcp_url(database_of(ground.url), proxy.address)


def prepared(what: Change, ground: PostgresGround) -> tuple[Any, Any, Any]:
    """What is kept before and after, and the answer, where nothing is lost."""
    what.prepare(ground)
    ground.renew()
    before = kept_in(ground.look())
    answer = what.act(ground.look())
    after = kept_in(ground.look())
    ground.renew()
    return before, after, answer


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(each, marks=() if each in FIRST_OF_ALL else pytest.mark.long)
        for each in CHANGES
    ],
)
@pytest.mark.parametrize("before_it", [True, False], ids=["before", "after"])
def test_a_change_whose_commit_is_cut_off_is_made_once_and_answered_truly(
    ground: PostgresGround, proxy: Proxy, through: str, name: str, before_it: bool
) -> None:
    before, after, answer = prepared(CHANGES[name], ground)
    store = opened(through, PATIENCE_SECONDS)
    list(store.notes())
    lost = proxy.cut_at(COMMIT, before=before_it)

    try:
        given, is_known = CHANGES[name].act(store), True
    except UnknownOutcomeError:
        given, is_known = None, False

    assert lost.wait(PATIENCE_SECONDS)
    assert is_known or name in UNTOLD
    kept = kept_in(ground.look())
    if is_known:
        assert is_answered_alike(given, answer)
        assert kept == after
    elif CHANGES[name].touches == 1:
        assert kept == (before if before_it else after)
    assert list(what_fails(ground.look())) == []
    note(POSTGRES, "cut connections", 1)


@pytest.mark.parametrize("before_it", [True, False], ids=["before", "after"])
def test_where_the_server_stays_away_the_outcome_is_said_to_be_unknown(
    ground: PostgresGround,
    proxy: Proxy,
    through: str,
    before_it: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, after, _ = prepared(CHANGES["update"], ground)
    store: Any = opened(through, patience_seconds=1)
    store.get("a")
    look = store.database._look_for

    def look_in_vain(*given: Any) -> Any:
        proxy.close()
        return look(*given)

    monkeypatch.setattr(store.database, "_look_for", look_in_vain)
    proxy.cut_at(COMMIT, before=before_it)

    with pytest.raises(UnknownOutcomeError):
        CHANGES["update"].act(store)

    assert kept_in(ground.look()) == (before if before_it else after)
    note(POSTGRES, "cut connections", 1)


def test_where_nobody_answers_from_the_start_nothing_was_done(
    ground: PostgresGround, proxy: Proxy, through: str
) -> None:
    before, _, _ = prepared(CHANGES["update"], ground)
    store = opened(through, patience_seconds=1)
    proxy.close()

    with pytest.raises(StoreUnavailableError):
        CHANGES["update"].act(store)

    assert kept_in(ground.look()) == before


@pytest.mark.parametrize("piece", [1, 2, 40, 400])
@pytest.mark.parametrize("side", ["client_bytes", "server_bytes"])
def test_a_connection_cut_within_a_message_loses_and_doubles_nothing(
    ground: PostgresGround, proxy: Proxy, through: str, side: str, piece: int
) -> None:
    _, after, _ = prepared(CHANGES["update"], ground)
    store = opened(through, PATIENCE_SECONDS)
    store.get("a")
    lost = proxy.cut_after(**{side: piece})

    CHANGES["update"].act(store)

    assert lost.wait(PATIENCE_SECONDS)
    assert kept_in(ground.look()) == after
    note(POSTGRES, "cut connections", 1)


# --- a client that is stopped -----------------------------------------------------------------


def test_a_client_stopped_with_a_row_locked_keeps_it_no_longer_than_the_server_lets_it(
    ground: PostgresGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent_session.stores.postgres import connections

    in_a_second = connections._SET_UP.replace("'30s'", "'1s'")
    assert in_a_second != connections._SET_UP
    monkeypatch.setattr(connections, "_SET_UP", in_a_second)
    add(ground.template(), "a")
    with stopped_with_a_row_locked(ground.url) as stopped:
        change(opened(ground.url, PATIENCE_SECONDS), "a", updated(metadata={"other": 1}))
        os.kill(stopped, signal.SIGCONT)
        assert end_of(stopped) == 0

    kept = ground.look()
    assert kept.get("a")["metadata"] == {"other": 1, "stopped": 1}
    assert kept.get("a")["revision"] == 3
    assert kept.flaws("a") == []
    note(POSTGRES, "stopped clients", 1)


@contextmanager
def stopped_with_a_row_locked(url: str) -> Iterator[int]:
    """The pid of a client that has stopped itself within an update of a."""
    ready, telling = os.pipe()
    stopped = start(lambda: update_and_stop(opened(url), telling))
    try:
        assert os.read(ready, 1) == b"!"
        yield stopped
    finally:
        os.close(ready)
        os.close(telling)
        with suppress(ChildProcessError, ProcessLookupError):
            kill(stopped)


def update_and_stop(store: Store, telling: int) -> None:
    """The first time that the change is made, with the row locked."""
    has_stopped = False

    def stop_once(_: Any) -> Any:
        nonlocal has_stopped
        if not has_stopped:
            has_stopped = True
            os.write(telling, b"!")
            os.kill(os.getpid(), signal.SIGSTOP)
        return [updated(2, metadata={"stopped": 1})]

    store.update("a", stop_once)
