"""Reads the command lines that are plainly right: importing argparse would cost as much as the
interpreter's own start.

Whatever is not plain (help, a mistake, `--`, a value that begins with a dash) is left to
argparse, and so is every message. Where both accept a line they say the same, and a test
holds them to it.
"""

from __future__ import annotations

from .arguments import EVERYWHERE, Call
from .verbs import VERBS, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .arguments import Argument


class _NotPlain(Exception):  # noqa: N818 - no error: argparse takes over
    """Something that is left to argparse."""


def read_plain(argv: Sequence[str]) -> Call | None:
    """What *argv* asks for; None where it is not plain."""
    words = iter(argv)
    found: dict[str, Any] = {}
    try:
        verb = _read_up_to_verb(words, found)
        arguments = load(verb).ARGUMENTS
        found = {each.keyword: each.default for each in arguments} | found
        _read_rest(words, arguments, found)
    except (_NotPlain, ValueError):
        return None
    return Call(verb, found)


def _read_up_to_verb(words: Iterator[str], found: dict[str, Any]) -> str:
    for word in words:
        if word in VERBS:
            return word
        _read_option(word, words, EVERYWHERE, found)
    raise _NotPlain


def _read_rest(
    words: Iterator[str], arguments: Sequence[Argument], found: dict[str, Any]
) -> None:
    positions = [each for each in arguments if not each.names]
    for word in words:
        if word[:1] == "-" and word != "-":
            _read_option(word, words, (*arguments, *EVERYWHERE), found)
        elif positions:
            position = positions.pop(0)
            found[position.keyword] = position.value(word)
        else:
            raise _NotPlain
    if any(not position.is_optional for position in positions):
        raise _NotPlain


def _read_option(
    word: str, words: Iterator[str], arguments: Sequence[Argument], found: dict[str, Any]
) -> None:
    name, equals, text = word.partition("=")
    argument = next((each for each in arguments if name in each.names), None)
    if argument is None or (equals and (argument.is_flag or name[:2] != "--")):
        raise _NotPlain
    if argument.is_flag:
        found[argument.keyword] = True
        return
    text = text if equals else next(words, "--")
    if not equals and text[:1] == "-" and text != "-":
        raise _NotPlain
    value = argument.value(text)
    if argument.is_repeatable:
        value = (*found[argument.keyword], value)
    found[argument.keyword] = value
