"""The throw-away PostgreSQL: quick to come, true to its data, and gone without a trace."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.faults.processes import kill, run_as_ordinary_user, start
from tests.servers.postgres import (
    EXISTING,
    Postgres,
    database_of,
    running_postgres,
    why_none,
)
from tests.servers.programs import carried_programs, linked_programs
from tests.servers.proxy import proxying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_SECONDS = 20
PID_FILE = "data/postmaster.pid"
CARELESS = ("fsync", "full_page_writes", "synchronous_commit")


@pytest.fixture(autouse=True)
def ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every server here is started here."""
    monkeypatch.delenv(EXISTING, raising=False)
    if reason := why_none():
        pytest.skip(reason)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(EXISTING, raising=False)
        if reason := why_none():
            pytest.skip(reason)
        with running_postgres(tcp=True) as server:
            yield server


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The folder for temporary files, empty, which `nobody` may pass through too."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield folder
        monkeypatch.undo()


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows that *statement* gives, if any; what it changed is committed."""
    import psycopg  # who merely collects tests does without it

    with psycopg.connect(url, autocommit=True, connect_timeout=PATIENCE_SECONDS) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def setting(server: Postgres, name: str) -> str:
    return str(ask(server.url(), f"SHOW {name}")[0][0])


def scratch_of(server: Postgres) -> Path:
    """The folder that is to go with *server*."""
    return Path(parse_qs(urlsplit(server.url()).query)["host"][0]).parent


def pid_of(server: Postgres) -> int:
    return int((scratch_of(server) / PID_FILE).read_text().split("\n")[0])


def lives(pid: int) -> bool:
    """False too for one that has ended and that nobody has asked for yet."""
    status = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
        return not status.exists() or ") Z" not in status.read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def comes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def programs_for_everyone() -> Iterator[Path]:
    """The programs where an ordinary user may run them, wherever they are installed."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        yield linked_programs(carried_programs(), Path(folder))


def make_and_drop_a_database(server: Postgres) -> None:
    url = server.fresh()
    ask(url, "CREATE TABLE t (n int)")
    server.drop(url)


def test_a_fresh_database_is_empty_and_nobody_elses(postgres: Postgres) -> None:
    first, second = postgres.fresh(), postgres.fresh()
    ask(first, "CREATE TABLE t (n int)")

    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"

    assert (ask(first, tables), ask(second, tables)) == ([(1,)], [(0,)])


def test_a_database_is_dropped_while_somebody_is_connected(postgres: Postgres) -> None:
    import psycopg

    url = postgres.fresh()
    with psycopg.connect(url):
        postgres.drop(url)

    named = f"SELECT count(*) FROM pg_database WHERE datname = '{database_of(url)}'"
    assert ask(postgres.url(), named) == [(0,)]


def test_it_is_never_run_by_root(postgres: Postgres) -> None:
    assert os.stat(scratch_of(postgres) / PID_FILE).st_uid != 0


def test_nobody_else_may_look_at_its_data_or_connect(postgres: Postgres) -> None:
    scratch = scratch_of(postgres)

    modes = {stat.S_IMODE(os.stat(scratch / each).st_mode) for each in ("data", "sockets")}

    assert modes == {0o700}


def test_over_tcp_it_is_the_same_server(postgres: Postgres) -> None:
    url = postgres.fresh()
    ask(url, "CREATE TABLE t (n int)")

    assert ask(postgres.tcp_url(database_of(url)), "SELECT count(*) FROM t") == [(0,)]
    assert setting(postgres, "listen_addresses") == "127.0.0.1"


def test_a_server_writes_carelessly_and_takes_settings() -> None:
    with running_postgres(max_connections=7) as server:
        assert {setting(server, name) for name in CARELESS} == {"off"}
        assert setting(server, "max_connections") == "7"


def test_without_tcp_it_listens_on_its_socket_alone() -> None:
    with running_postgres() as server:
        assert setting(server, "listen_addresses") == ""
        with pytest.raises(RuntimeError, match="no TCP port"):
            server.tcp_url()


def test_a_durable_server_keeps_through_a_crash_what_it_confirmed_and_no_more() -> None:
    import psycopg

    with running_postgres(durable=True, tcp=True) as server:
        url, address = server.fresh(), server.tcp_address
        assert {setting(server, name) for name in CARELESS} == {"on"}
        ask(url, "CREATE TABLE t (n int)")
        ask(url, "INSERT INTO t VALUES (1)")
        with psycopg.connect(url) as unfinished:
            unfinished.execute("INSERT INTO t VALUES (2)")
            server.crash()
            with pytest.raises(psycopg.OperationalError):
                unfinished.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError):
            ask(url, "SELECT 1")

        server.start()

        assert ask(url, "SELECT n FROM t") == [(1,)]
        assert server.tcp_address == address
        assert ask(server.tcp_url(database_of(url)), "SELECT n FROM t") == [(1,)]


def test_a_stopped_server_starts_again_with_its_data() -> None:
    with running_postgres() as server:
        scratch = scratch_of(server)
        url = server.fresh()
        ask(url, "CREATE TABLE t (n int)")

        server.stop()
        server.stop()  # it has ended already
        server.start()

        assert ask(url, "SELECT count(*) FROM t") == [(0,)]
        with pytest.raises(RuntimeError, match="runs already"):
            server.start()
        server.stop()

    assert not scratch.exists()


def test_nothing_is_left_when_the_body_raises(temporary: str) -> None:
    left: list[tuple[Path, int]] = []

    def raise_in_the_body() -> None:
        with running_postgres() as server:
            left.append((scratch_of(server), pid_of(server)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        raise_in_the_body()

    [(scratch, pid)] = left
    assert not scratch.exists()
    assert not lives(pid)
    assert os.listdir(temporary) == []


def test_a_child_that_outlives_the_server_keeps_nothing_up() -> None:
    with running_postgres() as server:
        scratch = scratch_of(server)
        child = start(lambda: time.sleep(60))
    try:
        assert not scratch.exists()
    finally:
        kill(child)


def test_nothing_is_left_when_the_process_of_the_tests_is_killed(temporary: str) -> None:
    reading, writing = os.pipe()

    def run_until_killed() -> None:
        with running_postgres() as server:
            os.write(writing, f"{pid_of(server)} {scratch_of(server)}".encode())
            time.sleep(60)

    child = start(run_until_killed)
    os.close(writing)
    pid, scratch = os.read(reading, 4096).decode().split()
    os.close(reading)
    assert lives(int(pid))

    kill(child)

    assert comes_true(lambda: not lives(int(pid)))
    assert comes_true(lambda: not os.path.exists(scratch))
    assert comes_true(lambda: os.listdir(temporary) == [])


def test_an_ordinary_user_runs_one_too(postgres: Postgres) -> None:
    make_and_drop_a_database(postgres)  # all is imported then, which that user may not read

    with programs_for_everyone() as programs:

        def run_one() -> None:
            with running_postgres(programs=programs) as server:
                make_and_drop_a_database(server)
                scratch = scratch_of(server)
            assert not scratch.exists()

        assert run_as_ordinary_user(run_one) == 0


def test_a_server_that_does_not_start_says_why() -> None:
    refused = running_postgres(no_such_setting=1)

    with pytest.raises(RuntimeError, match="unrecognized configuration parameter"), refused:
        pass


def test_programs_that_do_not_work_say_so(tmp_path: Path) -> None:
    programs = tmp_path / "broken"
    for part in ("bin", "lib", "share"):
        (programs / part).mkdir(parents=True)
    (programs / "bin/initdb").write_text("#!/bin/sh\necho out of order\nexit 3\n")
    (programs / "bin/initdb").chmod(0o755)
    refused = running_postgres(programs=programs)

    with pytest.raises(RuntimeError, match=r"status 3\nout of order"), refused:
        pass


def test_a_running_server_is_used_in_place_of_one_but_never_ended(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EXISTING, postgres.tcp_url())
    with running_postgres() as server:
        make_and_drop_a_database(server)

        for verb in (server.crash, server.start, server.stop):
            with pytest.raises(RuntimeError, match=f"will not .* the server of {EXISTING}"):
                verb()
        assert server.tcp_address == postgres.tcp_address
    assert ask(postgres.url(), "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        ("postgresql://me:word@db.example:6000", "postgresql://me:word@db.example:6000/new"),
        ("postgresql://db.example/old?a=b/c", "postgresql://db.example/new?a=b/c"),
        ("postgresql:///old?host=/run/pg", "postgresql:///new?host=/run/pg"),
    ],
)
def test_another_database_of_a_server_is_named_by_its_url(existing: str, expected: str) -> None:
    assert Postgres(existing).url("new") == expected
    assert database_of(expected) == "new"


def test_whoever_may_use_a_running_server_is_kept_over_tcp() -> None:
    existing = Postgres("postgresql://me:word@db.example/old", address=("db.example", 5432))

    through_a_proxy = existing.tcp_url("new", through=("127.0.0.1", 6000))

    assert existing.tcp_url("new") == "postgresql://me:word@db.example:5432/new"
    assert through_a_proxy == "postgresql://me:word@127.0.0.1:6000/new"


@pytest.mark.parametrize(("before", "rows"), [(True, 0), (False, 1)])
def test_a_connection_is_cut_in_mid_commit(postgres: Postgres, before: bool, rows: int) -> None:
    import psycopg

    url = postgres.fresh()
    ask(url, "CREATE TABLE t (n int)")
    with proxying(postgres.tcp_address) as proxy:
        done = proxy.cut_at(b"COMMIT", before=before)
        client = psycopg.connect(postgres.tcp_url(database_of(url), through=proxy.address))
        client.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(psycopg.OperationalError):
            client.commit()
        client.close()

        assert ask(url, "SELECT count(*) FROM t") == [(rows,)]
        assert done.wait(PATIENCE_SECONDS)
