"""The rules, pure: no files, no clock, no randomness, no logging.

Time and ids come in as arguments.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Late:
    """A module that is imported when something of it is first asked for.

    A hook is a fresh process for every delegation, and most never need an error: making
    those classes alone would cost it a tenth of the interpreter's own start.
    """

    __slots__ = ("_module", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: Any = None

    def __getattr__(self, word: str) -> Any:
        if self._module is None:
            self._module = __import__(self._name, fromlist=[word])
        return getattr(self._module, word)
