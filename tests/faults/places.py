"""A store of each kind to try faults on, named by a URL that any process opens anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from agent_session.stores.files.store import FileStore
from agent_session.stores.sqlite.store import open_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agent_session.core.store import Store

FILES, SQLITE, POSTGRES = "files", "sqlite", "postgresql"
KINDS = (FILES, SQLITE, POSTGRES)
# A machine under load may stall one call for longer than a writer waits by default.
PATIENCE_SECONDS = 300


def kind_of(url: str) -> str:
    return url.partition(":")[0]


def path_of(url: str) -> str:
    return url.partition(":")[2]


def opened(url: str, patience_seconds: float = PATIENCE_SECONDS) -> Store:
    """The store at *url*, opened anew."""
    kind = kind_of(url)
    if kind == FILES:
        return FileStore(path_of(url), patience_seconds)
    if kind == SQLITE:
        return open_sqlite(path_of(url), patience_seconds)
    from agent_session.stores.postgres.store import open_postgres  # psycopg may be missing

    return open_postgres(url, patience_seconds)


def once_a_process(make: Callable[[], Any]) -> Callable[[], Any]:
    """What *make* makes, made once in each process: a fork does not use its parent's."""
    made: dict[int, Any] = {}

    def get() -> Any:
        pid = os.getpid()
        if pid not in made:
            made[pid] = make()
        return made[pid]

    return get


def clock_of(store: Store, own: Callable[[], datetime]) -> Callable[[], datetime]:
    """What judges claims on *store*: its own clock, where it has one, else this machine's."""
    clock: Callable[[], datetime] | None = getattr(store, "clock", None)
    return clock or own
