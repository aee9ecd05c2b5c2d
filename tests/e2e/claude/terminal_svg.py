"""What terminals showed over a time, as one animated SVG: a row that stays is drawn once."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import NamedTuple

from rich.color import ColorType
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 8.4, 18.0, 14
MARGIN = 12
BACKGROUND, FOREGROUND, BORDER = "#16181d", "#d6d8dd", "#3a3f4b"
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
LAST_SECONDS = 6.0


class Frame(NamedTuple):
    """The rows that were shown from *at* on, in seconds; each may hold colours."""

    at: float
    rows: tuple[str, ...]


class _Stay(NamedTuple):
    """A row that stayed as it was from *start* to *end*."""

    row: int
    text: str
    start: float
    end: float


def animated(frames: list[Frame], columns: int, title: str) -> str:
    """The SVG of *frames*, which begins anew when it is over."""
    total = frames[-1].at + LAST_SECONDS
    stays = [stay for row in range(len(frames[0].rows)) for stay in _stays(frames, row, total)]
    width = columns * CELL_WIDTH + 2 * MARGIN
    height = len(frames[0].rows) * CELL_HEIGHT + 2 * MARGIN
    shown = "\n".join(_drawn(number, stay) for number, stay in enumerate(stays))
    timed = "\n".join(_timed(number, stay, total) for number, stay in enumerate(stays))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">
<title>{escape(title)}</title>
<style>
text {{ font: {FONT_SIZE}px {FONT}; fill: {FOREGROUND}; white-space: pre; }}
.b {{ font-weight: bold; }} .i {{ font-style: italic; }} .d {{ opacity: .65; }}
g {{ visibility: hidden; }}
{timed}
</style>
<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}" stroke="{BORDER}"/>
{shown}
</svg>
"""


def _stays(frames: list[Frame], row: int, total: float) -> list[_Stay]:
    found: list[_Stay] = []
    for number, frame in enumerate(frames):
        end = frames[number + 1].at if number + 1 < len(frames) else total
        if found and found[-1].text == frame.rows[row]:
            found[-1] = found[-1]._replace(end=end)
        else:
            found.append(_Stay(row, frame.rows[row], frame.at, end))
    return [stay for stay in found if Text.from_ansi(stay.text).plain.strip()]


def _timed(number: int, stay: _Stay, total: float) -> str:
    start, end = 100 * stay.start / total, 100 * stay.end / total
    steps = [] if start == 0 else ["0% { visibility: hidden; }"]
    steps.append(f"{start:.3f}% {{ visibility: visible; }}")
    if stay.end < total:
        steps.append(f"{end:.3f}% {{ visibility: hidden; }}")
    name = f"r{number}"
    return (
        f"@keyframes {name} {{ {' '.join(steps)} }} "
        f"#{name} {{ animation: {name} {total:.2f}s step-end infinite; }}"
    )


def _drawn(number: int, stay: _Stay) -> str:
    text = Text.from_ansi(stay.text)
    y = MARGIN + stay.row * CELL_HEIGHT
    runs = "".join(_run(text, start, end, y) for start, end in _edges(text))
    return f'<g id="r{number}">{runs}</g>'


def _edges(text: Text) -> list[tuple[int, int]]:
    """Where the style changes, from each change to the next."""
    ends = {0, len(text.plain), *(at for span in text.spans for at in (span.start, span.end))}
    marks = sorted(at for at in ends if at <= len(text.plain))
    return list(pairwise(marks))


def _run(text: Text, start: int, end: int, y: float) -> str:
    plain, x = text.plain[start:end], MARGIN + start * CELL_WIDTH
    style = _style(text, start, end)
    behind = _behind(style, x, y, end - start)
    if not plain.strip():
        return behind
    classes = "".join(
        mark
        for mark, is_on in (("b ", style.bold), ("i ", style.italic), ("d ", style.dim))
        if is_on
    ).strip()
    attributes = f' class="{classes}"' if classes else ""
    colour = _colour(style.bgcolor if style.reverse else style.color)
    attributes += f' fill="{colour}"' if colour else ""
    width = (end - start) * CELL_WIDTH
    baseline = y + FONT_SIZE
    return (
        f'{behind}<text x="{x:.1f}" y="{baseline:.1f}" textLength="{width:.1f}" '
        f'xml:space="preserve"{attributes}>{escape(plain)}</text>'
    )


def _style(text: Text, start: int, end: int) -> Style:
    spans = [span.style for span in text.spans if span.start <= start and end <= span.end]
    styles = [Style.parse(each) if isinstance(each, str) else each for each in spans]
    return Style.combine([Style.null(), *styles])


def _behind(style: Style, x: float, y: float, cells: int) -> str:
    colour = _colour(style.color if style.reverse else style.bgcolor)
    if colour is None:
        return ""
    size = f'width="{cells * CELL_WIDTH:.1f}" height="{CELL_HEIGHT}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}"/>'


def _colour(colour: object) -> str | None:
    from rich.color import Color

    if not isinstance(colour, Color) or colour.type == ColorType.DEFAULT:
        return None
    return colour.get_truecolor(MONOKAI).hex
