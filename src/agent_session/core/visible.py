"""Text that somebody else has written, made safe to look at: whatever could be anything but a
character on its line is spelt out.
"""

from __future__ import annotations

# Not "printable" in Python's words, but harmless and part of ordinary text: two blanks, and the
# joiners in emoji, Persian and Indic scripts.
_HARMLESS = frozenset("\u00a0\u3000\u200c\u200d")
# "Printable", but nobody sees them, so that whole sentences can be hidden in them: blank
# letters, and the variation selectors, save the two of emoji.
_UNSEEN = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *(*range(0x180B, 0x1810), *range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0)),
        ),
    )
)


def one_line(text: str) -> str:
    """*text* on one line."""
    if text.isprintable() and (text.isascii() or _UNSEEN.isdisjoint(text)):
        return text
    return "".join(char if _is_seen(char) else ascii(char)[1:-1] for char in text)


def _is_seen(char: str) -> bool:
    return char in _HARMLESS or (char.isprintable() and char not in _UNSEEN)


def lines(text: str) -> list[str]:
    """The lines of *text*, each made safe; a tab becomes blanks."""
    return [one_line(line) for line in text.replace("\r\n", "\n").expandtabs(4).split("\n")]


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
