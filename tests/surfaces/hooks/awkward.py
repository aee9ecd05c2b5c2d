"""Payloads of any size that are hard to read, or dear to hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping

EMOJI = "\N{GRINNING FACE}".encode()
EURO = "\N{EURO SIGN}".encode()
ESCAPED_EMOJI = b"\\ud83d\\ude00"


def _filled(piece: bytes, size: int, *, before: bytes = b"", after: bytes = b"") -> bytes:
    """*piece* over and over, between *before* and *after*, in at most *size* bytes."""
    times = (size - len(before) - len(after)) // len(piece)
    return before + piece * times + after


def _said(piece: bytes, *, first: bytes = b"", last: bytes = b"") -> Callable[[int], bytes]:
    before, after = b'{"agent_output":"' + first, last + b'"}'
    return lambda size: _filled(piece, size, before=before, after=after)


def _in_list(piece: bytes) -> Callable[[int], bytes]:
    return lambda size: _filled(piece + b",", size, before=b'{"x":[', after=b"0]}")


def _as(field: bytes, piece: bytes) -> Callable[[int], bytes]:
    before = b'{"agent_name":"a","agent_id":"a","' + field + b'":"'
    return lambda size: _filled(piece, size, before=before, after=b'"}')


def _twice_the_same_key(size: int) -> bytes:
    key = _filled("é".encode(), size // 2 - 10, before=b'"', after=b'":1')
    return b"{" + key + b"," + key + b"}"


def _as_many_values_as_are_read(size: int) -> bytes:
    objects = b",".join(b'{"key %d":"value %d"}' % (each, each) for each in range(24_000))
    rest = b'],"agent_output":"' + EURO
    return _filled(
        b"x", max(size, len(objects) + 99), before=b'{"x":[' + objects + rest, after=b'"}'
    )


def _nested(depth: int) -> Callable[[int], bytes]:
    return lambda _: b'{"x":' + b"[" * depth + b"]" * depth + b"}"


# Each makes a payload of about as many bytes as it is told.
AWKWARD: Mapping[str, Callable[[int], bytes]] = {
    "open lists": lambda size: b"[" * size,
    "empty lists": lambda size: _filled(b"[],", size),
    "open objects": lambda size: _filled(b'{"a":', size),
    "one string": _said(b"x"),
    "one string of emoji": _said(EMOJI),
    "an emoji at the end": _said(b"x", last=EMOJI),
    "an escaped emoji at the end": _said(b"x", last=ESCAPED_EMOJI),
    "an emoji at the start, a line break at the end": _said(b"x", first=EMOJI, last=b"\\n"),
    "escaped emoji": _said(ESCAPED_EMOJI),
    "a euro at the start, an escaped one at the end": _said(b"x", first=EURO, last=b"\\u20ac"),
    "line breaks": _said(b"\\n"),
    "quotes": _said(b'\\"'),
    "commas in a text": _said(b","),
    "an agent id of emoji": _as(b"agent_id\\u0000", EMOJI),
    "an outcome of control characters": _as(b"outcome", b"\\u0001"),
    "a name of emoji": _as(b"task_id", EMOJI),
    "the same long key twice": _twice_the_same_key,
    "integers of 4300 digits": _in_list(b"9" * 4300),
    "one integer": lambda size: _filled(b"9", size, before=b'{"exit_code":', after=b"}"),
    "small objects": _in_list(b'{"k":"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"}'),
    "as many values as are read": _as_many_values_as_are_read,
    "nested 900 deep": _nested(900),
    "nested 10,000 deep": _nested(10_000),
    "blanks": lambda size: _filled(b" ", size, after=b"{}"),
    "NUL bytes": lambda size: b"\0" * size,
    "not UTF-8 at the end": _said(b"x", last=b"\xff"),
}
