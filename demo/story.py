"""How the demo is told: chapters and steps, commands and what they said, a check a promise.

Colours are for terminals only, and never where NO_COLOR is set.
"""

from __future__ import annotations

import io
import os
import textwrap
import time
from collections.abc import Iterable
from typing import TextIO

WIDTH = 100
INDENT = "       "
_STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "green": "32",
    "yellow": "33",
    "cyan": "1;36",
}


class BrokenPromiseError(Exception):
    """A step did not do what it says."""

    def __init__(self, where: str, promise: str, found: object) -> None:
        super().__init__(f"step {where}: {promise}")
        self.found = found


class Story:
    """The demo as it is told to *stream*; it counts its chapters, steps and checks."""

    def __init__(self, stream: TextIO) -> None:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # where there is no ✓, ? will do
        self._stream = stream
        self._is_coloured = (
            stream.isatty()
            and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb"
        )
        self._began = time.monotonic()
        self._chapter = 0
        self._step = 0
        self._checks = 0

    # --- headings ----------------------------------------------------------------------------

    def title(self, text: str) -> None:
        self._line(self._styled("bold", text))
        self._line()

    def chapter(self, title: str) -> None:
        self._chapter += 1
        self._step = 0
        heading = f" {self._chapter}. {title} "
        self._line()
        self._line(self._styled("cyan", f"━━{heading}".ljust(WIDTH, "━")))

    def step(self, title: str) -> None:
        self._step += 1
        self._line()
        self._line(self._styled("bold", f"  {self._where}  {title}"))
        self._line()

    @property
    def _where(self) -> str:
        return f"{self._chapter}.{self._step}"

    # --- what happens ------------------------------------------------------------------------

    def say(self, text: str) -> None:
        for line in textwrap.wrap(text, WIDTH - len(INDENT)):
            self._line(INDENT + line)

    def command(self, text: str) -> None:
        """A command as a person would type it, on one line or several."""
        lines = f"$ {text}".replace("\n", "\n  ").split("\n")
        for line in lines:
            self._line(INDENT + self._styled("yellow", line))

    def show(self, lines: Iterable[str]) -> None:
        """What a program said, or what a file holds."""
        bar = self._styled("dim", "│")
        for line in lines:
            self._line(f"{INDENT}{bar} {line}")

    def check(self, promise: str, holds: bool, found: object = "") -> None:
        """Tell that *promise* holds; BrokenPromiseError, with what was *found*, if not."""
        if not holds:
            raise BrokenPromiseError(self._where, promise, found)
        self._checks += 1
        self._line(f"{INDENT}{self._styled('green', '✓')} {promise}")

    # --- the end -----------------------------------------------------------------------------

    def end_well(self, text: str) -> None:
        seconds = time.monotonic() - self._began
        self._line()
        self._line(self._styled("cyan", "━" * WIDTH))
        self._line(
            self._styled("green", f"All {self._checks} checks held, in {seconds:.1f} s. ")
            + text
        )

    def end_badly(self, broken: BrokenPromiseError) -> None:
        self._line(
            f"{INDENT}{self._styled('red', '✗')} {self._styled('red', f'BROKEN at {broken}')}"
        )
        for line in f"found: {broken.found}".splitlines():
            self._line(f"{INDENT}  {line}")

    def _styled(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._is_coloured else text

    def _line(self, text: str = "") -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()
