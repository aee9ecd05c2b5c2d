"""Whether a guard's glob matches: `*` is any run of characters, `?` one, and a ` *` at the end
also nothing more.

Every place in the glob that a text may have led to is one bit of a number, so that no glob and
no text makes it try again.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_EXPANDING = frozenset("$`{")


def named(path: str) -> str:
    """The name of the program at *path*, as a file system that ignores case tells it."""
    return path.rpartition("/")[2].lower().removesuffix(".exe")


_WILDCARDS = frozenset("*?")


def of_commands(match: str) -> Glob:
    """The glob over commands: of its first word, as of theirs, the name alone counts. One
    without a wildcard is about whatever follows, too.
    """
    if not _WILDCARDS.intersection(match):
        match += " *"
    first, blank, rest = match.partition(" ")
    return Glob(f"{named(first)}{blank}{rest}")


class Glob:
    __slots__ = ("_any_char", "_chars", "_head", "_head_end", "_last", "_stars")

    def __init__(self, pattern: str) -> None:
        while "**" in pattern:
            pattern = pattern.replace("**", "*")
        self._chars: dict[str, int] = {}
        for at, char in enumerate(pattern):
            self._chars[char] = self._chars.get(char, 0) | 1 << at
        self._stars = self._chars.pop("*", 0)
        self._any_char = self._chars.pop("?", 0)
        end = 1 << len(pattern)
        self._last = end | (end >> 2 if pattern.endswith(" *") else 0)
        # The head is what stands before the first star.
        self._head_end = self._stars & -self._stars or end
        self._head = self._head_end - 1

    def matches(self, text: str) -> bool:
        return bool(self._after(self._start(), text) & self._last)

    def matches_words(self, words: Sequence[str]) -> bool:
        """True where it matches the *words* joined with blanks, with any of the options left
        out, alone or each with the word after it.

        What an expansion comes to is not known: before the glob's first star it may be all
        that is missing.
        """
        places = [0] * (len(words) + 2)
        places[1] = self._after(self._start(), named(words[0]))
        follows_option = False
        for at, word in enumerate(words[1:], 1):
            here = places[at]
            blank = self._after(here, " ")
            places[at + 1] |= self._through(blank, word, may_expand=not follows_option)
            follows_option = word[:1] == "-" and len(word) > 1
            if follows_option or word[:1] in {"$", "`"}:
                places[at + 1] |= here
            if follows_option and "=" not in word and word != "--":
                places[at + 2] |= here
        return bool(places[len(words)] & self._last)

    def _start(self) -> int:
        return self._closed(1)

    def _closed(self, places: int) -> int:
        return places | (places & self._stars) << 1

    def _after(self, places: int, text: str) -> int:
        for char in text:
            if not places:
                break
            moved = (places & (self._chars.get(char, 0) | self._any_char)) << 1
            places = self._closed(moved | places & self._stars)
        return places

    def _through(self, places: int, word: str, *, may_expand: bool) -> int:
        found = self._after(places, word)
        if may_expand and places & self._head:
            at = next((at for at, char in enumerate(word) if char in _EXPANDING), None)
            if at is not None:
                found |= self._expanded(self._after(places, word[:at]) & self._head)
        return found

    def _expanded(self, places: int) -> int:
        """Every place in the head, and its end, that some text leads to from *places*."""
        lowest = places & -places
        return self._closed((self._head | self._head_end) & -lowest) if lowest else 0
