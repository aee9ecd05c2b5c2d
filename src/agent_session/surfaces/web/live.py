"""What changes while somebody looks: the part of a page that did, sent as it is now.

Each stream has a thread of its own, for a watch belongs to one. It begins with the present
state, so that nothing is lost between the page and the stream, and goes on until the browser
has left.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from sse_starlette import EventSourceResponse

from agent_session.core.codec import digest
from agent_session.core.errors import AgentSessionError

from . import inbox, sessions
from .pages import common

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from agent_session.core.store import Watch

# How soon a file that has changed is seen; what the store tells of is seen at once.
LOOK_SECONDS = 0.7
# Where nothing but a clock can change without the store's telling.
_CLOCK_SECONDS = 5.0
_PING_SECONDS = 15
_MOST_STREAMS = 32
_streams = threading.BoundedSemaphore(_MOST_STREAMS)


async def follow_inbox(request: Request) -> Response:
    desk, token = request.app.state.desk, common(request)["token"]
    return _stream(
        lambda: desk.wiring.store.watch(None), lambda: inbox.inbox_fragment(desk, token)
    )


async def follow_approval(request: Request) -> Response:
    desk, token = request.app.state.desk, common(request)["token"]
    approval_id = request.path_params["approval_id"]
    return _stream(
        lambda: desk.wiring.store.watch(None),
        lambda: inbox.approval_fragment(desk, approval_id, token),
    )


async def follow_session(request: Request) -> Response:
    desk, agent_id = request.app.state.desk, request.path_params["agent_id"]
    return _stream(
        lambda: desk.wiring.store.watch(agent_id),
        lambda: sessions.session_fragment(desk, agent_id),
        _CLOCK_SECONDS,
    )


def _stream(
    open_watch: Callable[[], Watch],
    render: Callable[[], str],
    seconds: float = LOOK_SECONDS,
) -> Response:
    states = _states(lambda send, is_over: _follow(open_watch, render, seconds, send, is_over))
    return EventSourceResponse(states, ping=_PING_SECONDS)


async def _states(
    follow: Callable[[Callable[[str], None], threading.Event], None],
) -> AsyncIterator[dict[str, str]]:
    """The fragment as it is, and again whenever it is another; none where too many look."""
    if not _streams.acquire(blocking=False):
        return
    queue: asyncio.Queue[str] = asyncio.Queue()
    loop, is_over = asyncio.get_running_loop(), threading.Event()

    def send(fragment: str) -> None:
        if not is_over.is_set():
            loop.call_soon_threadsafe(queue.put_nowait, fragment)

    threading.Thread(target=follow, args=(send, is_over), daemon=True).start()
    try:
        while True:
            yield {"data": await queue.get()}
    finally:
        is_over.set()
        _streams.release()


def _follow(
    open_watch: Callable[[], Watch],
    render: Callable[[], str],
    seconds: float,
    send: Callable[[str], None],
    is_over: threading.Event,
) -> None:
    """A store that fails for a while is asked again; the page keeps what it shows."""
    sent = ""
    while not is_over.is_set():
        try:
            with open_watch() as watch:
                while not is_over.is_set():
                    fragment = render()
                    if digest(fragment.encode()) != sent:
                        sent = digest(fragment.encode())
                        send(fragment)
                    watch.wait(seconds)
        except (AgentSessionError, OSError, ValueError):
            is_over.wait(seconds)
