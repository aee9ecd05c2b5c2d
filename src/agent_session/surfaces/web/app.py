"""The addresses of the page, and what becomes of an error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from agent_session.core import errors
from agent_session.core.visible import one_line, shortened
from agent_session.places import without_password

from . import guard, inbox, live, measures, replay, sessions
from .desk import Desk
from .pages import STATIC_FOLDER, page, rendered

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from agent_session.wiring import Wiring

    from .doors import Doors

_LONGEST_REPORT = 400
_MISSING = (errors.SessionNotFoundError, errors.ApprovalNotFoundError)


def make_app(wiring: Wiring, doors: Doors) -> ASGIApp:
    """The pages over *wiring*, behind *doors*."""
    app = Starlette(
        routes=[
            Route("/", inbox.show_inbox),
            Route("/approvals/{approval_id}", inbox.show_approval),
            Route("/answer", inbox.answer, methods=["POST"]),
            Route("/sessions", sessions.show_sessions),
            Route("/sessions/{agent_id}", sessions.show_session),
            Route("/sessions/{agent_id}/record", sessions.show_record),
            Route("/sessions/{agent_id}/brief", sessions.show_brief),
            Route("/sessions/{agent_id}/replay", replay.show_replay),
            Route("/measures", measures.show_measures),
            Route(guard.METRICS, measures.give_metrics),
            Route("/live/inbox", live.follow_inbox),
            Route("/live/approvals/{approval_id}", live.follow_approval),
            Route("/live/sessions/{agent_id}", live.follow_session),
            Route(guard.START, enter),
            Route("/links", make_link, methods=["POST"]),
            Route("/leave", leave, methods=["POST"]),
            Route(guard.REPORTS, take_report, methods=["POST"]),
            Mount(guard.STATIC, StaticFiles(directory=STATIC_FOLDER)),
        ],
        exception_handlers={
            errors.AgentSessionError: show_error,
            HTTPException: show_http_error,
        },
    )
    app.state.desk = Desk(wiring)
    app.state.doors = doors
    app.state.shown_store = without_password(wiring.url)
    return guard.Guard(app, doors)


# --- coming and going -------------------------------------------------------------------------


def enter(request: Request) -> Response:
    """A link is used up, and the browser known from now on.

    The page leads on by itself, not by a redirect: after one that began elsewhere, in a mail
    or a chat, no browser would send the cookie along.
    """
    doors: Doors = request.app.state.doors
    link = request.query_params.get("link", "")
    cookie = doors.enter(link) if request.method == "GET" else None
    if cookie is None:
        return PlainTextResponse(guard.NO_WAY_IN, 401)
    answer = HTMLResponse(rendered("entered.html"))
    answer.set_cookie(doors.cookie_name, cookie, httponly=True, samesite="strict")
    return answer


def make_link(request: Request) -> Response:
    """A link for one more browser of the same person."""
    doors: Doors = request.app.state.doors
    link = f"http://{request.headers['host']}{guard.START}?link={doors.new_link()}"
    return page(request, "link.html", link=link)


def leave(request: Request) -> Response:
    doors: Doors = request.app.state.doors
    doors.leave(request.scope["cookie"])
    answer = PlainTextResponse("This browser is let in no more.\n")
    answer.delete_cookie(doors.cookie_name, httponly=True, samesite="strict")
    return answer


def take_report(request: Request) -> Response:
    """A browser has kept something from running: worth a line for whoever runs the server."""
    said = one_line(request.scope["report"].decode(errors="replace"))
    sys.stderr.write(f"agent-session: a browser reports {shortened(said, _LONGEST_REPORT)}\n")
    return Response(status_code=204)


# --- errors -----------------------------------------------------------------------------------


def show_error(request: Request, error: Exception) -> Response:
    return page(request, "error.html", status=_status_of(error), why=str(error))


def show_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if "cookie" not in request.scope:
        return PlainTextResponse(f"{error.detail}\n", error.status_code)
    return page(request, "error.html", status=error.status_code, why=error.detail)


def _status_of(error: Exception) -> int:
    if isinstance(error, _MISSING):
        return 404
    if isinstance(error, errors.RefusedError) and isinstance(error, ValueError):
        return 400
    return 409 if isinstance(error, errors.RefusedError) else 503
