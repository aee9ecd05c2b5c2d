"""Why one session is not merged into another."""

from __future__ import annotations

from .errors import RefusedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .differences import Conflict

_MOST_NAMED = 5


class MergeConflictError(RefusedError):
    """Both have changed the same place, each to something else; *conflicts* says which."""

    code = "merge_conflict"

    def __init__(self, source: str, target: str, conflicts: Sequence[Conflict]) -> None:
        named = ", ".join(ascii(each.path)[1:-1][:80] for each in conflicts[:_MOST_NAMED])
        more = len(conflicts) - _MOST_NAMED
        super().__init__(
            f"both {source} and {target} have changed {named}"
            + (f" and {more} more" if more > 0 else "")
            + f"; say whose stands: --ours keeps what {target} has, "
            + f"--theirs takes that of {source}"
        )
        self.source = source
        self.target = target
        self.conflicts = conflicts


class UnrelatedError(RefusedError):
    """Neither comes from the other, nor both from a third: nothing to merge against."""

    code = "unrelated"

    def __init__(self, source: str, target: str) -> None:
        super().__init__(
            f"neither of {source} and {target} comes from the other by `fork`, nor both from "
            "a third, so that nothing says what either has changed"
        )
