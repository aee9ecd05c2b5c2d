"""README.md and docs/*.md as the tests see them: code blocks, tables, sections and links."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.project.tree import ROOT, read

_FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOT_RUN = re.compile(r"<!-- not run: (.+?) -->\s*\Z", re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
_CODE_SPAN = re.compile(r"`[^`]*`")


class Block(NamedTuple):
    """A fenced block: where it is, its language, its text, and why it is not run, if so."""

    page: str
    line: int
    language: str
    text: str
    not_run: str


def pages() -> list[str]:
    names = [f"docs/{name}" for name in sorted(os.listdir(os.path.join(ROOT, "docs")))]
    return ["README.md", *(name for name in names if name.endswith(".md"))]


def blocks(page: str) -> list[Block]:
    text = read(page)
    found = []
    for match in _FENCE.finditer(text):
        marker = _NOT_RUN.search(text[: match.start()])
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(page, line, match[1], match[2], marker[1] if marker else ""))
    return found


def blocks_of(language: str) -> list[Block]:
    """Every block in *language*, of all pages, that is to be run."""
    return [
        block
        for page in pages()
        for block in blocks(page)
        if block.language == language and not block.not_run
    ]


def prose(page: str) -> str:
    """The page without its code."""
    return _FENCE.sub("", read(page))


def section(page: str, title: str) -> str:
    """What stands under the heading *title*, up to the next heading."""
    text = read(page)
    start = re.search(rf"^#+ {re.escape(title)}$", text, re.MULTILINE)
    assert start, f"{page} has no section {title!r}"
    rest = text[start.end() :]
    following = re.search(r"^#+ ", _FENCE.sub(_blanked, rest), re.MULTILINE)
    return rest[: following.start()] if following else rest


def _blanked(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def table(text: str) -> list[list[str]]:
    """The cells of the first table in *text*, without its heading; code marks taken off."""
    lines = list(_first_table(text.splitlines()))
    return [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]
    ]


def _first_table(lines: list[str]) -> Iterator[str]:
    started = False
    for line in lines:
        if line.startswith("|"):
            started = True
            yield line
        elif started:
            return


def headings(page: str) -> list[str]:
    return _HEADING.findall(prose(page))


def anchors(page: str) -> set[str]:
    """What may follow `#` in a link to *page*."""
    plain = [re.sub(r"[^\w\- ]", "", title.lower()) for title in headings(page)]
    return {title.replace(" ", "-") for title in plain}


def relative_links(page: str) -> list[str]:
    text = _CODE_SPAN.sub("", prose(page))
    targets = [match[1] or match[2] for match in _LINK.finditer(text)]
    return [target for target in targets if "://" not in target]
