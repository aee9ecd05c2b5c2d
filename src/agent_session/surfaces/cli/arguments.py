"""What a verb takes, as a table that both readers of the command line share: `plain`, and
`parser` for the rest.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class UsageError(Exception):
    """The command line does not say what can be done; the message says what would."""


class Argument:
    """One argument: its *names* on the command line (none: a position), and the *keyword* by
    which a verb gets it.

    *convert* makes the value of the text, and raises ValueError with a sentence. One that is
    *repeatable* gives a tuple of them, empty where it is not given.
    """

    __slots__ = (
        "choices",
        "convert",
        "is_flag",
        "is_optional",
        "is_repeatable",
        "keyword",
        "meaning",
        "names",
        "shown",
    )

    def __init__(
        self,
        keyword: str,
        meaning: str,
        *names: str,
        shown: str = "",
        choices: tuple[str, ...] = (),
        convert: Callable[[str], Any] = str,
        is_flag: bool = False,
        is_optional: bool = False,
        is_repeatable: bool = False,
    ) -> None:
        self.keyword = keyword
        self.meaning = meaning
        self.names = names
        self.shown = shown
        self.choices = choices
        self.convert = convert
        self.is_flag = is_flag
        self.is_optional = is_optional
        self.is_repeatable = is_repeatable

    @property
    def default(self) -> bool | tuple[Any, ...] | None:
        if self.is_repeatable:
            return ()
        return False if self.is_flag else None

    def value(self, text: str) -> Any:
        """What *text* means here; ValueError."""
        if self.choices and text not in self.choices:
            raise ValueError(f"choose from {', '.join(self.choices)}")
        return self.convert(text)


AGENT_ID = Argument("agent_id", "the session's id", shown="ID")
APPROVAL_ID = Argument("approval_id", "the approval's id, ap-...", shown="AP")
AS_JSON = Argument("as_json", "print JSON instead of words", "--json", is_flag=True)
EVERYWHERE = (
    Argument(
        "project",
        "the project's folder; else the nearest with .claude or .git",
        "-C",
        shown="DIR",
    ),
    Argument(
        "store",
        "the store: files:PATH or a folder's path, sqlite:PATH, postgresql://...",
        "--store",
        shown="URL",
    ),
)


class Call:
    """What is asked for: the *verb*, where, and the verb's own arguments by keyword."""

    __slots__ = ("arguments", "project", "store", "verb")

    def __init__(self, verb: str, found: dict[str, Any]) -> None:
        self.verb = verb
        self.project: str | None = found.pop("project", None)
        self.store: str | None = found.pop("store", None)
        self.arguments = found
