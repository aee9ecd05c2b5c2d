"""`pending`: the inbox, what waits for a person's answer, oldest first."""

from __future__ import annotations

import sys

from agent_session import places
from agent_session.core.durations import duration
from agent_session.core.errors import AgentSessionError
from agent_session.core.instants import moment
from agent_session.surfaces.cli.arguments import AS_JSON, Argument, UsageError
from agent_session.surfaces.cli.render import complain, is_terminal, say_json_lines
from agent_session.telling.inbox import Row
from agent_session.wiring import Wiring
from agent_session.world.known_stores import known_stores

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent_session.core.instants import datetime, timedelta
    from agent_session.services.approvals import Asked

DETAIL = (
    "In a pipe, one line each: approval, agent, what, since, until, whether the agent runs,\n"
    "session, store.  Status 1 where --timeout is over before anything has changed."
)
EXAMPLES = (
    "agent-session pending",
    "agent-session pending --all --json",
    "while agent-session pending --wait; do notify-send 'approvals have changed'; done",
)
ARGUMENTS = (
    Argument("everywhere", "in every store that you have asked in", "--all", is_flag=True),
    Argument("wait", "first sleep until one arrives or is answered", "--wait", is_flag=True),
    Argument("timeout", "how long to wait", "--timeout", shown="D", convert=duration),
    AS_JSON,
)
_LONGEST_SLEEP_SECONDS = 3600.0


def run(
    wiring: Wiring,
    *,
    everywhere: bool,
    wait: bool,
    timeout: timedelta | None,
    as_json: bool,
) -> int:
    if everywhere and wait:
        raise UsageError("--wait sleeps at one store: leave --all, or --wait")
    if timeout is not None and not wait:
        raise UsageError("--timeout is for --wait")
    if wait and not _has_changed(wiring, timeout):
        complain(f"nothing has changed within {timeout}")
        return 1
    rows = list(_everywhere(wiring) if everywhere else _here(wiring, wiring.url))
    rows.sort(key=lambda row: str(row.asked.approval["requested_at"]))
    _print(rows, wiring.now(), everywhere=everywhere, as_json=as_json)
    return 0


def _here(wiring: Wiring, url: str) -> Iterator[Row]:
    return (Row(wiring, asked, url) for asked in wiring.approvals.pending())


def _everywhere(wiring: Wiring) -> Iterator[Row]:
    """What cannot be looked at is told, and passed over."""
    here = places.lasting(wiring.url) or wiring.url
    urls = dict.fromkeys((*known_stores(wiring.variables), here))
    for url in urls:
        other = Wiring(wiring.project, wiring.settings, url, wiring.actor, wiring.variables)
        try:
            if url != here and not other.has_store:
                complain(f"{url}: it is gone")
                continue
            yield from list(_here(other, url))
        except (AgentSessionError, OSError) as error:
            complain(f"{url}: {getattr(error, 'strerror', None) or error}")


# --- waiting ----------------------------------------------------------------------------------


def _has_changed(wiring: Wiring, timeout: timedelta | None) -> bool:
    """True as soon as another set of approvals waits; False when the time is over."""
    end = None if timeout is None else wiring.now() + timeout
    with wiring.store.watch(None) as watch:  # before the first look, or a change is missed
        waiting = wiring.approvals.pending()
        before = _ids(waiting)
        while True:
            now = wiring.now()
            if end is not None and end <= now:
                return False
            watch.wait(_seconds_until_next(waiting, end, now))
            waiting = wiring.approvals.pending()
            if _ids(waiting) != before:
                return True


def _ids(waiting: Sequence[Asked]) -> frozenset[str]:
    return frozenset(each.approval["id"] for each in waiting)


def _seconds_until_next(waiting: Sequence[Asked], end: datetime | None, now: datetime) -> float:
    """Until the time is over, or a request expires, which nobody enters anywhere."""
    ends = [moment(each.approval["expires_at"]) for each in waiting]
    left = ((each - now).total_seconds() for each in (*ends, *([end] if end else [])))
    return max(min(left, default=_LONGEST_SLEEP_SECONDS), 0.0)


# --- printing ---------------------------------------------------------------------------------


def _print(rows: Sequence[Row], now: datetime, *, everywhere: bool, as_json: bool) -> None:
    if as_json:
        say_json_lines(row.as_json() for row in rows)
    elif not is_terminal(sys.stdout):
        sys.stdout.writelines(row.as_line() for row in rows)
    elif rows:
        _show(rows, now, everywhere=everywhere)
    else:
        complain("nothing waits for an answer")


def _show(rows: Sequence[Row], now: datetime, *, everywhere: bool) -> None:
    from agent_session.surfaces.cli.tables import Column, print_table

    columns = [
        Column("APPROVAL", lambda _: "bold"),
        Column("AGENT", gives_way=True),
        Column("WHAT", gives_way=True),
        Column("SINCE"),
        Column("EXPIRES IN"),
        Column("ALIVE", {"yes": "green", "no": "bold red"}.get),
    ]
    cells = [row.as_cells(now) for row in rows]
    if everywhere:
        columns.append(Column("STORE", wraps=True))
        cells = [(*each, row.url) for each, row in zip(cells, rows, strict=True)]
    print_table(columns, cells)
