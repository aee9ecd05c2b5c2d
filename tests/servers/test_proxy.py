"""The proxy loses what it is told to lose, at that moment, and nothing else."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.servers.proxy import LOOPBACK, proxying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.proxy import Proxy

PATIENCE_SECONDS = 5
A_MOMENT_SECONDS = 0.1


class Echo(socketserver.ThreadingTCPServer):
    """Answers every piece with `got ` and the piece, and remembers what it heard."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), EchoAnswers)
        self.heard = b""
        self.ended = threading.Semaphore(0)

    @property
    def address(self) -> tuple[str, int]:
        return (LOOPBACK, int(self.socket.getsockname()[1]))


class EchoAnswers(socketserver.BaseRequestHandler):
    """One connection of it."""

    def handle(self) -> None:
        assert isinstance(self.server, Echo)
        try:
            while piece := self.request.recv(65_536):
                self.server.heard += piece
                self.request.sendall(b"got " + piece)
        except OSError:
            pass
        self.server.ended.release()


@contextmanager
def running_echo() -> Iterator[Echo]:
    with Echo() as echo:
        thread = threading.Thread(target=echo.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield echo
        finally:
            echo.shutdown()
            thread.join()


@pytest.fixture
def echo() -> Iterator[Echo]:
    with running_echo() as server:
        yield server


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with proxying(echo.address) as between:
        yield between


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection(proxy.address, PATIENCE_SECONDS)


def all_that_comes(client: socket.socket) -> bytes:
    """Until the connection ends, in whatever way."""
    came = b""
    try:
        while piece := client.recv(65_536):
            came += piece
    except ConnectionError:
        pass
    return came


def test_bytes_go_both_ways(proxy: Proxy) -> None:
    with connected(proxy) as client:
        client.sendall(b"one")

        assert client.recv(100) == b"got one"


def test_the_end_of_one_side_is_passed_on_and_the_other_still_heard(proxy: Proxy) -> None:
    with connected(proxy) as client:
        client.sendall(b"last")
        client.shutdown(socket.SHUT_WR)

        assert all_that_comes(client) == b"got last"


def test_many_bytes_arrive_as_they_were(echo: Echo, proxy: Proxy) -> None:
    sent = bytes(range(256)) * 8192
    with connected(proxy) as client:
        reader = threading.Thread(target=all_that_comes, args=(client,))
        reader.start()
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        reader.join()

    assert echo.heard == sent


def test_a_cut_ends_every_connection_and_lets_later_ones_through(proxy: Proxy) -> None:
    with connected(proxy) as first, connected(proxy) as second:
        for client in (first, second):
            client.sendall(b"x")
            assert client.recv(100) == b"got x"

        proxy.cut()

        assert (all_that_comes(first), all_that_comes(second)) == (b"", b"")
    with connected(proxy) as later:
        later.sendall(b"later")
        assert later.recv(100) == b"got later"


def test_what_is_cut_before_a_message_never_gets_it(echo: Echo, proxy: Proxy) -> None:
    done = proxy.cut_at(b"COMMIT", before=True)
    with connected(proxy) as client:
        client.sendall(b"INSERT;")
        assert client.recv(100) == b"got INSERT;"
        client.sendall(b"COMMIT;")

        assert all_that_comes(client) == b""
    assert done.wait(PATIENCE_SECONDS)
    assert echo.heard == b"INSERT;"


def test_what_is_cut_after_a_message_gets_it_and_nobody_hears_so(
    echo: Echo, proxy: Proxy
) -> None:
    done = proxy.cut_at(b"COMMIT", before=False)
    with connected(proxy) as client:
        client.sendall(b"INSERT;")
        assert client.recv(100) == b"got INSERT;"
        client.sendall(b"COMMIT;")

        assert all_that_comes(client) == b""
        assert echo.heard == b"INSERT;COMMIT;"
    assert done.wait(PATIENCE_SECONDS)


def test_the_server_is_done_by_the_time_the_client_is_cut_off(echo: Echo, proxy: Proxy) -> None:
    proxy.cut_at(b"COMMIT", before=False)
    with connected(proxy) as client:
        client.sendall(b"COMMIT;")
        all_that_comes(client)

        assert echo.ended.acquire(timeout=A_MOMENT_SECONDS)


def test_a_pattern_that_comes_in_two_pieces_is_seen(echo: Echo, proxy: Proxy) -> None:
    proxy.cut_at(b"COMMIT", before=True)
    with connected(proxy) as client:
        client.sendall(b"COM")
        assert client.recv(100) == b"got COM"
        client.sendall(b"MIT;")

        assert all_that_comes(client) == b""
    assert echo.heard == b"COM"


def test_only_what_a_client_sends_is_looked_at(proxy: Proxy) -> None:
    done = proxy.cut_at(b"got", before=True)
    with connected(proxy) as client:
        client.sendall(b"one")

        assert client.recv(100) == b"got one"
    assert not done.is_set()


@pytest.mark.parametrize("before", [True, False])
def test_a_pattern_cuts_one_connection_once(proxy: Proxy, before: bool) -> None:
    proxy.cut_at(b"COMMIT", before=before)
    with connected(proxy) as bystander, connected(proxy) as client:
        client.sendall(b"COMMIT;")
        assert all_that_comes(client) == b""

        bystander.sendall(b"COMMIT;")

        assert bystander.recv(100) == b"got COMMIT;"


def test_an_answer_is_cut_in_the_middle(proxy: Proxy) -> None:
    done = proxy.cut_after(server_bytes=6)
    with connected(proxy) as client:
        client.sendall(b"one")

        assert all_that_comes(client) == b"got on"
    assert done.wait(PATIENCE_SECONDS)


def test_a_message_is_cut_in_the_middle(echo: Echo, proxy: Proxy) -> None:
    proxy.cut_after(client_bytes=5)
    with connected(proxy) as client:
        client.sendall(b"one")
        assert client.recv(100) == b"got one"
        client.sendall(b"two")

        assert all_that_comes(client) == b""
    assert echo.heard == b"onetw"


def test_what_is_stalled_goes_on_later(echo: Echo, proxy: Proxy) -> None:
    with connected(proxy) as client:
        proxy.stall()
        client.sendall(b"one")
        client.settimeout(A_MOMENT_SECONDS)
        with pytest.raises(TimeoutError):
            client.recv(100)
        assert echo.heard == b""

        proxy.go_on()

        client.settimeout(PATIENCE_SECONDS)
        assert client.recv(100) == b"got one"


def test_what_is_stalled_can_be_cut_and_is_lost(echo: Echo, proxy: Proxy) -> None:
    with connected(proxy) as client:
        client.sendall(b"one")
        assert client.recv(100) == b"got one"
        proxy.stall()
        client.sendall(b"two")

        proxy.cut()
        proxy.go_on()

        assert all_that_comes(client) == b""
    assert echo.heard == b"one"


def test_a_client_of_a_server_that_is_down_is_sent_away() -> None:
    with running_echo() as echo:
        address = echo.address
    with proxying(address) as proxy, connected(proxy) as client:
        assert all_that_comes(client) == b""


def test_nothing_is_left_of_it_even_when_it_was_stalled(echo: Echo) -> None:
    threads = set(threading.enumerate())
    with proxying(echo.address) as proxy:
        client = connected(proxy)
        client.sendall(b"one")
        assert client.recv(100) == b"got one"
        proxy.stall()
        client.sendall(b"two")

    with client:
        assert all_that_comes(client) == b""
    assert echo.ended.acquire(timeout=PATIENCE_SECONDS)
    assert echo.heard == b"one"
    ours = set(threading.enumerate()) - threads
    assert [each for each in ours if "process_request" not in each.name] == []
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)


def test_it_listens_on_loopback_alone(proxy: Proxy) -> None:
    assert proxy.address[0] == "127.0.0.1"


@pytest.mark.parametrize("counts", [{}, {"client_bytes": 1, "server_bytes": 1}])
def test_bytes_are_counted_of_one_side(proxy: Proxy, counts: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="one of"):
        proxy.cut_after(**counts)
