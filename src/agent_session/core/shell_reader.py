"""The words of a shell's command line: quotes taken away, and whatever a word runs while it is
made (`$( )`, backticks, `<( )`) handed on to be read as commands.

Nothing is expanded: an expansion stays in the word as it is written, and the word is open.
"""

from __future__ import annotations

from .shell_words import DEEPEST, ENDS, Effort, UntoldError, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import ClassVar

_OPENING = frozenset("*?[{")
_SPECIAL = frozenset("@*#?-$!")
_ESCAPED_IN_DOUBLE = frozenset('$`"\\')
_ESCAPES = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r"}
_ESCAPES |= {"t": "\t", "v": "\v"}
_CODES = {"x": (16, 2), "u": (16, 4), "U": (16, 8)}
_LAST_CODE = 0x10FFFF
_DIGITS = {8: frozenset("01234567"), 16: frozenset("0123456789abcdefABCDEF")}


class Reader:
    """A place in a *text*. *read_commands* reads the commands from there to the end, or past
    the `)` that ends them.
    """

    __slots__ = ("_read_commands", "at", "depth", "effort", "text")

    def __init__(
        self,
        text: str,
        read_commands: Callable[[Reader, bool], None],
        effort: Effort,
        depth: int,
    ) -> None:
        effort.spend(len(text))
        self.text = text
        self.at = 0
        self.effort = effort
        self.depth = depth
        self._read_commands = read_commands

    def inside(self, text: str) -> Reader:
        """The reader of a *text* that was taken out of this one."""
        if self.depth >= DEEPEST:
            raise UntoldError("nested too deeply")
        return Reader(text, self._read_commands, self.effort, self.depth + 1)

    def peek(self) -> str:
        """The next character; none at the end."""
        return self.text[self.at : self.at + 1]

    def sees(self, *signs: str) -> bool:
        return self.text.startswith(signs, self.at)

    def skip_blanks(self) -> None:
        while self.sees(" ", "\t", "\\\n"):
            self.at += 2 if self.sees("\\") else 1

    def skip_lines(self) -> None:
        """Past blanks, ends of lines and comments."""
        self.skip_blanks()
        while self.sees("\n", "#"):
            self.skip_comment()
            self.at += 1
            self.skip_blanks()

    def skip_comment(self) -> None:
        if self.sees("#"):
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end

    def word(self) -> Word:
        """The word that begins here; an empty one where none does."""
        word = Word()
        if self.sees("<(", ">("):
            self._substitution(word)
        while True:
            char = self.peek()
            if char == "(" and word.is_bare and word.is_assignment and word.text[-1] == "=":
                self._array(word)
            elif char in ENDS:
                return word
            else:
                self._part(word, char)

    def arithmetic(self) -> bool:
        """True, and past it, where `((` begins what ends with `))`; what it runs is read."""
        start, opened, scratch = self.at, 0, Word()
        self.at += 2
        while self.peek() and not (opened == 0 and self.sees(")")):
            char = self.peek()
            opened += (char == "(") - (char == ")")
            self._part(scratch, char)
        if self.sees("))"):
            self.at += 2
            return True
        self.effort.spend(self.at - start)
        self.at = start
        return False

    def here_text(self) -> str:
        """All that is left, read as a here-document's body is."""
        word = Word()
        while self.peek():
            self._part_of_double(word)
        return word.text

    # --- the parts of a word ------------------------------------------------------------------

    def _part(self, word: Word, char: str) -> None:
        quoted = self._QUOTED.get(char)
        if quoted is None:
            word.add(char, is_bare=True, is_open=char in _OPENING)
            self.at += 1
        else:
            quoted(self, word)

    def _escaped(self, word: Word) -> None:
        after = self.text[self.at + 1 : self.at + 2]
        if after != "\n":
            word.add(after or "\\")
        self.at += 2

    def _single(self, word: Word) -> None:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise UntoldError("a quote is open")
        word.add(self.text[self.at + 1 : end])
        self.at = end + 1

    def _double(self, word: Word) -> None:
        word.add("")
        self.at += 1
        while not self.sees('"'):
            if not self.peek():
                raise UntoldError("a quote is open")
            self._part_of_double(word)
        self.at += 1

    def _part_of_double(self, word: Word) -> None:
        char = self.peek()
        if char == "\\":
            self._escaped_in_double(word)
        elif char == "$":
            self._dollar(word, in_double=True)
        elif char == "`":
            self._backtick(word)
        else:
            word.add(char)
            self.at += 1

    def _escaped_in_double(self, word: Word) -> None:
        after = self.text[self.at + 1 : self.at + 2]
        if after != "\n":
            word.add(after if after in _ESCAPED_IN_DOUBLE else f"\\{after}")
        self.at += 2

    def _dollar(self, word: Word, *, in_double: bool = False) -> None:
        after = self.text[self.at + 1 : self.at + 2]
        if after == "(":
            self._substitution(word)
        elif after == "{":
            self._braces(word, in_double=in_double)
        elif after == "'" and not in_double:
            self._spelt(word)
        elif after == '"' and not in_double:
            self.at += 1
        elif after == "[" or self.sees("$\\\n"):
            raise UntoldError("the old arithmetic, or an expansion across two lines")
        else:
            self._variable(word, after)

    def _variable(self, word: Word, after: str) -> None:
        start = self.at
        self.at += 1
        if after in _SPECIAL or after.isdigit():
            self.at += len(after)
        else:
            while self.peek().isalnum() or self.sees("_"):
                self.at += 1
        word.add(self.text[start : self.at], is_open=self.at > start + 1)

    def _substitution(self, word: Word) -> None:
        start = self.at
        self._deeper()
        self.at += 1
        if self.sees("((") and self.text[start] == "$" and self.arithmetic():
            pass
        else:
            self.at += 1
            self._read_commands(self, True)
        self.depth -= 1
        word.add(self.text[start : self.at], is_open=True)

    def _braces(self, word: Word, *, in_double: bool) -> None:
        start, scratch = self.at, Word()
        self._deeper()
        self.at += 2
        if self.sees(" ", "\t", "\n", "|"):
            raise UntoldError("commands stand in braces, as few shells have them")
        while not self.sees("}"):
            if not self.peek():
                raise UntoldError("a brace is open")
            if in_double and self.sees("'"):
                self.at += 1
            else:
                self._part(scratch, self.peek())
        self.at += 1
        self.depth -= 1
        word.add(self.text[start : self.at], is_open=True)

    def _backtick(self, word: Word) -> None:
        start, inner = self.at, Word()
        self.at += 1
        while not self.sees("`"):
            if not self.peek():
                raise UntoldError("a backtick is open")
            self.at += self.sees("\\`", "\\\\", "\\$")
            inner.add(self.peek())
            self.at += 1
        self.at += 1
        self._read_commands(self.inside(inner.text), False)
        word.add(self.text[start : self.at], is_open=True)

    def _spelt(self, word: Word) -> None:
        """`$'...'`, in which characters are spelt out."""
        word.add("")
        self.at += 2
        while not self.sees("'"):
            char = self.peek()
            if not char:
                raise UntoldError("a quote is open")
            self.at += 1
            word.add(self._character() if char == "\\" else char)
        self.at += 1

    def _character(self) -> str:
        char = self.peek()
        if char and char in "01234567":
            return self._by_code(8, 3)
        self.at += 1
        if char in _CODES:
            return self._by_code(*_CODES[char])
        return _ESCAPES.get(char, char)

    def _by_code(self, digits_of: int, most: int) -> str:
        end = self.at
        while end < self.at + most and self.text[end : end + 1] in _DIGITS[digits_of]:
            end += 1
        code = int(self.text[self.at : end] or "0", digits_of)
        self.at = end
        return chr(min(code, _LAST_CODE))

    def _array(self, word: Word) -> None:
        start = self.at
        self._deeper()
        self.at += 1
        self.skip_lines()
        while not self.sees(")"):
            if self.peek() in ENDS:
                raise UntoldError("an array is open")
            self.word()
            self.skip_lines()
        self.at += 1
        self.depth -= 1
        word.add(self.text[start : self.at])

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise UntoldError("nested too deeply")

    _QUOTED: ClassVar[Mapping[str, Callable[[Reader, Word], None]]] = {
        "\\": _escaped,
        "'": _single,
        '"': _double,
        "$": _dollar,
        "`": _backtick,
    }
