"""All sessions, page by page, and one of them from its beginning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from agent_session.core.errors import UnknownWordError
from agent_session.core.phases import PHASES
from agent_session.core.store import Query
from agent_session.telling.words import idle_of

from .asked_times import require_short, time_in
from .life import life_of
from .pages import page, rendered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from agent_session.core.instants import datetime
    from agent_session.core.pages import Place
    from agent_session.core.state import Record

    from .desk import Desk

PAGE = 50
FIELDS = ("agent", "phase", "since", "until", "text")


# --- all of them ------------------------------------------------------------------------------


def show_sessions(request: Request) -> Response:
    """Newest activity first; the address holds the filter, and where the page begins."""
    wiring = request.app.state.desk.wiring
    asked = {name: request.query_params.get(name, "").strip() for name in FIELDS}
    unreadable: list[str] = []
    found = wiring.reports.page(
        _query(asked, wiring.now()),
        PAGE,
        _place(request.query_params.get("below", "")),
        lambda error: unreadable.append(str(error)),
    )
    return page(
        request,
        "sessions.html",
        rows=[_row(record, wiring.now()) for record in found.records],
        asked=asked,
        phases=PHASES,
        is_first=not request.query_params.get("below"),
        newest=_address(asked, None),
        older=_address(asked, found.below) if found.below else None,
        found=found,
        unreadable=unreadable,
    )


def _query(asked: Mapping[str, str], now: datetime) -> Query:
    if asked["phase"] and asked["phase"] not in PHASES:
        raise UnknownWordError("phase", asked["phase"], PHASES)
    require_short(asked)
    return Query(
        agent_name=asked["agent"] or None,
        phase=asked["phase"] or None,
        since=time_in("from", asked["since"], now),
        until=time_in("until", asked["until"], now),
        text=asked["text"] or None,
    )


def _place(text: str) -> Place | None:
    """Where an address says that the page begins; it may say anything, and is a bound only."""
    last_updated, _, agent_id = text.partition(" ")
    return (last_updated, agent_id) if text.isascii() and text.isprintable() and text else None


def _address(asked: Mapping[str, str], below: Place | None) -> str:
    given = {name: value for name, value in asked.items() if value}
    if below is not None:
        given["below"] = " ".join(below)
    return f"/sessions?{urlencode(given)}" if given else "/sessions"


def _row(record: Record, now: datetime) -> dict[str, Any]:
    return {"record": record, "idle": idle_of(record["last_updated"], now)}


# --- one of them ------------------------------------------------------------------------------


def show_session(request: Request) -> Response:
    agent_id = request.path_params["agent_id"]
    is_whole = "all" in request.query_params
    values = _values(request.app.state.desk, agent_id, is_whole=is_whole)
    return page(request, "session.html", is_whole=is_whole, **values)


def session_fragment(desk: Desk, agent_id: str) -> str:
    """The part of the page that changes while somebody looks at it."""
    return rendered("_session.html", is_whole=False, **_values(desk, agent_id, is_whole=False))


def _values(desk: Desk, agent_id: str, *, is_whole: bool) -> dict[str, Any]:
    record = desk.wiring.sessions.get(agent_id)
    return {"record": record, **life_of(desk.wiring, record, is_whole=is_whole)}


def show_record(request: Request) -> Response:
    record = request.app.state.desk.wiring.sessions.get(request.path_params["agent_id"])
    text = json.dumps(record, indent=2, ensure_ascii=False)
    return page(request, "text.html", record=record, what="Record", text=text)


def show_brief(request: Request) -> Response:
    wiring = request.app.state.desk.wiring
    record = wiring.sessions.get(request.path_params["agent_id"])
    text = wiring.briefs.of(record)
    return page(request, "text.html", record=record, what="Brief", text=text)
