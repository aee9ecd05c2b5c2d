"""What an approval is given for, beside its action: the files that it names and the repository
they are in.
"""

from __future__ import annotations

from . import files, git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

MOST_DIRTY_NAMES = 200


class Surroundings:
    """The world as this process sees it; *own* are the paths of the store, which do not count.

    A hook *runs_git* never: git runs what the repository's own configuration names.
    """

    def __init__(self, own: Sequence[str] = (), *, runs_git: bool = True) -> None:
        self.own = own
        self.runs_git = runs_git

    def files(self, globs: Sequence[str], folder: str) -> list[dict[str, Any]]:
        """What stands under *globs*; InvalidValueError where one of them names nothing."""
        return files.look(globs, folder, self.own)

    def files_again(self, globs: Sequence[str], folder: str) -> list[dict[str, Any]]:
        """The same, where what is gone is no mistake."""
        return files.look(globs, folder, self.own, may_be_empty=True)

    def git(self, folder: str) -> dict[str, Any] | None:
        """`head`, `branch`, and the names that differ from it (None where git cannot tell);
        these are left out where git is not asked.
        """
        found = git.head(folder)
        if found is None or not self.runs_git:
            return found
        dirty = git.dirty(folder, self.own)
        return {**found, "dirty": dirty and dirty[:MOST_DIRTY_NAMES]}
