"""What a SQL store asks of its database: a handful of verbs, whatever the dialect.

A statement is called by the name that it has in the dialect's own file; one that a dialect has
no need of is not in its file, and does nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Protocol, TypeVar

    from agent_session.core.store import Watch

    T = TypeVar("T")

    class Runs(Protocol):
        """Whatever takes a statement of which nothing comes back."""

        def run(self, statement: str, **values: Any) -> None: ...

    class Transaction(Runs, Protocol):
        """Statements that are made together or not at all, with no other writer of the same
        rows in between; those that are only run may go out with the next ones.
        """

        def rows(self, statement: str, **values: Any) -> Sequence[Any]: ...

        def select(self, sql: str, **values: Any) -> Sequence[Any]: ...

        def array(self, numbers: Sequence[int]) -> Any:
            """*numbers* as one value."""

        def run_each(self, statement: str, values: Sequence[Mapping[str, Any]]) -> None:
            """Run it once for each of *values*."""

    class Database(Protocol):
        """Every method raises StoreError where the database fails."""

        def rows(self, statement: str, **values: Any) -> Sequence[Any]:
            """What one statement reads; nothing where no store is there yet."""

        def select(self, sql: str, **values: Any) -> Sequence[Any]:
            """The same for a statement that is put together from our own parts."""

        def write(
            self,
            work: Callable[[Transaction], T],
            outcome: Callable[[Transaction], T | None] | None = None,
        ) -> T:
            """What *work* answers, once it is kept; the first write makes the store.

            *work* may be done more than once, after it was surely undone. Where it is not known
            whether it was kept, *outcome* looks for what it made, if the database can tell
            for sure; else UnknownOutcomeError.
            """

        def snapshot(self, look: Callable[[Database | Transaction], T]) -> T:
            """What *look* answers, which sees all as it was at one moment, and only looks; it
            may be called more than once.
            """

        def array(self, numbers: Sequence[int]) -> Any:
            """*numbers* as one value."""

        def can(self, statement: str) -> bool:
            """True where the dialect has the statement, of those that not every one has."""

        def size(self) -> int:
            """How many bytes it takes; none where no store is there yet."""

        def watch(self, agent_id: str | None) -> Watch: ...
