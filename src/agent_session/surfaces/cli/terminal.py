"""The person's own terminal, opened as such: what stdin and stdout are makes no difference.

Showing something and having a code retyped proves that somebody reads the terminal; a program
that reads it as well as a person does is not kept out.
"""

from __future__ import annotations

import os
import termios

from agent_session.core.approvals import TERMINAL
from agent_session.core.errors import NotAPersonError
from agent_session.services.decisions import Person
from agent_session.world.chat_codes import LETTERS
from agent_session.world.users import user_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NO_TERMINAL = "no_terminal"
WRONG_CODE = "wrong_code"
CODE_LENGTH = 4
_DEVICE = "/dev/tty"
_LONGEST_ANSWER = 1024
_NARROWEST = 20


def person() -> Person:
    """The user of this process, at a terminal."""
    return Person(user_name(), TERMINAL)


def make_code() -> str:
    """Four letters, each as likely as any other."""
    fair = 256 - 256 % len(LETTERS)
    code = ""
    while len(code) < CODE_LENGTH:
        code += "".join(LETTERS[byte % len(LETTERS)] for byte in os.urandom(8) if byte < fair)
    return code[:CODE_LENGTH]


class Terminal:
    """The controlling terminal; NotAPersonError where this process has none."""

    def __init__(self) -> None:
        try:
            self._descriptor = os.open(_DEVICE, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            raise NotAPersonError(
                NO_TERMINAL,
                "a decision is typed at a terminal, and there is none here: "
                "use a terminal of your own",
            ) from None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    @property
    def width(self) -> int:
        try:
            columns = os.get_terminal_size(self._descriptor).columns
        except OSError:
            columns = 0
        return max(columns, _NARROWEST) if columns else 80

    def show(self, lines: Iterable[str]) -> None:
        """*lines*, which are safe to look at."""
        self._write("".join(f"{line}\n" for line in lines))

    def require_code(self, purpose: str) -> None:
        """Have a new code retyped, `Type XXXX to approve: `; NotAPersonError if it is not."""
        code = make_code()
        # What was typed before the question is no answer to it.
        termios.tcflush(self._descriptor, termios.TCIFLUSH)
        self._write(f"\nType {code} to {purpose}: ")
        if self._read_line().strip().lower() != code:
            raise NotAPersonError(
                WRONG_CODE, "the code was not retyped as it was shown: nothing is decided"
            )

    def _write(self, text: str) -> None:
        encoding = os.device_encoding(self._descriptor) or "ascii"
        data = text.encode(encoding, "backslashreplace")
        while data:
            data = data[os.write(self._descriptor, data) :]

    def _read_line(self) -> str:
        """What is typed up to the end of the line, or of the terminal."""
        typed = b""
        while len(typed) < _LONGEST_ANSWER and not typed.endswith((b"\n", b"\r")):
            try:
                more = os.read(self._descriptor, _LONGEST_ANSWER)
            except OSError:  # Linux says EIO once the terminal has gone
                break
            if not more:
                break
            typed += more
        if not typed.endswith(b"\n"):
            self._write("\n")  # what is said next begins on a line of its own
        return typed.decode(errors="replace")
