"""Reading many sessions, one of which may be gone, broken or hidden from us."""

from __future__ import annotations

import errno

from agent_session.core import Late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from agent_session.core import errors
    from agent_session.core.state import Record
    from agent_session.core.store import Query
else:
    errors = Late("agent_session.core.errors")

# What hides one session and leaves the store as it is: the others are told all the same.
_OF_ONE_SESSION = frozenset((errno.EACCES, errno.EPERM, errno.EIO))


def _unavailable(
    agent_id: str, error: errors.StoreUnavailableError
) -> errors.StateCorruptedError:
    told = errors.StateCorruptedError(agent_id, str(error))
    told.__cause__ = error
    return told


def may_come_back(unreadable: errors.StateCorruptedError) -> bool:
    return isinstance(unreadable.__cause__, errors.StoreUnavailableError)


def each_that_matches(
    get: Callable[[str], Record],
    ids: Iterable[str],
    query: Query,
    unreadable: Callable[[errors.StateCorruptedError], None],
) -> Iterator[Record]:
    """The sessions of these *ids* that match; what cannot be read is told."""
    for agent_id in ids:
        try:
            record = get(agent_id)
        except errors.SessionNotFoundError:
            continue
        except errors.StateCorruptedError as error:
            unreadable(error)
            continue
        except errors.StoreUnavailableError as error:
            if error.errno not in _OF_ONE_SESSION:
                raise
            unreadable(_unavailable(agent_id, error))
            continue
        if query.matches(record):
            yield record
