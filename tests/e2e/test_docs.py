"""Every code block of README.md and docs/*.md does what it shows.

A `python` block runs in a fresh process in an empty project, and what follows a `print` as a
comment is what it prints.  The `console` blocks of a page run in one shell, in the order of the
page, in one empty project; output that is shown is compared, with ids, times and the like as
patterns, and `...` for what is left out.  A `json` block parses.  A block of another kind, and
one that cannot run, says so above itself: `<!-- not run: REASON -->`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.documents import Block, blocks, blocks_of, pages
from tests.e2e.empty_project import EmptyProject

RUN_HERE = {"python", "console", "json"}
SHOWN_ONLY = {"text"}  # drawings and lists of files

# What differs from run to run, as it may be spelt in a page.
VARYING = (
    r"agent-\d{8}-\d{6}-[0-9a-z]{8}",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: [+-]\d{4})?",
    r"\b\d\d:\d\d:\d\d\b",
    r"\b\d+(?:\.\d+)? (?:s|ms|min|h|d|B|KiB|MiB|GiB)\b",
    r"(?<=duration_seconds\": )\d+\.\d+",
    r"(?<=[a-z])\[\d+\]",
    r"\b[0-9a-f]{64}\b",
)
_ANY_OF_THEM = re.compile("|".join(f"({pattern})" for pattern in VARYING))
_STATUS = re.compile(r"#.*\bstatus (\d+)")
_PRINTED = re.compile(r"^ *print\(.*\)  # (.+)$", re.MULTILINE)


def _name(block: Block) -> str:
    return f"{block.page}:{block.line}"


# --- what the pages hold ----------------------------------------------------------------------


@pytest.mark.parametrize("page", pages())
def test_every_block_is_run_or_says_why_not(page: str) -> None:
    silent = [
        _name(block)
        for block in blocks(page)
        if block.language not in RUN_HERE | SHOWN_ONLY and not block.not_run
    ]

    assert silent == []


@pytest.mark.parametrize("page", pages())
def test_a_block_that_is_not_run_gives_a_reason(page: str) -> None:
    assert [
        _name(each) for each in blocks(page) if each.not_run and len(each.not_run) < 15
    ] == []


def test_the_blocks_are_found_at_all() -> None:
    assert {block.page for block in blocks_of("python")} >= {"README.md"}
    assert {block.page for block in blocks_of("console")} >= {"README.md", "docs/cli.md"}


# --- they run ---------------------------------------------------------------------------------


@pytest.mark.parametrize("block", blocks_of("json"), ids=_name)
def test_json_is_json(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", blocks_of("python"), ids=_name)
def test_python_runs_and_prints_what_it_says(block: Block, tmp_path: Path) -> None:
    run = EmptyProject(tmp_path).run_python(block.text)

    assert run.returncode == 0, run.stdout
    promised = _PRINTED.findall(block.text)
    if promised:
        assert run.stdout.splitlines() == promised


class Command(NamedTuple):
    """A command of a console block, the status it promises and the output it shows."""

    where: str
    line: str
    status: int
    shown: list[str]


def _commands(page: str) -> list[Command]:
    return [
        command
        for block in blocks(page)
        if block.language == "console" and not block.not_run
        for command in _commands_in(block)
    ]


def _commands_in(block: Block) -> list[Command]:
    found: list[Command] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if found and _goes_on(found[-1]):
            found[-1] = found[-1]._replace(line=f"{found[-1].line}\n{line}")
        elif line.startswith("$ "):
            status = _STATUS.search(line)
            promised = int(status[1]) if status else 0
            found.append(Command(f"{block.page}:{number}", line[2:], promised, []))
        else:
            assert found, f"{block.page}:{number}: a console block begins with a command"
            found[-1].shown.append(line)
    return found


def _goes_on(command: Command) -> bool:
    """True after a backslash, and up to the EOF of a here-document."""
    lines = command.line.splitlines()
    if "<<'EOF'" in lines[0]:
        return lines[-1] != "EOF"
    return not command.shown and lines[-1].endswith("\\")


class Told(NamedTuple):
    """What a command said, and its status."""

    status: int
    output: list[str]


_MARK = "\x1e"


def _run_all(commands: list[Command], project: EmptyProject) -> list[Told]:
    """Run the commands in one shell, so that variables and folders stay."""
    script = "\n".join(f"{each.line}\nprintf '\\n{_MARK}%s\\n' $?" for each in commands)
    said = project.run("bash", "--noprofile", "--norc", "-c", script).stdout
    found = re.findall(rf"(.*?)\n{_MARK}(\d+)\n", said, re.DOTALL)
    assert len(found) == len(commands), said
    return [Told(int(status), output.rstrip("\n").splitlines()) for output, status in found]


@pytest.mark.parametrize(
    "page", [page for page in pages() if any(b.language == "console" for b in blocks(page))]
)
def test_commands_do_what_is_shown(page: str, tmp_path: Path) -> None:
    commands = _commands(page)
    wrong = [
        f"{command.where}: $ {command.line}\n  status {told.status}\n  "
        + "\n  ".join(told.output)
        for command, told in zip(
            commands, _run_all(commands, EmptyProject(tmp_path)), strict=True
        )
        if told.status != command.status or not _is_as_shown(told.output, command.shown)
    ]

    assert not wrong, "\n".join(wrong)


def _is_as_shown(output: list[str], shown: list[str]) -> bool:
    if not shown:
        return True
    pattern = "\n".join(_pattern(line) for line in shown)
    text = "\n".join(" ".join(line.split()) for line in output)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def _pattern(line: str) -> str:
    """A regular expression for one line of shown output."""
    line = " ".join(line.split())
    pattern, end = "", 0
    for match in _ANY_OF_THEM.finditer(line):
        pattern += _literal(line[end : match.start()])
        # A pattern that looks behind would not find what it looks for once it stands alone.
        pattern += re.sub(r"\(\?<=[^)]*\)", "", VARYING[(match.lastindex or 1) - 1])
        end = match.end()
    return pattern + _literal(line[end:])


def _literal(text: str) -> str:
    return re.escape(text).replace(r"\.\.\.", ".*")


# --- the comparison itself --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("is agent-20260108-180530-abc12345", "is agent-20261123-093549-0f3c9d1e"),
        ('"at": "2026-01-08T18:05:30Z",', '"at": "2026-11-23T09:35:49.123456Z",'),
        ("idle for 12 min  ok", "idle for 3 s ok"),
        ("by library[123]", "by library[4711]"),
        ("first\n...\nlast", "first\nsecond\nthird\nlast"),
    ],
)
def test_what_varies_may_vary(shown: str, said: str) -> None:
    assert _is_as_shown(said.splitlines(), shown.splitlines())


@pytest.mark.parametrize(
    ("shown", "said"),
    [("Should resume: True", "Should resume: False"), ("one", "one\ntwo"), ("one\ntwo", "one")],
)
def test_what_does_not_vary_must_be_the_same(shown: str, said: str) -> None:
    assert not _is_as_shown(said.splitlines(), shown.splitlines())
