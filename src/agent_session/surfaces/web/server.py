"""The server: it listens on this machine alone, and lets in whoever has its link."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

from .app import make_app
from .doors import Doors
from .guard import START

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.wiring import Wiring

_HOST = "127.0.0.1"


def serve(
    wiring: Wiring, port: int, tell: Callable[[str], None], metrics_token: str | None = None
) -> None:
    """Serve the page at *port* (0: any that is free) until it is interrupted; *tell* is given
    each link, and whoever has the *metrics token* may read the metrics.  OSError where the port
    is taken.
    """
    with _listening(port) as listener:
        doors = Doors(listener.getsockname()[1], time.monotonic, os.urandom, metrics_token)
        tell(link_to(doors))
        if sys.stdin is not None and sys.stdin.isatty():
            threading.Thread(target=_links_on_enter, args=(doors, tell), daemon=True).start()
        config = uvicorn.Config(
            make_app(wiring, doors),
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        uvicorn.Server(config).run(sockets=[listener])


def _is_news(record: logging.LogRecord) -> bool:
    """Not that the pages which are open at the end are left without one."""
    return "without completing response" not in record.getMessage()


def link_to(doors: Doors) -> str:
    return f"http://{_HOST}:{doors.port}{START}?link={doors.new_link()}"


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen()  # from now on whoever follows the link is heard, if a little later
    except BaseException:
        listener.close()
        raise
    return listener


def _links_on_enter(doors: Doors, tell: Callable[[str], None]) -> None:
    for _ in sys.stdin:
        tell(link_to(doors))
