"""Which simple commands a shell's command line would run, held against a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_session.core.shell import LONGEST, statements
from agent_session.core.shell_globs import named
from agent_session.core.shell_words import DEEPEST
from tests.core.shell_examples import INNOCENTS, UNTOLD, VARIANTS, WRAPPED_ELSEWHERE


def ran(command: str) -> list[list[str]]:
    found = statements(command)
    assert found is not None
    return [[named(words[0]), *words[1:]] for words in found]


def applies(words: list[str]) -> bool:
    """True for `terraform apply p`, and where `$@` or `$( )` stands for what is missing."""
    is_given_all = words[:3] == ["terraform", "apply", "p"]
    return is_given_all or (words[0] == "terraform" and "$" in "".join(words))


@pytest.mark.parametrize("command", [*VARIANTS, *WRAPPED_ELSEWHERE])
def test_however_a_command_is_written_it_is_found(command: str):
    found = ran(command)

    if "xargs" in command:
        assert ["terraform", "apply"] in [words[:2] for words in found] or any(
            words == ["terraform", "$@"] for words in found
        )
    else:
        assert any(applies(words) for words in found)


@pytest.mark.parametrize("command", INNOCENTS)
def test_words_that_are_no_command_are_not_taken_for_one(command: str):
    assert ["terraform", "apply"] not in [words[:2] for words in ran(command)]


@pytest.mark.parametrize("command", UNTOLD)
def test_what_cannot_be_told_is_none(command: str):
    assert statements(command) is None


# --- a real bash ------------------------------------------------------------------------------

needs_bash = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("bash"), reason="needs bash and GNU tools"
)
TOOLS = {"env", "find", "flock", "nice", "nohup", "setsid", "stdbuf", "taskset", "timeout"}
RECORDS = '#!/bin/sh\nprintf "%s\\n" "$*" >> "$RECORD"\n'


def runs_of_terraform(command: str, folder: str) -> list[str]:
    """The arguments of each `terraform` that a real bash runs for *command*."""
    program, record = os.path.join(folder, "bin", "terraform"), os.path.join(folder, "record")
    os.mkdir(os.path.dirname(program))
    for path, text in ((program, RECORDS), (record, "")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)
    path = f"{os.path.dirname(program)}:/usr/local/bin:/usr/bin:/bin"
    subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={"PATH": path, "RECORD": record, "HOME": folder},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=10,
        check=False,
    )
    for _ in range(100 if "<(" in command or ">(" in command else 1):
        with open(record, encoding="utf-8") as file:
            lines = file.read().splitlines()
        if lines:
            return lines
        time.sleep(0.01)
    return lines


@needs_bash
@pytest.mark.parametrize("command", VARIANTS)
def test_a_real_bash_runs_what_is_found(command: str, tmp_path: object):
    missing = [tool for tool in TOOLS & set(command.split()) if not shutil.which(tool)]
    if missing:
        pytest.skip(f"needs {missing}")

    assert "apply p" in runs_of_terraform(command, str(tmp_path))


@needs_bash
@pytest.mark.parametrize("command", INNOCENTS)
def test_a_real_bash_does_not_run_what_is_not_found(command: str, tmp_path: object):
    lines = runs_of_terraform(command, str(tmp_path))

    assert [line for line in lines if line.startswith("apply")] == []


# --- how it is told ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("", []),
        (" \n ; # x", []),
        ("a 'b c' \"d\"", [["a", "b c", "d"]]),
        ("a \\", [["a", "\\"]]),
        ('a "\\a\\$b\\"" ""', [["a", '\\a$b"', ""]]),
        ("a $ $1x $x.y ${z}", [["a", "$", "$1x", "$x.y", "${z}"]]),
        ('a "$x" "$"', [["a", "$x", "$"]]),
        ("a $'\\n\\x41\\u00e9\\U110000\\0\\q'", [["a", "\nAé\U0010ffff\0q"]]),
        ("a b#c #d", [["a", "b#c"]]),
        ("a 2 >b 2>c", [["a", "2"]]),
        ("a ~/x *.tf", [["a", "~/x", "*.tf"]]),
        ("a $(b)c", [["b"], ["a", "$(b)c"]]),
        ("a <<EOF b\n$x `c`\nEOF\nd", [["a", "b"], ["c"], ["d"]]),
        ("nice", [["nice"]]),
        ("sudo b", [["b"], ["sudo", "b"]]),
        ("bash --version", [["bash", "--version"]]),
        ("bash x.sh y", [["x.sh", "y"], ["bash", "x.sh", "y"]]),
        ("exec >a 2>&1", [["exec"]]),
        ("command", [["command"]]),
        ("xargs", [["xargs"]]),
        ("flock a", [["flock", "a"]]),
        ("find . -exec a", [["find", ".", "-exec", "a"]]),
        ("x run $y", [["x", "run", "$y"]]),
        ("env -i", [["env", "-i"]]),
        ('a "${x:-\'}"', [["a", "${x:-'}"]]),
        ("[ a ]", [["[", "a", "]"]]),
    ],
)  # fmt: skip
def test_each_command_is_told_by_its_words(command: str, found: list[list[str]]):
    assert statements(command) == found


# --- hostile text -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "piece",
    [
        "*", "(", ")", "$(", "$((", "((", "`", "a ", "{ ", "${", "'", '"', '"$(', "\\", "\n",
        "sudo ", "eval ", "bash -c ", "x run ", "a<<b\n", "a<<b ", "case x in ", "x=(", "[[ ",
        "<(", "a;", "$x", "if ", "$'", "a\\a", "#", "a=", "find -exec ", "env -S ", "$((1)) ",
        "\\`",
    ],
)  # fmt: skip
def test_the_same_again_and_again_ends_quickly(piece: str):
    text = (piece * LONGEST)[:LONGEST]
    begun = time.process_time()

    statements(text)

    assert time.process_time() - begun < 3


def test_what_is_too_long_cannot_be_told():
    assert statements("a" * LONGEST) is not None
    assert statements("a" * (LONGEST + 1)) is None


@pytest.mark.parametrize(
    ("begins", "inner", "ends"),
    [
        *(("a $(", "a", ")"), ("sudo ", "a", ""), ("eval ", "a", ""), ("a <(", "a `a`", ")")),
        *(("a $((", "1", "))"), ("a ${x:-", "1", "}"), ("a x=(", "1", ")")),
    ],
)
def test_a_few_levels_are_told_and_too_many_are_not(begins: str, inner: str, ends: str):
    def nested(levels: int) -> str:
        return f"{begins * levels}{inner}{ends * levels}"

    assert statements(nested(DEEPEST - 1)) is not None
    assert statements(nested(DEEPEST + 1)) is None


def test_backticks_count_as_a_level():
    deepest = f"{'a $(' * DEEPEST}a `a`{')' * DEEPEST}"

    assert statements(deepest) is None


PIECES = st.sampled_from(
    [
        *"'\"`$(){}[]<>;&|#\\*? \t\n=ab1-", "$(", "$((", "${", "<<E\n", "\nE\n", "bash -c ",
        "case x in ", "esac", "if ", "for ", "do ", "done", "eval ", "sudo ", "terraform ",
        "xargs ", "env ", "function ", "[[ ", "]]", "$'", "<(", "x run ", "coproc ",
    ]
)  # fmt: skip


@settings(deadline=1000, max_examples=300)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join)))
def test_any_text_is_told_or_is_not(text: str):
    found = statements(text)

    assert found is None or all(words for words in found)
