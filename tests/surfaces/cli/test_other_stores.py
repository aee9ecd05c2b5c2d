"""The command line over SQLite and over a server: doctor, pending --all, and clear refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.surfaces.cli.command_line import CommandLine

STORE = "AGENT_SESSION_STORE"


def checks_of(cli: CommandLine) -> dict[str, tuple[str, bool | None]]:
    found = cli("doctor", "--json").json["checks"]
    return {each["what"]: (each["value"], each["is_right"]) for each in found}


def test_doctor_tells_which_journal_sqlite_keeps_and_why(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE, "sqlite:s.db")
    assert checks_of(cli)["sessions"][0].startswith("none yet")
    assert not (cli.folder / "s.db").exists()
    cli("create")

    found = checks_of(cli)

    assert found["store"][0] == f"sqlite:s.db (from {STORE})"
    assert found["sessions"][0].startswith("1, ")
    assert found["journal"][0].startswith(("write-ahead log", "rollback journal"))
    assert "WAL-reset bug" in found["journal"][0]
    assert [found[what][1] for what in ("journal", "private", "integrity")] == [True] * 3


def test_doctor_finds_an_sqlite_file_that_others_may_read_or_that_is_damaged(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE, "sqlite:s.db")
    for _ in range(30):
        cli("create")
    (cli.folder / "s.db").chmod(0o644)
    assert checks_of(cli)["private"][1] is False

    (cli.folder / "s.db").chmod(0o600)
    content = bytearray((cli.folder / "s.db").read_bytes())
    content[3 * 8192 : 3 * 8192 + 200] = b"\xff" * 200
    (cli.folder / "s.db").write_bytes(content)
    ran = cli("doctor")

    assert ran.status == 1


def test_doctor_tells_of_the_server_and_shows_no_password(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv(STORE, postgres_url.replace("postgres@", "postgres:hidden@", 1))

    before = checks_of(cli)
    cli("create")
    after = checks_of(cli)

    assert before["sessions"][0].startswith("0, ")
    assert after["sessions"][0].startswith("1, ")
    assert after["server"][0].startswith("PostgreSQL ")
    assert "hidden" not in after["store"][0]
    # A server for tests is as quick as it can be, and says so.
    assert after["durable"][1] is False


def test_what_waits_in_other_stores_is_found_from_anywhere(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    for url in ("sqlite:s.db", postgres_url):
        monkeypatch.setenv(STORE, url)
        agent_id = cli("create").out.split()[-1]
        (cli.folder / "plan.md").write_text("the plan")
        assert cli("request-approval", agent_id, "--plan", "plan.md").status == 0
    monkeypatch.delenv(STORE)

    waiting = cli("pending", "--all").lines

    assert len(waiting) == 2


def test_a_server_that_is_away_is_one_sentence(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE, "postgresql://me:hidden@127.0.0.1:1/sessions")

    ran = cli("list")

    assert (ran.status, ran.out) == (3, "")
    assert len(ran.err.splitlines()) == 1
    assert "hidden" not in ran.err


def test_a_missing_extra_names_what_to_install(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    for name in [each for each in sys.modules if "stores.postgres" in each]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setenv(STORE, "postgresql://db.example/sessions")

    ran = cli("list")

    assert ran.status == 1
    assert "pip install 'agent-session[postgres]'" in ran.err
