"""As much SVG as two plots need: shapes and words in classes, coloured for light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_STYLE = """
  text { font: 12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; fill: #1f2328; }
  .card { fill: #ffffff; stroke: #d1d9e0; }
  .title { font-size: 17px; font-weight: 600; }
  .head { font-size: 13px; font-weight: 600; }
  .faint { fill: #59636e; }
  .halo { paint-order: stroke; stroke: #ffffff; stroke-width: 5px; }
  .strong { font-weight: 600; }
  .grid { stroke: #e4e8ec; }
  .axis { stroke: #8c959f; }
  .aim { stroke: #1f2328; stroke-width: 2; }
  .spread { stroke: #1f2328; stroke-width: 1.5; stroke-opacity: 0.55; }
  .dashed { stroke-dasharray: 5 4; }
  .met { fill: #1a7f6b; } .missed { fill: #c2540a; } .plain { fill: #8c959f; }
  .curve { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
  .one { stroke: #1a7f6b; } .two { stroke: #3b6fd4; } .three { stroke: #9a4fb5; }
  .four { stroke: #b3741a; } .dot.four { fill: #b3741a; }
  text.four { fill: #b3741a; stroke: none; }
  .dot.one { fill: #1a7f6b; } .dot.two { fill: #3b6fd4; } .dot.three { fill: #9a4fb5; }
  text.one { fill: #1a7f6b; stroke: none; } text.two { fill: #3b6fd4; stroke: none; }
  text.three { fill: #9a4fb5; stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .card { fill: #0d1117; stroke: #30363d; }
    .faint { fill: #9198a1; }
    .halo { stroke: #0d1117; }
    .grid { stroke: #21262d; } .axis { stroke: #6e7681; } .aim, .spread { stroke: #e6edf3; }
    .met { fill: #2ea88f; } .missed { fill: #e8823a; } .plain { fill: #6e7681; }
    .one { stroke: #2ea88f; } .two { stroke: #6f9bf0; } .three { stroke: #c17fd8; }
    .dot.one { fill: #2ea88f; } .dot.two { fill: #6f9bf0; } .dot.three { fill: #c17fd8; }
    text.one { fill: #2ea88f; } text.two { fill: #6f9bf0; } text.three { fill: #c17fd8; }
    .four { stroke: #dba24a; } .dot.four { fill: #dba24a; } text.four { fill: #dba24a; }
  }
"""


class Drawing:
    """Shapes, first below last, on a card of their own: the page around may have any colour."""

    def __init__(self, width: int, title: str, description: str) -> None:
        self.width = width
        self.title = title
        self.description = description
        self._shapes: list[str] = []

    def text(
        self, x: float, y: float, words: str, kind: str = "", anchor: str = "start"
    ) -> None:
        self._shapes.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">'
            f"{escape(words)}</text>"
        )

    def bar(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" '
            f'height="{height:.1f}" rx="2" class="{kind}"/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        self._shapes.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'
        )

    def curve(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._shapes.append(f'<polyline points="{path}" class="curve {kind}"/>')
        self._shapes += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" class="dot {kind}"/>' for x, y in points
        ]

    def document(self, height: float) -> str:
        wide, high = self.width, round(height)
        size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
        inner = f'width="{wide - 1}" height="{high - 1}"'
        card = f'<rect x="0.5" y="0.5" {inner} rx="8" class="card"/>'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
                f"<title>{escape(self.title)}</title>",
                f"<desc>{escape(self.description)}</desc>",
                f"<style>{_STYLE}</style>",
                card,
                *self._shapes,
                "</svg>",
                "",
            ]
        )
