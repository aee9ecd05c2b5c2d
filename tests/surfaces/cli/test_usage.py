"""How the command line is read: help, mistakes, and two readers that agree."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from agent_session import __version__
from agent_session.surfaces.cli.arguments import EVERYWHERE, UsageError
from agent_session.surfaces.cli.parser import parse
from agent_session.surfaces.cli.plain import read_plain
from agent_session.surfaces.cli.verbs import VERBS, load
from tests.surfaces.cli.command_line import CommandLine

# --- help -------------------------------------------------------------------------------------


def test_the_help_names_every_verb_and_every_status(cli: CommandLine) -> None:
    ran = cli("--help")

    assert ran.status == 0
    assert all(re.search(rf"^    {verb} +\w", ran.out, re.MULTILINE) for verb in VERBS)
    assert "0 done, 1 the answer is no, 2 usage, 3 the store failed" in ran.out


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_each_verb_holds_an_example_and_every_argument(
    cli: CommandLine, verb: str
) -> None:
    ran = cli(verb, "--help")

    assert ran.status == 0
    assert f"example:\n  agent-session {verb}" in ran.out
    for each in (*load(verb).ARGUMENTS, *EVERYWHERE):
        assert (each.names[0] if each.names else each.shown) in ran.out


@pytest.mark.parametrize("verb", VERBS)
def test_the_examples_are_read_as_they_stand(verb: str) -> None:
    for line in load(verb).EXAMPLES:
        command = line.partition("agent-session ")[2]
        words = shlex.split(re.split(r" [|>]|\$ID|;|\s#", command)[0])
        if "$ID" not in line:
            assert parse(words).verb == verb


def test_the_version_is_that_of_the_package(cli: CommandLine) -> None:
    assert cli("--version").out == f"agent-session {__version__}\n"


def test_help_fits_the_window(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    usage = cli("list", "--help").out.split("\n\n")[0]

    assert max(map(len, usage.splitlines())) <= 60


# --- mistakes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "bogus",
        "get",
        "get a b",
        "list --bogus",
        "list --act",  # nothing may be abbreviated
        "list --phase dreaming",
        "list --active-only=yes",
        "create --agent",
        "--store",
        "--store bogus:x list",
        "-C nowhere list",
        "completion fish",
    ],
)
def test_a_mistake_is_one_sentence_on_stderr(cli: CommandLine, line: str) -> None:
    ran = cli(*line.split())

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("agent-session: ")
    assert ran.err.count("\n") == 1


def test_a_verb_that_was_mistyped_is_met_with_the_one_that_was_meant(cli: CommandLine) -> None:
    assert "'crate' (did you mean create?); see" in cli("-C", ".", "crate").err


def test_no_verb_at_all_shows_the_help(cli: CommandLine) -> None:
    ran = cli()

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("usage: agent-session")


def test_a_mistake_is_said_in_one_line_whatever_it_holds(cli: CommandLine) -> None:
    ran = cli("get", "a", "\x1b[31m\nforged: all is well")

    assert ran.err.count("\n") == 1
    assert "\x1b" not in ran.err


# --- where ------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [True, False])
def test_the_store_may_be_named_before_the_verb_and_after_it(
    cli: CommandLine, tmp_path: Path, before: bool
) -> None:
    where = ["--store", f"files:{tmp_path}/elsewhere"]
    argv = [*where, "create"] if before else ["create", *where]

    assert cli(*argv).status == 0
    assert (tmp_path / "elsewhere").is_dir()
    assert not cli.sessions.exists()


@pytest.mark.parametrize("before", [True, False])
def test_the_project_may_be_named_before_the_verb_and_after_it(
    cli: CommandLine, tmp_path: Path, before: bool
) -> None:
    (tmp_path / "other").mkdir()
    where = ["-C", str(tmp_path / "other")]
    argv = [*where, "create"] if before else ["create", *where]

    assert cli(*argv).status == 0
    assert (tmp_path / "other/.claude/session").is_dir()
    assert not cli.sessions.exists()


def test_what_is_wrong_in_the_settings_is_named(cli: CommandLine) -> None:
    (cli.folder / ".claude").mkdir()
    (cli.folder / ".claude/agent-session.json").write_text('{"bogus": 1}')

    ran = cli("list")

    assert (ran.status, ran.out) == (0, "")
    assert "agent-session.json: unknown setting 'bogus'" in ran.err


def test_a_store_that_fails_is_status_three(cli: CommandLine) -> None:
    (cli.folder / ".claude").write_text("a file where a folder should be")

    ran = cli("create")

    assert (ran.status, ran.out) == (3, "")
    assert re.fullmatch(r"agent-session: cannot make .*\n", ran.err)


# --- two readers ------------------------------------------------------------------------------

_WORDS = some.sampled_from(
    [
        *("create", "update", "get", "finalize", "list", "why", "verify", "cleanup"),
        *("-C", "--store", "--json", "--agent", "--phase", "--metadata", "--limit", "--hours"),
        *("--force", "--repair", "--active-only", "--error", "completed", "approval", "bash"),
        *("3", "24", "-1", "-", "--", "-h=", "--json=1", "--limit=3", "--store=x", "a-b"),
        *("--hours=nan", "--agent=-x", "--agent=", "--force=", "-Cx", "completion"),
    ]
) | some.text(max_size=3)


@settings(max_examples=400, deadline=None)
@given(some.lists(_WORDS, max_size=7))
def test_where_both_readers_accept_a_line_they_say_the_same(argv: list[str]) -> None:
    plain = read_plain(argv)
    if plain is None:
        return
    with contextlib.suppress(UsageError):
        other = parse(argv)
        assert (plain.verb, plain.project, plain.store) == (
            other.verb,
            other.project,
            other.store,
        )
        assert plain.arguments == other.arguments


@settings(max_examples=100, deadline=None)
@given(verb=some.sampled_from(sorted(VERBS)), data=some.data())
def test_a_plain_line_is_read_without_argparse(verb: str, data: some.DataObject) -> None:
    positions, options = [], []
    for each in load(verb).ARGUMENTS:
        value = data.draw(some.sampled_from(each.choices or ("1",)))
        if not each.names:
            positions.append(value)
        elif data.draw(some.booleans()):
            options += [each.names[0]] if each.is_flag else [each.names[0], value]
    argv = [verb, *positions, *options]

    plain, other = read_plain(argv), parse(argv)

    assert plain is not None
    assert plain.arguments == other.arguments
