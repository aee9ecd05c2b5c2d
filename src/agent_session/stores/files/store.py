"""The file store: `<root>/<agent_id>/journal.jsonl` is the truth, `state.json` the snapshot,
`.lock` the gate.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.agent_ids import require_agent_id
from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.codec import decode_object
from agent_session.core.hosts import birth_key
from agent_session.core.phases import is_final
from agent_session.core.store import (
    Query,
    ids_held,
    ignore,
    is_approval_id,
    newest_first,
    remove_finished_one_by_one,
    remove_one_by_one,
)
from agent_session.local import disk

from . import journal, session
from .glance import DELEGATIONS, FOLDER, PENDING
from .index import Index, hint_of
from .reading import each_that_matches, may_come_back
from .root import REMOVED, Root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from agent_session.core import errors, events, pages
    from agent_session.core.chain import Draft, Event
    from agent_session.core.events import Change, Commit
    from agent_session.core.instants import datetime
    from agent_session.core.measures import Tally
    from agent_session.core.pages import Page, Place
    from agent_session.core.state import Record
    from agent_session.core.store import Shorten
    from agent_session.local import watch
    from agent_session.local.watch import Watch

    from . import checking, inbox, locked, measuring, owners
    from .session import Found
else:
    errors = Late("agent_session.core.errors")
    checking = Late("agent_session.stores.files.checking")
    events = Late("agent_session.core.events")
    inbox = Late("agent_session.stores.files.inbox")
    locked = Late("agent_session.stores.files.locked")
    measuring = Late("agent_session.stores.files.measuring")
    owners = Late("agent_session.stores.files.owners")
    pages = Late("agent_session.core.pages")
    watch = Late("agent_session.local.watch")


class FileStore:
    """Sessions in the folder *path*, which is made by the first write and never by a reader."""

    clock: Callable[[], datetime] | None = None

    def __init__(self, path: str, patience_seconds: float = disk.PATIENCE_SECONDS) -> None:
        self.root = Root(path)
        self.index = Index(path)
        self.patience_seconds = patience_seconds
        self._is_ready = False

    # --- reading ------------------------------------------------------------------------------

    def get(self, agent_id: str) -> Record:
        return self.look(agent_id).record

    def look(self, agent_id: str) -> Found:
        """The session, with what its snapshot is beside its journal."""
        folder = self.root.open_session(require_agent_id(agent_id))
        try:
            return session.read_session(agent_id, folder)
        finally:
            disk.close(folder)

    def scan(
        self, query: Query, unreadable: Callable[[errors.StateCorruptedError], None] = ignore
    ) -> Iterator[Record]:
        if query.approval_id is not None:
            found = self._find_holder(query, query.approval_id, unreadable)
            return newest_first(found) if query.live else found
        hinted = self._hinted(query)
        ids = self.root.ids() if hinted is None else hinted
        found = self._read_each(ids, query, unreadable)
        # Only within one agent's log is the order that of the lines.
        by_agent = query.agent_name is not None and query.host is None and not query.pending
        of_one_log = hinted is not None and by_agent
        return newest_first(found) if query.live and not of_one_log else found

    def _hinted(self, query: Query) -> Iterable[str] | None:
        """The ids that alone can match; None where no hint tells, or none is to be trusted."""
        if query.host is not None:
            owned = owners.sessions_of(self.root.path, query.host)
            return self._live_among(owned, query) if owned and query.live else owned
        if query.pending:
            return inbox.pending(self.root.path)
        hints = self.index.live(query.agent_name) if query.live else None
        if hints is None:
            return None
        return (hint.agent_id for hint in hints if query.may_concern(hint.task_id))

    def _live_among(self, ids: list[str], query: Query) -> list[str]:
        """Without those that are surely over: of a long conversation that is most."""
        hints = self.index.live(query.agent_name)
        if hints is None:
            return ids
        live = {hint.agent_id for hint in hints}
        return [each for each in ids if each in live]

    def _find_holder(
        self,
        query: Query,
        approval_id: str,
        unreadable: Callable[[errors.StateCorruptedError], None],
    ) -> Iterator[Record]:
        """A hint that was lost is no lost approval: all sessions are looked at then."""
        if not is_approval_id(approval_id):
            return iter(())
        hinted = inbox.holders(self.root.path, approval_id) or ()
        held = list(self._read_each(hinted, Query(approval_id=approval_id), ignore))
        if held:
            return filter(query.matches, held)
        return self._read_each(self.root.ids(), query, unreadable)

    def _read_each(
        self,
        ids: Iterable[str],
        query: Query,
        unreadable: Callable[[errors.StateCorruptedError], None],
    ) -> Iterator[Record]:
        return each_that_matches(self.get, ids, query, unreadable)

    def page(
        self,
        query: Query,
        size: int,
        below: Place | None = None,
        unreadable: Callable[[errors.StateCorruptedError], None] = ignore,
    ) -> Page:
        return pages.page_of(self.scan(query, unreadable), size, below)

    def events(self, agent_id: str, after: int = 0) -> Sequence[Event]:
        folder = self.root.open_session(require_agent_id(agent_id))
        try:
            opened = journal.open_journal(folder)
        except FileNotFoundError:
            session.read_session(agent_id, folder)
            return []
        except errors.UnsafeStoreError as error:
            raise errors.StateCorruptedError(agent_id, str(error)) from None
        finally:
            disk.close(folder)
        try:
            return [event for event in opened.events() if event["seq"] > after]
        except errors.InvalidValueError as error:
            raise errors.StateCorruptedError(agent_id, str(error)) from None
        finally:
            disk.close(opened.descriptor)

    # --- writing ------------------------------------------------------------------------------

    def add(self, agent_id: str, drafts: Sequence[Draft]) -> Record:
        require_agent_id(agent_id)
        made = events.commit(None, 0, NOTHING_BEFORE, drafts)
        self._get_ready()
        if self.root.has(agent_id):
            raise errors.SessionExistsError(agent_id)
        return self._begin(agent_id, made)

    def _begin(self, agent_id: str, made: Commit) -> Record:
        if birth_key(made.record) is None or is_final(made.record["phase"]):
            return self._add(agent_id, made)
        births = owners.lock_births(self.root.path)
        try:
            owners.require_sole_birth(made.record, self.scan)
            return self._add(agent_id, made)
        finally:
            disk.close(births)

    def _add(self, agent_id: str, made: Commit) -> Record:
        self.index.note(made.record, live=True)
        self._announce(None, made.record)
        self.root.add_folder(
            agent_id, {journal.NAME: made.lines, session.SNAPSHOT: made.snapshot}
        )
        self._settle(None, made.record)
        return made.record

    def update(self, agent_id: str, change: Change) -> Record:
        with self._locked(agent_id) as writing:
            drafts = change(writing.found.record)
            if not drafts:
                return writing.found.record
            return self._write(writing, writing.commit(drafts))

    def _write(self, writing: locked.LockedSession, made: Commit) -> Record:
        before, is_over = writing.found.base, is_final(made.record["phase"])
        self._get_ready()
        if not is_over and not _is_hinted_at(before, made.record):
            self.index.note(made.record, live=True)
        self._announce(before, made.record)
        writing.append(made)
        try:
            writing.refresh(made.snapshot)
        except errors.StoreError:
            pass  # the journal has it, and readers see that the snapshot is older
        if is_over:
            self._note_end(made.record)
        self._settle(before, made.record)
        return made.record

    def compact(self, agent_id: str, shorten: Shorten) -> bool:
        with self._locked(agent_id) as writing:
            return writing.compact(shorten)

    def remove(self, agent_id: str, at: str, allowed: Callable[[Record], bool]) -> bool:
        with self._locked(agent_id) as writing:
            record = writing.found.record
            if not allowed(record):
                return False
            self._get_ready()
            self.root.append(REMOVED, measuring.removal(record, writing.entered, at))
            self.root.remove_folder(agent_id)
        if not is_final(record["phase"]):
            self._note_end(record)
        self._settle(record, None)
        return True

    def remove_each(
        self,
        query: Query,
        at: str,
        allowed: Callable[[Record], bool],
        unreadable: Callable[[errors.StateCorruptedError], None] = ignore,
    ) -> Iterator[tuple[Record, bool]]:
        return remove_one_by_one(self, query, at, allowed, unreadable)

    def remove_finished(
        self,
        until: str,
        at: str,
        unreadable: Callable[[errors.StateCorruptedError], None] = ignore,
    ) -> Iterator[str]:
        return remove_finished_one_by_one(self, until, at, unreadable)

    def count(self) -> int:
        return len(self.root.ids())

    def take_in(self, sealed: Mapping[str, Sequence[Event]]) -> None:
        self._get_ready()
        for agent_id, entered in sealed.items():
            if not self.root.has(require_agent_id(agent_id)):
                self._begin(agent_id, events.follow(agent_id, None, 0, NOTHING_BEFORE, entered))
                continue
            with self._locked(agent_id) as writing:
                self._write(writing, writing.follow(entered))

    def _note_end(self, record: Record) -> None:
        try:
            self.index.note(record, live=False)
        except errors.StoreError:
            pass  # a hint too many: every candidate is checked

    def _announce(self, before: Record | None, after: Record) -> None:
        if _has_approvals(before, after):
            inbox.announce(self.root.path, before, after)
        if _has_another_host(before, after):
            owners.announce(self.root.path, before, after)

    def _settle(self, before: Record | None, after: Record | None) -> None:
        try:
            if _has_approvals(before, after):
                inbox.settle(self.root.path, before, after)
            if _has_another_host(before, after):
                owners.settle(self.root.path, before, after)
        except errors.StoreError:
            pass  # a hint too many, and a watch that is woken later

    def sweep(self) -> None:
        self.root.sweep()

    def _locked(self, agent_id: str) -> locked.LockedSession:
        return locked.LockedSession(
            self.root, require_agent_id(agent_id), self.patience_seconds
        )

    def _get_ready(self) -> None:
        """Before a write: the folder is there, it can keep the promises, and its index is of
        this boot.
        """
        if self._is_ready and self.index.is_there():
            return
        self.root.make()
        if not self.index.is_trusted():
            self._rebuild_index()
        self._is_ready = True

    def _rebuild_index(self) -> None:
        unreadable: list[errors.StateCorruptedError] = []
        records = self._read_each(self.root.ids(), Query(), unreadable.append)
        self.index.rebuild(
            records,
            lambda: not any(map(may_come_back, unreadable)),
            (inbox.Entries, owners.Entries),
        )

    # --- the delegation log -------------------------------------------------------------------

    def note(self, *delegations: Mapping[str, Any]) -> None:
        if not self.root.is_made():
            self._get_ready()  # a new store begins with an index, so that a glance can trust it
        self.root.append(DELEGATIONS, *delegations)

    def notes(self) -> Iterator[Mapping[str, Any]]:
        for line in self.root.lines(DELEGATIONS):
            try:
                yield decode_object(line)
            except errors.InvalidValueError:
                continue

    # --- measures -----------------------------------------------------------------------------

    def earliest(self) -> str | None:
        found: str | None = measuring.earliest(self)
        return found

    def tally(self, edges: Sequence[str], agent_name: str | None, now: str) -> list[Tally]:
        found: list[Tally] = measuring.tally(self, edges, agent_name, now)
        return found

    def size(self) -> int:
        return self.root.size()

    # --- the store itself ---------------------------------------------------------------------

    def identity(self) -> str:
        try:
            return self.root.identity()
        except FileNotFoundError:
            self._get_ready()
            self.root.make()  # where the mark alone was taken away
        try:
            return self.root.identity()
        except FileNotFoundError as error:
            raise disk.refused(error, "tell the store's id") from None

    def watch(self, agent_id: str | None) -> Watch:
        if agent_id is None:
            return watch.watch_file(f"{self.root.path}/{FOLDER}", PENDING)
        self.look(agent_id)
        return watch.watch_file(f"{self.root.path}/{agent_id}", journal.NAME)

    # --- verifying ----------------------------------------------------------------------------

    def flaws(self, agent_id: str) -> Sequence[str]:
        found: Sequence[str] = checking.flaws(self.root, require_agent_id(agent_id))
        return found

    def repair(self, agent_id: str | None) -> None:
        if agent_id is not None:
            self._repair(agent_id)
            return
        self.sweep()
        for each in self.root.ids():
            try:
                self._repair(each)
            except (errors.StateCorruptedError, errors.SessionNotFoundError):
                continue
        self.root.make()
        self._rebuild_index()

    def _repair(self, agent_id: str) -> None:
        with self._locked(agent_id) as writing:
            writing.repair()


def _is_hinted_at(before: Record | None, after: Record) -> bool:
    """True where the index need not be told: the log is in order of activity, and a claim is
    none.
    """
    if before is None or is_final(before["phase"]):
        return False
    known, now = hint_of(before, live=True), hint_of(after, live=True)
    return (known.last_updated, known.task_id) == (now.last_updated, now.task_id)


def _has_approvals(before: Record | None, after: Record | None) -> bool:
    return any(ids_held(each) for each in (before, after) if each is not None)


def _has_another_host(before: Record | None, after: Record | None) -> bool:
    return (before and before["host"]) != (after and after["host"])
