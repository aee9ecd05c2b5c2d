"""What `doctor` looks at in a store, whichever kind it is; nothing is changed."""

from __future__ import annotations

from agent_session import places
from agent_session.core.errors import InvalidValueError, StoreError
from agent_session.telling.words import size_of

from .check import Check
from .progress import watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from agent_session.stores.files.condition import Condition
    from agent_session.stores.sqlite.condition import Condition as SqliteCondition
    from agent_session.wiring import Wiring

_FEWEST_BYTES_FREE = 100 << 20
_MOST_NAMED = 3
_LOCAL_DISK = "keep the sessions on a local disk; only a database, PostgreSQL, can be shared"


def check_store(wiring: Wiring) -> Iterator[Check]:
    said = wiring.settings["store"]
    is_set = bool(said) and wiring.url in (said, places.located(said, wiring.project))
    source = f" (from {wiring.settings.sources['store']})" if is_set else ""
    yield Check("store", places.without_password(wiring.url) + source)
    try:
        wiring.store.count()
        kind, place = places.kind_and_place(wiring.url)
        if kind in _BY_KIND:
            yield from _BY_KIND[kind](place)
    except (InvalidValueError, StoreError) as error:
        said = getattr(error, "strerror", None) or str(error)
        yield Check("store opens", said, False, "name a store with --store, or mend this one")


# --- files ------------------------------------------------------------------------------------


def _files(path: str) -> Iterator[Check]:
    from agent_session.stores.files.condition import Condition

    found = Condition(path)
    if found.exists:
        found.walk(watched("Looking at files"))
    yield from _folder(found)
    yield from _disk(found)


def _folder(found: Condition) -> Iterator[Check]:
    if found.exists:
        yield Check("sessions", f"{found.sessions}, {size_of(found.bytes_kept)}")
    else:
        yield Check("sessions", "none yet; the first write makes the folder")
    yield Check(
        "writable",
        "yes" if found.is_writable else "no",
        found.is_writable,
        f"let your user write to {found.path}",
    )
    if not found.exists:
        return
    yield _private(found.exposed, "folders 0700 and files 0600", found.path)
    yield Check(
        "index",
        "trusted" if found.index_is_trusted else "not trusted; the next write rebuilds it",
    )


def _private(exposed: Sequence[str], modes: str, path: str) -> Check:
    named = ", ".join(exposed[:_MOST_NAMED]) + (", ..." if len(exposed) > _MOST_NAMED else "")
    return Check(
        "private",
        f"no: others may read or change {named}" if exposed else f"yes, {modes}",
        not exposed,
        f"chmod -R go-rwx {path}",
    )


def _disk(found: Condition) -> Iterator[Check]:
    yield Check(
        "file system",
        found.file_system or "not told by this system",
        False if found.is_network else None,
        _LOCAL_DISK,
    )
    yield Check(
        "disk space",
        f"{size_of(found.bytes_free)} free",
        found.bytes_free >= _FEWEST_BYTES_FREE,
        "make room, `agent-session cleanup` removes old sessions",
    )


# --- SQLite -----------------------------------------------------------------------------------


def _sqlite(path: str) -> Iterator[Check]:
    from agent_session.stores.sqlite.condition import Condition

    found = Condition(path)
    found.check()
    if found.exists:
        told = "none yet" if found.sessions is None else str(found.sessions)
        yield Check("sessions", f"{told}, {size_of(found.bytes_kept)}")
    else:
        yield Check("sessions", "none yet; the first write makes the file")
    yield from _library(found)
    if found.exists:
        yield _private(found.exposed, "files 0600", " ".join(found.exposed))
        yield Check(
            "integrity",
            "; ".join(found.flaws[:_MOST_NAMED]) or "SQLite finds nothing wrong",
            not found.flaws,
            "restore it from a backup; `agent-session copy` saves what can still be read",
        )


def _library(found: SqliteCondition) -> Iterator[Check]:
    """Which SQLite, which journal, and whether the two may go together."""
    yield Check("sqlite", f"{found.sqlite_version} {found.source_id or ''}".rstrip())
    free = "free of" if found.wal_is_safe else "not free of"
    keeps_wal = found.journal == "wal" if found.journal else found.wal_is_safe
    journal = "write-ahead log (WAL)" if keeps_wal else "rollback journal"
    yield Check(
        "journal",
        f"{journal}; this SQLite is {free} the WAL-reset bug",
        not found.is_at_risk,
        "no other process may write meanwhile: sqlite3 FILE 'PRAGMA journal_mode=DELETE', or "
        "use SQLite 3.51.3 or newer (3.50.7, 3.44.6)",
    )


# --- PostgreSQL -------------------------------------------------------------------------------


def _postgres(url: str) -> Iterator[Check]:
    from agent_session.stores.postgres.condition import Condition

    found = Condition(url)
    yield Check("sessions", f"{found.sessions}, {size_of(found.bytes_kept)}")
    yield Check("server", f"PostgreSQL {found.server_version}, as {found.role}")
    yield Check(
        "durable",
        "yes" if found.is_durable else "no: fsync or full_page_writes is off",
        found.is_durable,
        "switch both on in postgresql.conf, or a crash may lose what was approved",
    )
    yield Check(
        "role",
        ", ".join(found.memberships) or "none of agent, approver, auditor",
        None,
    )


_BY_KIND: Mapping[str, Callable[[str], Iterator[Check]]] = {
    places.FILES: _files,
    places.SQLITE: _sqlite,
    places.POSTGRES: _postgres,
}
