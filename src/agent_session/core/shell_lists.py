"""The simple commands in a shell's command line, wherever they stand: in lists, pipelines,
subshells, loops, functions and here-documents.

It takes the line apart, and does not judge whether a shell would accept it.
"""

from __future__ import annotations

from .shell_reader import Reader
from .shell_words import ENDS, Effort, UntoldError, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import ClassVar

# A `-p` is dropped with the `time` before it: no command begins with one.
_DROPPED = frozenset(
    ("!", "--", "-p", "do", "done", "elif", "else", "fi", "if", "then", "time", "until")
)
_DROPPED |= {"while", "{", "}"}
_REDIRECTIONS = ("<<<", "<<-", "<<", "<>", "<&", "<", "&>>", "&>", ">>", ">|", ">&", ">")


class Simple:
    """One simple command: its *words*, and the texts that it is *fed* by the line itself."""

    __slots__ = ("fed", "words")

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.fed: list[str] = []


class _Here:
    """A here-document that was announced: *simple* is fed what comes before *end*."""

    __slots__ = ("end", "is_raw", "simple", "skips_tabs")

    def __init__(self, simple: Simple, end: Word, *, skips_tabs: bool) -> None:
        self.simple = simple
        self.end = end.text
        self.is_raw = not end.is_bare
        self.skips_tabs = skips_tabs


def simple_commands(text: str, effort: Effort, depth: int) -> list[Simple]:
    """The simple commands in *text*; UntoldError."""
    found: list[Simple] = []

    def read(reader: Reader, is_inner: bool) -> None:
        _Commands(reader, found).read(is_inner=is_inner)

    read(Reader(text, read, effort, depth), False)
    return found


class _Commands:
    """The commands from *reader*'s place on."""

    __slots__ = ("_found", "_heres", "_is_header", "_open", "_reader", "_simple")

    def __init__(self, reader: Reader, found: list[Simple]) -> None:
        self._reader = reader
        self._found = found
        self._simple = Simple()
        self._heres: list[_Here] = []
        self._open: list[str] = []
        # The words between `for` and `do` are no command.
        self._is_header = False

    def read(self, *, is_inner: bool) -> None:
        end = ")" if is_inner else ""
        reader = self._reader
        reader.skip_blanks()
        while self._open or reader.peek() != end:
            self._step(reader.peek())
            reader.skip_blanks()
        reader.at += len(end)
        self._flush()
        if self._heres:
            raise UntoldError("a here-document is open")

    def _step(self, char: str) -> None:
        if char == "#":
            self._reader.skip_comment()
        elif char in {"<", ">"} or self._reader.sees("&>"):
            self._redirection()
        elif char in self._STEPS:
            self._STEPS[char](self)
        else:
            self._word()

    def _flush(self) -> None:
        """The simple command ends here."""
        if self._simple.words and not self._is_header:
            self._found.append(self._simple)
        self._simple = Simple()
        self._is_header = False

    # --- operators ----------------------------------------------------------------------------

    def _end(self) -> None:
        raise UntoldError("something is open")

    def _separator(self) -> None:
        ends_clause = self._open[-1:] == ["case"] and self._reader.sees(";;", ";&")
        self._reader.at += (2 + self._reader.sees(";;&")) if ends_clause else 1
        self._flush()
        if ends_clause:
            self._patterns()

    def _line(self) -> None:
        self._reader.at += 1
        self._flush()
        for here in self._heres:
            self._body(here)
        self._heres.clear()

    def _opening(self) -> None:
        reader = self._reader
        if not self._simple.words and reader.sees("((") and reader.arithmetic():
            return
        reader.at += 1
        reader.skip_blanks()
        if reader.sees(")"):
            # A function's name, whose body follows.
            reader.at += 1
            self._simple.words.clear()
            return
        self._flush()
        self._open.append("(")

    def _closing(self) -> None:
        self._close("(")
        self._reader.at += 1
        self._flush()

    def _close(self, what: str) -> None:
        if self._open[-1:] != [what]:
            raise UntoldError("something is closed that was not open")
        self._open.pop()

    # --- redirections -------------------------------------------------------------------------

    def _redirection(self) -> None:
        reader = self._reader
        if reader.sees("<(", ">("):
            self._simple.words.append(reader.word())
            return
        sign = next(each for each in _REDIRECTIONS if reader.sees(each))
        reader.at += len(sign)
        reader.skip_blanks()
        if reader.peek() in ENDS and not reader.sees("<(", ">("):
            raise UntoldError("a redirection leads nowhere")
        target = reader.word()
        if sign == "<<<":
            self._simple.fed.append(target.text)
        elif sign.startswith("<<"):
            self._heres.append(_Here(self._simple, target, skips_tabs=sign == "<<-"))

    def _body(self, here: _Here) -> None:
        lines = []
        while (line := self._next_line(here)) != here.end:
            lines.append(line)
        here.simple.fed.append(self._fed("\n".join(lines), here))

    def _next_line(self, here: _Here) -> str:
        reader = self._reader
        if not reader.peek():
            # A shell takes it as it is, but may not have meant a here-document: `a[1<<2]=x`.
            raise UntoldError("a here-document is open")
        end = reader.text.find("\n", reader.at)
        end = len(reader.text) if end < 0 else end
        line, reader.at = reader.text[reader.at : end], end + 1
        return line.lstrip("\t") if here.skips_tabs else line

    def _fed(self, body: str, here: _Here) -> str:
        return body if here.is_raw else self._reader.inside(body).here_text()

    # --- words --------------------------------------------------------------------------------

    def _word(self) -> None:
        word, words = self._reader.word(), self._simple.words
        if word.is_descriptor and self._reader.sees("<", ">"):
            return
        if self._is_header and len(words) == 1 and word.is_bare and word.text == "do":
            words.clear()
            self._is_header = False
        elif words or self._is_header or not word.is_bare:
            words.append(word)
        elif word.text in self._RESERVED:
            self._RESERVED[word.text](self)
        elif word.text not in _DROPPED:
            words.append(word)

    def _header(self) -> None:
        self._is_header = True

    def _function(self) -> None:
        self._reader.skip_blanks()
        self._reader.word()

    def _case(self) -> None:
        reader = self._reader
        reader.skip_blanks()
        reader.word()
        reader.skip_lines()
        if reader.word().text != "in":
            raise UntoldError("a case has no patterns")
        self._open.append("case")
        self._patterns()

    def _patterns(self) -> None:
        """Past the `)` that ends a clause's patterns, or past `esac`."""
        reader = self._reader
        reader.skip_lines()
        reader.at += reader.sees("(")
        while not reader.sees(")"):
            reader.skip_blanks()
            word = reader.word()
            if word.is_bare and word.text == "esac":
                self._close("case")
                return
            reader.skip_blanks()
            if not reader.sees("|", ")"):
                raise UntoldError("a pattern is open")
            reader.at += reader.sees("|")
        reader.at += 1

    def _esac(self) -> None:
        self._close("case")

    def _condition(self) -> None:
        """Past `]]`; what stands before it is no command, whatever signs it has."""
        reader, text = self._reader, ""
        while text != "]]":
            reader.skip_lines()
            if not reader.peek():
                raise UntoldError("a condition is open")
            if reader.peek() in ENDS and not reader.sees("<(", ">("):
                reader.at += 1
            else:
                text = reader.word().text

    def _coprocess(self) -> None:
        raise UntoldError("what a coprocess is called and what it runs look alike")

    _STEPS: ClassVar[Mapping[str, Callable[[_Commands], None]]] = {
        "": _end,
        "\n": _line,
        ";": _separator,
        "&": _separator,
        "|": _separator,
        "(": _opening,
        ")": _closing,
    }
    _RESERVED: ClassVar[Mapping[str, Callable[[_Commands], None]]] = {
        "[[": _condition,
        "case": _case,
        "coproc": _coprocess,
        "esac": _esac,
        "for": _header,
        "function": _function,
        "select": _header,
    }
