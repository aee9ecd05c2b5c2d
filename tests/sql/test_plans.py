"""How the databases look for what is asked most often: by an index, among thousands of sessions
that are over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.store import Query
from tests.sql.conftest import keeping
from tests.sql.kept import KeptInSqlite
from tests.stores.approvals import approval_id
from tests.stores.calls import add

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agent_session.core.pages import Place
    from tests.sql.kept import Kept

# 4000 sessions of 50 agents; one in fifty lives, and one in five of these waits.
FILL = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
INSERT INTO sessions (
    agent_id, agent_name, task_id, phase, live, resume_ready, pending, last_updated, revision,
    record
)
SELECT 's' || i, 'agent' || (i % 50 + i / 50 % 3), NULL, 'completed',
    CASE WHEN i % 50 = 7 THEN 1 ELSE 0 END, CASE WHEN i % 100 = 7 THEN 1 ELSE 0 END,
    CASE WHEN i % 250 = 7 THEN 1 ELSE 0 END, '2026-' || (10000 + i), 1, record
FROM n, sessions WHERE agent_id = 'a'
"""
FILL_HINTS = """
INSERT INTO {table}
SELECT '{prefix}' || substr('000000000000000' || number, length('' || number)), number
FROM sessions
"""
QUERIES: dict[str, Query] = {
    "the newest of an agent": Query(agent_name="agent8", live=True),
    "the newest of an agent and a task": Query(agent_name="agent8", task_id="T1", live=True),
    "what an agent may resume": Query(agent_name="agent8", resume_ready=True),
    "all that live": Query(live=True),
    "all that may be resumed": Query(resume_ready=True),
    "what waits": Query(pending=True),
    "who has an approval": Query(approval_id=approval_id(7)),
    "whose approval waits": Query(approval_id=approval_id(7), pending=True),
    "who has a host": Query(host="k-0000000000000007"),
    "who lives and has a host": Query(host="k-0000000000000007", live=True),
}
OF_A_PERIOD: dict[str, Query] = {
    "the oldest": Query(until="2026-10020"),
    "the latest": Query(since="2026-13980"),
    "a few between": Query(since="2026-12000", until="2026-12020"),
}
# Reading every row, or all that are not read yet, in whatever order.
EVERY_ROW = (
    r"^SCAN sessions$|^SCAN sessions USING INDEX finished_sessions|\(rowid>\?\)",
    r"Seq Scan on sessions|Index Cond: \(number > ",
)

# Reading every row of the table itself; of the finished those that come next, in their order.
ROW_BY_ROW = r"^SCAN sessions$|Seq Scan on sessions"
BY_TIME = (
    r"^(?:SCAN|SEARCH) sessions USING INDEX finished_sessions"
    r"|Index Scan Backward using finished_sessions"
)
IN_ITS_ORDER = r"B-TREE FOR (?:LAST TERM|RIGHT PART) OF ORDER BY|Presorted Key: .*last_updated"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    """One for all tests here, for they only look."""
    for kept in keeping(request, str(tmp_path_factory.mktemp("plans") / "sessions.db")):
        add(kept.store, "a")
        kept.ask(FILL)
        kept.ask("INSERT INTO events SELECT number, 1, '{}' FROM sessions WHERE number > 1")
        kept.ask(FILL_HINTS.format(table="approvals", prefix="ap-"))
        kept.ask(FILL_HINTS.format(table="host_keys", prefix="k-"))
        if not isinstance(kept, KeptInSqlite):  # which has no such statistics, and needs none
            kept.ask("ANALYZE")
        yield kept


def scan(query: Query, kept: Kept) -> None:
    list(kept.store.scan(query))


def plans_of(
    kept: Kept,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[Query, Kept], object] = scan,
) -> list[str]:
    """How the database does each of the statements by which *query* is answered."""
    asked: list[tuple[str, dict[str, Any]]] = []
    database = kept.store.database
    select = database.select

    def note(sql: str, **values: Any) -> Sequence[Any]:
        asked.append((sql, values))
        return select(sql, **values)

    with monkeypatch.context() as patched:
        patched.setattr(database, "select", note)
        ask(query, kept)
    verb = "EXPLAIN QUERY PLAN" if isinstance(kept, KeptInSqlite) else "EXPLAIN"
    return [
        str(row[-1])
        for sql, values in asked
        for row in database.select(f"{verb} {sql}", **values)
    ]


@pytest.mark.parametrize("name", QUERIES)
def test_what_is_asked_often_is_found_by_an_index(
    filled: Kept, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    plans = plans_of(filled, QUERIES[name], monkeypatch)

    assert [plan for plan in plans if any(re.search(each, plan) for each in EVERY_ROW)] == []
    assert plans != []


@pytest.mark.parametrize("name", OF_A_PERIOD)
def test_what_a_period_held_is_found_by_an_index(
    filled: Kept, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    plans = plans_of(filled, OF_A_PERIOD[name], monkeypatch)

    assert [plan for plan in plans if any(re.search(each, plan) for each in EVERY_ROW)] == []


# By what a page is asked for: the indexes that tell which rows come next.
PAGED: dict[str, tuple[Query, set[str]]] = {
    "all": (Query(), {"live_sessions", "finished_sessions"}),
    "one agent": (Query(agent_name="agent8"), {"live_sessions", "finished_sessions"}),
    "what mentions a text": (Query(text="x"), {"live_sessions", "finished_sessions"}),
    "what ended well": (Query(phase="completed"), {"finished_sessions"}),
    "what lives": (Query(live=True), {"live_sessions"}),
    "what plans": (Query(phase="planning"), {"live_sessions"}),
    "what an agent may resume": (Query(agent_name="agent8", live=True), {"live_sessions"}),
    "what waits": (Query(pending=True), {"pending_sessions"}),
    "who has an approval": (Query(approval_id=approval_id(7)), {"approvals"}),
    "who has a host": (Query(host="k-0000000000000007"), {"host_keys"}),
    "a period": (
        Query(since="2026-11000", until="2026-13000"),
        {"live_sessions", "finished_sessions"},
    ),
}
PLACES = [None, ("2026-12000", "s2000")]
NAMES_OF_INDEXES = r"(?:live|finished|pending)_sessions|approvals|host_keys"


@pytest.mark.parametrize("below", PLACES, ids=["the first page", "a page in the middle"])
@pytest.mark.parametrize("name", PAGED)
def test_a_page_is_found_by_the_indexes_that_keep_the_order(
    filled: Kept, monkeypatch: pytest.MonkeyPatch, name: str, below: Place | None
) -> None:
    query, indexes = PAGED[name]

    plans = plans_of(
        filled, query, monkeypatch, lambda query, kept: kept.store.page(query, 20, below)
    )

    assert [plan for plan in plans if re.search(ROW_BY_ROW, plan)] == []
    assert indexes <= set(re.findall(NAMES_OF_INDEXES, "\n".join(plans)))


@pytest.mark.parametrize("below", PLACES, ids=["the first page", "a page in the middle"])
@pytest.mark.parametrize("conditions", [{}, {"agent_name": "agent8"}, {"since": "2026-11000"}])
def test_a_page_of_the_finished_puts_no_more_in_order_than_it_has(
    filled: Kept,
    monkeypatch: pytest.MonkeyPatch,
    conditions: dict[str, Any],
    below: Place | None,
) -> None:
    query = Query(phase="completed", **conditions)

    plans = plans_of(
        filled, query, monkeypatch, lambda query, kept: kept.store.page(query, 20, below)
    )

    assert [plan for plan in plans if re.search(BY_TIME, plan)]
    assert [plan for plan in plans if re.search(IN_ITS_ORDER, plan)]


@pytest.mark.parametrize(
    ("until", "bound"),
    [("2026-11000", ":until"), ("2026-13000", ":at")],
    ids=["below the place", "above it"],
)
def test_a_page_of_a_period_begins_at_the_lower_of_its_bounds(
    filled: Kept, monkeypatch: pytest.MonkeyPatch, until: str, bound: str
) -> None:
    asked: list[str] = []
    select = filled.store.database.select

    def note(sql: str, **values: Any) -> Sequence[Any]:
        asked.append(sql)
        return select(sql, **values)

    monkeypatch.setattr(filled.store.database, "select", note)
    filled.store.page(Query(until=until, phase="completed"), 1, ("2026-12000", "s2000"))

    bounds = re.findall(r"last_updated <= (:\w+)", asked[0])
    assert bounds == [bound]


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("find_session", {"agent_id": "s7"}),
        ("events_after", {"session": 7, "after": 0}),
        ("look_at_row", {"number": 7}),
        ("has_approval", {"approval_id": approval_id(7), "session": 7}),
        ("has_host_key", {"host_key": "k-0000000000000007", "session": 7}),
        ("state_of_session", {"agent_id": "s7"}),
    ],
)
def test_one_session_is_found_by_an_index(
    filled: Kept, statement: str, values: dict[str, Any]
) -> None:
    verb = "EXPLAIN QUERY PLAN" if isinstance(filled, KeptInSqlite) else "EXPLAIN"
    database: Any = filled.store.database
    sql = database.statements[statement]
    if not isinstance(filled, KeptInSqlite):
        sql = re.sub(r"%\((\w+)\)s", r":\1", sql)

    plans = [str(row[-1]) for row in database.select(f"{verb} {sql}", **values)]

    assert [plan for plan in plans if re.search(r"^SCAN|Seq Scan", plan)] == []
