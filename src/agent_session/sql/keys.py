"""What a text is in an index."""

from __future__ import annotations

from agent_session.core.codec import digest

_LONGEST_PLAIN = 64
_DIGEST = "#"
_DIGITS = 32


def key_of(text: str) -> str:
    """*text* where it is short and plain, else what stands for it: a column holds no NUL, and
    an index no long text.
    """
    is_plain = text.isascii() and text.isprintable() and len(text) <= _LONGEST_PLAIN
    if is_plain and not text.startswith(_DIGEST):
        return text
    return _DIGEST + digest(text.encode(errors="surrogatepass"))[:_DIGITS]
