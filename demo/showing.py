"""JSON, files and journals, shortened so that a person sees what matters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

ROOM = 90
_DEEPEST = 3
_LONGEST_NOTE = 56


def json_lines(value: Any, indent: str = "", name: str = "", depth: int = 0) -> Iterator[str]:
    """*value* as JSON: on one line where there is room, else an item a line; cut if deep."""
    start = f"{indent}{json.dumps(name)}: " if name else indent
    flat = start + json.dumps(value)
    is_open = isinstance(value, dict | list) and value and depth < _DEEPEST
    if len(flat) <= ROOM or not is_open:
        yield shortened(flat)
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    items = value.items() if isinstance(value, dict) else (("", each) for each in value)
    yield start + opening
    yield from _separated(
        [list(json_lines(each, f"{indent}  ", key, depth + 1)) for key, each in items]
    )
    yield indent + closing


def _separated(items: list[list[str]]) -> Iterator[str]:
    for position, lines in enumerate(items, 1):
        yield from lines[:-1]
        yield lines[-1] + ("," if position < len(items) else "")


def answer_lines(answer: Mapping[str, Any], fields: Iterable[str]) -> Iterator[str]:
    """The named *fields* of an answer as JSON, and how many of them that are."""
    shown = {field: answer.get(field) for field in fields}
    lines = list(json_lines(shown))
    yield from lines[:-1]
    yield lines[-1] + (
        f"   ({len(shown)} of {len(answer)} fields)" if len(shown) < len(answer) else ""
    )


def file_lines(text: str, most: int) -> Iterator[str]:
    """The first *most* lines of a file, cut at the page's edge, and how many more there are."""
    lines = text.splitlines()
    yield from map(shortened, lines[:most])
    if len(lines) > most:
        yield f"  ... {len(lines) - most} more lines"


def journal_lines(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One line an event: number, time, kind, what it changed, and how the chain goes on."""
    for event in events:
        note = shortened(", ".join(_notes(event["data"])), _LONGEST_NOTE)
        link = f"{event['prev'][:6]} -> {event['hash'][:6]}"
        what = f"{event['at'][11:19]}  {event['kind']:<9}  {note:<{_LONGEST_NOTE}}"
        yield f"{event['seq']:>2}  {what}  {link}"


def _notes(data: Mapping[str, Any]) -> Iterator[str]:
    for key, value in {**data, **data.get("fields", {})}.items():
        if key == "phase":
            yield f"phase {value}"
        elif key in {"agent_name", "summary", "last_updated"}:
            yield f"{key} {value}"
        elif key == "metadata":
            yield json.dumps(value)


def shortened(text: str, longest: int = ROOM) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
