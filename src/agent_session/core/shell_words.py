"""A word of a shell's command line, and what ends the reading of a line that asks too much."""

from __future__ import annotations

DEEPEST = 24
ENDS = frozenset(("", " ", "\t", "\n", ";", "&", "|", "<", ">", "(", ")"))


class UntoldError(ValueError):
    """What the text would run cannot be told; it never leaves `shell`."""


class Word:
    """A word as it is read. It *is_bare* where no part of it was quoted or is expanded, and is
    open up to *open_until*.
    """

    __slots__ = ("_parts", "_size", "is_bare", "open_until")

    def __init__(self, text: str = "", *, is_open: bool = False) -> None:
        self._parts = [text]
        self._size = len(text)
        self.is_bare = True
        self.open_until = self._size if is_open else 0

    def add(self, text: str, *, is_bare: bool = False, is_open: bool = False) -> None:
        self._parts.append(text)
        self._size += len(text)
        self.is_bare = self.is_bare and is_bare
        if is_open:
            self.open_until = self._size

    @property
    def text(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0]

    @property
    def is_told(self) -> bool:
        """True where the name of the program is known, whatever its folder is."""
        is_closed = not self.open_until or self.text.rfind("/") >= self.open_until
        return is_closed or self.text == "["

    @property
    def is_assignment(self) -> bool:
        name, sign, _ = self.text.partition("=")
        name = name.removesuffix("+").partition("[")[0]
        return bool(sign) and name.isascii() and name.isidentifier()

    @property
    def is_option(self) -> bool:
        return len(self.text) > 1 and self.text.startswith("-")

    @property
    def is_descriptor(self) -> bool:
        """True for what may stand right before a `<` or `>` as a part of it."""
        is_named = self.text.startswith("{") and self.text.endswith("}")
        return self.is_bare and (self.text.isdigit() or is_named)


class Effort:
    """How many characters and words may still be looked at, so that all ends quickly."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise UntoldError("too much to read")
