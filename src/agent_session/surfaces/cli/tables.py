"""Columns for people: one line a row, whatever its cells hold, coloured by rich where it is
installed.
"""

from __future__ import annotations

import os
import sys

from agent_session.core.visible import one_line

from .render import is_terminal, terminal_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

_GAP = "  "
_NARROWEST_CUT = 8
_NARROWEST_WRAPPED = 16


class Column:
    """A column: its *heading*, and the rich style of a cell by its text.

    In a narrow window one that *gives way* is cut short; one that *wraps*, the last, goes on
    below itself.
    """

    __slots__ = ("gives_way", "heading", "style_of", "wraps")

    def __init__(
        self,
        heading: str = "",
        style_of: Callable[[str], str | None] = lambda _: None,
        *,
        gives_way: bool = False,
        wraps: bool = False,
    ) -> None:
        self.heading = heading
        self.style_of = style_of
        self.gives_way = gives_way
        self.wraps = wraps


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """*rows* under the headings, if there are any; in colour on a terminal that shows it."""
    shown = [[one_line(cell) for cell in row] for row in rows]
    headings = [column.heading for column in columns]
    table = Table(columns, [headings, *shown] if any(headings) else shown)
    if is_terminal(sys.stdout):
        table.fit(terminal_width())
    console = _console()
    if console is None:
        sys.stdout.writelines(f"{line}\n" for row in table.rows for line in table.lines_of(row))
    else:
        _print_in_colour(console, table, has_headings=any(headings))


class Table:
    """Rows of cells, and how wide each column is to be."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        self.columns = columns
        self.rows = rows
        count = range(len(columns))
        self.widths = [max((width_of(row[at]) for row in rows), default=0) for at in count]

    def fit(self, room: int) -> None:
        """Narrow the columns that can be, as far as they can be."""
        for at in reversed(range(len(self.columns))):
            too_much = sum(self.widths) + len(_GAP) * (len(self.columns) - 1) - room
            narrowest = min(_narrowest(self.columns[at]), self.widths[at])
            if too_much > 0 and narrowest:
                self.widths[at] = max(narrowest, self.widths[at] - too_much)

    def cells_of(self, row: Sequence[str]) -> list[str]:
        """The cells on a row's first line, each as wide as its column."""
        cells = [_cut(cell, width) for cell, width in zip(row, self.widths, strict=True)]
        if self.columns[-1].wraps:
            cells[-1] = _wrapped(row[-1], self.widths[-1])[0]
        return cells

    def more_of(self, row: Sequence[str]) -> list[str]:
        """The lines below a row's first one."""
        if not self.columns[-1].wraps:
            return []
        indent = " " * (sum(self.widths[:-1]) + len(_GAP) * (len(self.columns) - 1))
        return [indent + line for line in _wrapped(row[-1], self.widths[-1])[1:]]

    def lines_of(self, row: Sequence[str]) -> list[str]:
        return [_GAP.join(self.cells_of(row)).rstrip(), *self.more_of(row)]


def _console() -> Console | None:
    """Where colours can be printed; None off a terminal, without rich, or under NO_COLOR."""
    if not is_terminal(sys.stdout) or os.environ.get("NO_COLOR"):
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def _print_in_colour(console: Console, table: Table, *, has_headings: bool) -> None:
    from rich.text import Text

    for number, row in enumerate(table.rows):
        text = Text()
        for column, whole, cell in zip(table.columns, row, table.cells_of(row), strict=True):
            is_heading = has_headings and number == 0
            text.append(cell, "bold" if is_heading else column.style_of(whole))
            text.append(_GAP)
        text.rstrip()
        for line in (text, *map(Text, table.more_of(row))):
            console.print(line, crop=False)


# --- widths -----------------------------------------------------------------------------------


def _narrowest(column: Column) -> int:
    """How narrow the column may become; 0 for one that stays as it is."""
    if column.wraps:
        return _NARROWEST_WRAPPED
    return _NARROWEST_CUT if column.gives_way else 0


def _cut(text: str, width: int) -> str:
    """*text* in just *width* columns."""
    taken = width_of(text)
    if taken <= width:
        return text + " " * (width - taken)
    kept = text
    while kept and width_of(kept) > width - 1:
        kept = kept[:-1]
    return kept + "…" + " " * (width - 1 - width_of(kept))


def _wrapped(text: str, width: int) -> list[str]:
    """*text* in lines of at most *width* columns, as far as its words allow."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and width_of(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def width_of(text: str) -> int:
    """How many columns of a terminal *text* takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )
