"""A session under its lock: read once, changed once, first its journal, then its snapshot."""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.codec import encode, encode_record
from agent_session.core.events import commit, follow
from agent_session.local import disk, writes

from . import journal, session
from .session import SNAPSHOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.core import errors
    from agent_session.core.chain import Draft, Event
    from agent_session.core.events import Commit
    from agent_session.core.store import Shorten

    from .root import Root
    from .session import Found
else:
    errors = Late("agent_session.core.errors")

LOCK = ".lock"
# One for all, so that what a killed writer has left is the next one's to replace.
_ASIDE = ".state.json.tmp"


class LockedSession:
    """The one writer of a session, from `with` to the end of its block.

    The lock file is never removed while the session lives, and whoever waited for it looks
    again whether the folder still has the session's name.
    """

    __slots__ = ("_journal", "_lock", "agent_id", "folder", "found")

    found: Found

    def __init__(self, root: Root, agent_id: str, patience_seconds: float) -> None:
        self.agent_id = agent_id
        self.folder = root.open_session(agent_id)
        self._lock = -1
        self._journal: journal.Journal | None = None
        try:
            self._wait(root, patience_seconds)
            self._read()
        except BaseException:
            self.close()
            raise

    def _wait(self, root: Root, patience_seconds: float) -> None:
        try:
            self._lock = writes.open_lock(LOCK, self.folder)
        except FileNotFoundError:
            self._lock = self._make_lock()
        writes.lock(
            self._lock, patience_seconds=patience_seconds, sign_of_life=self._size_of_journal
        )
        if not disk.is_same_folder(f"{root.path}/{self.agent_id}", self.folder):
            raise errors.SessionNotFoundError(self.agent_id)

    def _size_of_journal(self) -> int:
        status = disk.status_of(journal.NAME, self.folder)
        return status.st_size if status else 0

    def _make_lock(self) -> int:
        """A folder that holds no session is left as it is, so that its name stays free."""
        if not {SNAPSHOT, journal.NAME}.intersection(disk.names_in(self.folder)):
            raise errors.SessionNotFoundError(self.agent_id)
        try:
            return writes.make_lock(LOCK, self.folder)
        except FileNotFoundError:
            raise errors.SessionNotFoundError(self.agent_id) from None

    def _read(self) -> None:
        try:
            self._journal = journal.open_journal(self.folder, to_write=True)
        except FileNotFoundError:
            pass
        except errors.UnsafeStoreError as error:
            raise errors.StateCorruptedError(self.agent_id, str(error)) from None
        self.found = session.weigh(
            self.agent_id, session.read_snapshot(self.folder), self._journal
        )

    def __enter__(self) -> LockedSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives the lock up, as the kernel does for a killed writer."""
        if self._journal is not None:
            disk.close(self._journal.descriptor)
        if self._lock >= 0:
            writes.leave(self._lock)
        disk.close(self.folder)

    def commit(self, drafts: Sequence[Draft]) -> Commit:
        """*drafts*, and before them what must be entered first, as they follow on the journal;
        nothing is written.
        """
        seq, prev = (
            (self._journal.seq, self._journal.hash) if self._journal else (0, NOTHING_BEFORE)
        )
        return commit(
            self.found.base, seq, prev, [*self.found.drafts_before(drafts[0]["at"]), *drafts]
        )

    def follow(self, sealed: Sequence[Event]) -> Commit:
        """Events that another store has sealed, as they follow on the journal.

        InvalidValueError where they do not, or something must be entered before them.
        """
        if self._journal is None or self.found.pending is not None:
            raise errors.InvalidValueError(
                f"{self.agent_id} has changed here as well: somebody has edited it, or it came "
                "from the first implementation"
            )
        return follow(
            self.agent_id, self.found.base, self._journal.seq, self._journal.hash, sealed
        )

    def append(self, made: Commit) -> None:
        """Enter the events, to stay: from here on the change is made."""
        if self._journal is not None:
            journal.append(self._journal, made.lines)
            return
        writes.make_private(self.folder)
        descriptor = writes.create_file(journal.NAME, self.folder, made.lines)
        try:
            writes.sync_data(descriptor, journal.NAME)
        finally:
            disk.close(descriptor)
        writes.sync_folder(self.folder)

    def refresh(self, snapshot: bytes) -> None:
        """Write the snapshot aside and put it in place, so that no reader sees half of it; not
        synced.
        """
        writes.write_aside(SNAPSHOT, self.folder, snapshot, temporary=_ASIDE)

    def compact(self, shorten: Shorten) -> bool:
        """Let what *shorten* makes of it be the journal, in one step; True if that is shorter.

        First the snapshot is made sure of: one from before an event that is gone would pass
        for a person's edit.
        """
        entered = self.entered()
        if self.found.pending is not None:
            return False
        shorter = shorten(self.found.record, entered)
        if len(shorter) < len(entered):
            self._replace_journal(shorter)
        return len(shorter) < len(entered)

    def _replace_journal(self, entered: Sequence[Event]) -> None:
        snapshot = encode_record(self.found.record)
        writes.write_aside(SNAPSHOT, self.folder, snapshot, temporary=_ASIDE, sync=True)
        writes.sync_folder(self.folder)
        lines = "".join(encode(each) + "\n" for each in entered).encode()
        writes.write_aside(journal.NAME, self.folder, lines, temporary=_ASIDE, sync=True)
        writes.sync_folder(self.folder)

    def entered(self) -> list[Event]:
        """The journal so far; StateCorruptedError."""
        try:
            return list(self._journal.events()) if self._journal else []
        except errors.InvalidValueError as error:
            raise errors.StateCorruptedError(self.agent_id, str(error)) from None

    def repair(self) -> None:
        """Cut off a torn tail, and write the snapshot anew where it was stale or invalid."""
        if self._journal is not None:
            journal.cut_torn_tail(self._journal)
        if self.found.kind in {session.STALE, session.INVALID}:
            self.refresh(encode_record(self.found.record))
