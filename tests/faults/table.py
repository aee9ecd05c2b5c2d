"""Writes what a run of the fault tests has tried into docs/reliability.md.

Run as `python -m tests.faults.table LEDGER PAGE COMMAND`, which `make faults` does; the command
is what has filled the ledger.
"""

from __future__ import annotations

import datetime
import platform
import sqlite3
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tests.faults.ledger import SWEEPS, Tally, tallies

if TYPE_CHECKING:
    from collections.abc import Sequence

BEGIN = "<!-- made by `make faults`; do not edit -->"
END = "<!-- end of what is made -->"
HEAD = ("| what was tried | store | tried | wrong |", "|---|---|---:|---:|")


def with_table(page: str, tally: Sequence[Tally], run: str) -> str:
    """*page* with the table of *tally* between its marks, below what is said of the *run*."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    assert mark, "the page has no marks"
    rows = [
        f"| {SWEEPS[each.sweep]} | {each.kind} | {each.tried} | {each.wrong} |"
        for each in tally
    ]
    return "\n".join((f"{before}{BEGIN}", "", run, "", *HEAD, *rows, "", f"{END}{after}"))


def rows_in(page: str) -> list[tuple[str, str]]:
    """What was tried, and on which store, of each row of the table in *page*."""
    made = page.partition(BEGIN)[2].partition(END)[0]
    rows = [line.split("|") for line in made.splitlines() if line.startswith("| ")]
    return [(row[1].strip(), row[2].strip()) for row in rows[1:]]


def this_run(command: str) -> str:
    """When, and on what: versions, and nothing that names the machine."""
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    kernel = f"{platform.system()} {platform.release().partition('-')[0]}"
    return (
        f"`{command}` on {day}: Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, {postgres_version()}, {kernel}."
    )


def postgres_version() -> str:
    from tests.servers.postgres import running_postgres, why_none

    if why_none() or not find_spec("psycopg"):
        return "no PostgreSQL"
    import psycopg

    with running_postgres() as server, psycopg.connect(server.url()) as connection:
        found = connection.execute("SHOW server_version").fetchone()
        return f"PostgreSQL {found[0] if found else 'of an unknown version'}"


def main() -> None:
    ledger, path, command = sys.argv[1:4]
    with open(ledger, encoding="utf-8") as file:
        tally = tallies(file.read().splitlines())
    with open(path, encoding="utf-8") as file:
        page = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(with_table(page, tally, this_run(command)))


if __name__ == "__main__":
    main()
