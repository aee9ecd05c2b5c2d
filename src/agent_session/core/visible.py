"""Text that somebody else has written, made safe to look at: whatever could be anything but a
character on its line is spelt out.
"""

from __future__ import annotations

# Not "printable" in Python's words, but harmless and part of ordinary text: two blanks, and the
# joiners in emoji, Persian and Indic scripts.
_HARMLESS = frozenset("\u00a0\u3000\u200c\u200d")


def one_line(text: str) -> str:
    """*text* on one line."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in _HARMLESS else ascii(char)[1:-1] for char in text
    )


def lines(text: str) -> list[str]:
    """The lines of *text*, each made safe; a tab becomes blanks."""
    return [one_line(line) for line in text.replace("\r\n", "\n").expandtabs(4).split("\n")]


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
