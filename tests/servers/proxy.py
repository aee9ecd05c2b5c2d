"""A loopback TCP proxy that loses connections as it is told: before a message, or after."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOPBACK = "127.0.0.1"
CHUNK = 65_536
CONNECT_SECONDS = 5
PATIENCE_SECONDS = 10
LONGEST_PATTERN = 1024


class Ruling(NamedTuple):
    """How much of a chunk may still pass, and whether the answer to it is awaited and lost."""

    passes: bytes
    answered: bool = False


class Rule(Protocol):
    """When a connection is to be cut."""

    def __call__(self, *, by_client: bool, said: bytes, chunk: bytes) -> Ruling | None:
        """On *chunk*, which the same side sent after *said*; None if all goes on."""


class Link:
    """One connection of a client, and the one that was made to the server for it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.lost: threading.Event | None = None
        """Once a rule holds, what to set when the link is cut; the client hears no more."""
        self.asked = threading.Event()
        """Set when the last that may pass to the server has passed."""
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def cut(self) -> None:
        for each in (self.client, self.server):
            with suppress(OSError):  # ended already
                each.shutdown(socket.SHUT_RDWR)

    def lose(self, lost: threading.Event) -> None:
        """Let the server read to the end and close the connection; then cut off the client."""
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_WR)
            self.server.settimeout(PATIENCE_SECONDS)
            while self.server.recv(CHUNK):
                pass
        self.cut()
        lost.set()

    def close(self) -> None:
        self.cut()
        self.client.close()
        self.server.close()


class Proxy:
    """Between clients, who connect to `address`, and one server."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._listener = socket.create_server((LOOPBACK, 0))
        self.address = (LOOPBACK, int(self._listener.getsockname()[1]))
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._closing = False
        self._armed: tuple[Rule, threading.Event] | None = None
        self._links: set[Link] = set()
        self._threads: list[threading.Thread] = []
        self._door = _started(self._accept)

    def cut(self) -> None:
        """Cut every connection now; later ones are let through."""
        with self._lock:
            for link in self._links:
                link.cut()

    def cut_at(self, pattern: bytes, *, before: bool) -> threading.Event:
        """Cut off the first client that sends *pattern*, once; the event says that it is done.

        *before*: nothing of the piece in which the pattern ends gets to the server. Otherwise
        the server gets and does it, and its answer is lost. Either way the client is cut off
        when the server has ended the connection, so whoever looks then sees what was done.
        """
        return self._arm(_at(pattern, before))

    def cut_after(self, *, client_bytes: int = 0, server_bytes: int = 0) -> threading.Event:
        """Let so many bytes of one side pass, counted from now, then cut there; once."""
        if (client_bytes > 0) == (server_bytes > 0):
            raise ValueError("one of client_bytes and server_bytes, and at least one byte")
        return self._arm(_after(client_bytes or server_bytes, of_client=client_bytes > 0))

    def stall(self) -> None:
        """Forward nothing more, but keep every connection open, and take new ones."""
        self._flowing.clear()

    def go_on(self) -> None:
        """Forward again, what was held back first."""
        self._flowing.set()

    def close(self) -> None:
        """Cut everything, and return when no thread of it is left."""
        self._closing = True
        with suppress(
            OSError
        ):  # wakes accept(), which closing the listener does not everywhere
            socket.create_connection(self.address, CONNECT_SECONDS).close()
        self._door.join()
        self._listener.close()
        self.cut()
        self.go_on()
        for thread in self._threads:
            thread.join()

    def _arm(self, rule: Rule) -> threading.Event:
        lost = threading.Event()
        with self._lock:
            self._armed = rule, lost
        return lost

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            if self._closing:
                client.close()
                return
            self._threads = [each for each in self._threads if each.is_alive()]
            self._threads.append(_started(self._serve, client))

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._server, CONNECT_SECONDS)
        except OSError:  # it is down, so this client finds nobody here either
            client.close()
            return
        server.settimeout(None)
        self._join(Link(client, server))

    def _join(self, link: Link) -> None:
        """Forward both ways until both sides have ended, or the link is cut."""
        with self._lock:
            self._links.add(link)
            if self._closing:
                link.cut()
        back = _started(self._forward, link, link.server, link.client)
        self._forward(link, link.client, link.server)
        back.join()
        with self._lock:
            self._links.remove(link)
            link.close()

    def _forward(self, link: Link, source: socket.socket, target: socket.socket) -> None:
        said = b""
        try:
            while chunk := source.recv(CHUNK):
                self._flowing.wait()
                if not self._passed_on(link, target, said, chunk):
                    return
                said = (said + chunk)[-LONGEST_PATTERN:]
            self._flowing.wait()
            target.shutdown(socket.SHUT_WR)
        except OSError:  # one side is gone, so the other is sent away
            link.cut()

    def _passed_on(self, link: Link, target: socket.socket, said: bytes, chunk: bytes) -> bool:
        """False when *link* has been cut with this chunk."""
        by_client = target is link.server
        if link.lost and not by_client:
            link.asked.wait(PATIENCE_SECONDS)
            link.lose(link.lost)
            return False
        ruling = self._ruling(link, by_client, said, chunk)
        target.sendall(ruling.passes if ruling else chunk)
        if ruling and link.lost:
            link.asked.set()
            if not ruling.answered:
                link.lose(link.lost)
        return ruling is None or ruling.answered

    def _ruling(self, link: Link, by_client: bool, said: bytes, chunk: bytes) -> Ruling | None:
        with self._lock:
            if not self._armed:
                return None
            rule, lost = self._armed
            ruling = rule(by_client=by_client, said=said, chunk=chunk)
            if ruling:
                self._armed, link.lost = None, lost
            return ruling


@contextmanager
def proxying(server: tuple[str, int]) -> Iterator[Proxy]:
    """A proxy to *server* until the end of the block; it cuts what is then still connected."""
    proxy = Proxy(server)
    try:
        yield proxy
    finally:
        proxy.close()


def _at(pattern: bytes, before: bool) -> Rule:
    if not 0 < len(pattern) <= LONGEST_PATTERN:
        raise ValueError(f"a pattern has between 1 and {LONGEST_PATTERN} bytes")

    def rule(*, by_client: bool, said: bytes, chunk: bytes) -> Ruling | None:
        # A part of it may have come before, but not all.
        recent = said[-(len(pattern) - 1) :] if len(pattern) > 1 else b""
        if not by_client or pattern not in recent + chunk:
            return None
        return Ruling(b"") if before else Ruling(chunk, answered=True)

    return rule


def _after(count: int, *, of_client: bool) -> Rule:
    left = count

    def rule(*, by_client: bool, said: bytes, chunk: bytes) -> Ruling | None:
        nonlocal left
        if by_client is not of_client:
            return None
        left -= len(chunk)
        return Ruling(chunk[: len(chunk) + left]) if left <= 0 else None

    return rule


def _started(act: Callable[..., object], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=act, args=arguments, daemon=True)
    thread.start()
    return thread
