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
from agent_session.core.durations import duration
from agent_session.surfaces.cli.arguments import EVERYWHERE, Argument, UsageError
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
        words = shlex.split(re.split(r" [|<>&]|\$ID|\$AP|;|\s#", command)[0])
        if "$ID" not in line and "$AP" not in line:
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
        "release a",
        "heartbeat a",
        "release a --token x",
        "resolve a",
        "resolve a --as done",
        "claim a --lease soon",
        "claim a --pid -1",
        "request-approval a",
        "request-approval a --tool Bash",
        "request-approval a --plan p --tool Bash --input {}",
        "request-approval a --plan p --input {}",
        "request-approval a --plan nowhere.md",
        "request-approval a --plan .",
        "request-approval a --plan /dev/zero",
        "request-approval a --plan p --strength web",
        "pending --timeout 1s",
        "pending --all --wait",
        "reject",
        "reject ap-0123456789abcdef",
        "reject ap-0123456789abcdef --all --reason x",
        "approve",
        "approve a b",
        "approve a --by root",
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
        *("request-approval", "--file", "--file=b", "--plan", "--beside", "claim", "--lease"),
        *("5m", "--token", "reject", "--all", "pending", "--timeout=1s", "--expires"),
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


def _accepted(argument: Argument) -> str:
    """A text that the argument takes."""
    for text in ("1", "1m"):
        with contextlib.suppress(ValueError):
            argument.value(text)
            return text
    raise AssertionError(argument.keyword)


@settings(max_examples=200, deadline=None)
@given(verb=some.sampled_from(sorted(VERBS)), data=some.data())
def test_a_plain_line_is_read_without_argparse(verb: str, data: some.DataObject) -> None:
    positions, options = [], []
    for each in load(verb).ARGUMENTS:
        value = data.draw(some.sampled_from(each.choices or (_accepted(each),)))
        times = data.draw(some.integers(0, 3 if each.is_repeatable else 1))
        if not each.names:
            positions.append(value)
            continue
        for _ in range(times):
            options += [each.names[0]] if each.is_flag else [each.names[0], value]
    argv = [verb, *positions, *options]

    plain, other = read_plain(argv), parse(argv)

    assert plain is not None
    assert plain.arguments == other.arguments


def test_what_may_be_repeated_is_kept_in_its_order() -> None:
    options = ["--file", "b.tf", "--plan", "p", "--file=a.tf", "-C", "x", "--file", "b.tf"]
    line = ["request-approval", "mine", *options]

    plain, other = read_plain(line), parse(line)

    assert plain is not None
    assert plain.arguments == other.arguments
    assert plain.arguments["globs"] == ("b.tf", "a.tf", "b.tf")


def test_what_may_be_repeated_is_empty_where_it_is_not_given() -> None:
    line = ["request-approval", "mine"]

    plain = read_plain(line)

    assert plain is not None
    assert plain.arguments["globs"] == parse(line).arguments["globs"] == ()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("1.5h", 5400), ("24h", 86400), ("7d", 604800), ("0s", 0)],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "s", "30", "-1s", "1y", "1e3s", "nan", "1 h", "\u0661h"])
def test_what_is_no_duration_is_a_mistake_in_the_usage(cli: CommandLine, text: str) -> None:
    ran = cli("wait", "ap-0123456789abcdef", f"--timeout={text}")

    assert (ran.status, ran.out) == (2, "")
    assert "give 30s, 5m, 24h or 7d" in ran.err
