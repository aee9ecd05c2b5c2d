"""replay, fork, merge, diff, prune and compact: what they answer, to people and to programs."""

from __future__ import annotations

import io
import re
import sys

import pytest

from agent_session.surfaces.cli.commands import replay
from tests.surfaces.cli.command_line import CommandLine


def _twin(cli: CommandLine) -> tuple[str, str]:
    """Session `main` with a plan, and `try`, which is forked from it."""
    cli.create("--agent", "ta", "--agent-id", "main", "--metadata", '{"plan": {"size": "t3"}}')
    cli("update", "main", "--phase", "approval")
    assert cli("fork", "main", "--agent-id", "try").out == "Forked session: try\n"
    return "main", "try"


def _in_conflict(cli: CommandLine) -> None:
    _twin(cli)
    cli("update", "main", "--metadata", '{"plan": {"size": "t4"}}')
    cli("update", "try", "--metadata", '{"plan": {"size": "t5", "zone": "a"}}')


# --- replay -----------------------------------------------------------------------------------


def test_replay_shows_what_each_step_has_changed(cli: CommandLine) -> None:
    agent_id = cli.create("--metadata", '{"n": 1}')
    cli("update", agent_id, "--phase", "planning", "--metadata", '{"n": 2}')

    lines = [
        re.sub(r" [-0-9]+ [:0-9]+ [+0-9]+ ", "", line) for line in cli("replay", agent_id).lines
    ]

    assert lines == [
        "1  created  unknown, general, n=1",
        "2  updated  initializing -> planning; n=2",
        '  ~ /phase  "initializing" -> "planning"',
        "  ~ /metadata/n  1 -> 2",
        "  ~ /resume_ready  false -> true",
        lines[-1],
    ]
    assert lines[-1].startswith('  + /history/0  {"from_phase"')


def test_replay_for_programs_is_the_steps(cli: CommandLine) -> None:
    agent_id = cli.create("--metadata", '{"n": 1}')
    cli("update", agent_id, "--metadata", '{"n": 2}')

    _, step = cli("replay", agent_id, "--json").json

    assert (step["seq"], step["kind"]) == (2, "updated")
    assert {"path": "/metadata/n", "before": 1, "after": 2} in step["changed"]


def test_replay_shows_the_record_as_it_stood(cli: CommandLine) -> None:
    agent_id = cli.create("--metadata", '{"n": 1}')
    cli("update", agent_id, "--metadata", '{"n": 2}')

    assert cli("replay", agent_id, "--at", "1").json["metadata"] == {"n": 1}
    assert cli("replay", agent_id, "--at", "0s").json == cli("get", agent_id).json
    assert cli("replay", agent_id, "--at", "2999-01-01").json["revision"] == 2


@pytest.mark.parametrize(
    ("argv", "status", "why"),
    [
        (("--at", "9"), 1, "has events 1 to 1, and 9 is none of them"),
        (("--at", "1" * 99), 1, "is none of them"),
        (("--at", "2d"), 1, "has no event from before"),
        (("--at", "soon"), 2, "or the number of an event"),
        (("--at", "1", "--step"), 2, "give one"),
    ],
)
def test_what_cannot_be_replayed_is_told(
    cli: CommandLine, argv: tuple[str, ...], status: int, why: str
) -> None:
    ran = cli("replay", cli.create(), *argv)

    assert (ran.status, ran.out) == (status, "")
    assert why in ran.err


def test_replay_without_a_journal_says_so(cli: CommandLine) -> None:
    agent_id = cli.create()
    (cli.sessions / agent_id / "journal.jsonl").unlink()

    assert "no journal yet" in cli("replay", agent_id).err
    assert "has no journal yet, and 1 is none" in cli("replay", agent_id, "--at", "1").err


@pytest.mark.parametrize(("answers", "shown"), [("\n\n", 3), ("q\n", 1), ("\nq\n", 2), ("", 1)])
def test_replay_waits_for_the_person_between_steps(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, answers: str, shown: int
) -> None:
    agent_id = cli.create()
    cli("update", agent_id, "--metadata", '{"n": 1}')
    cli("update", agent_id, "--metadata", '{"n": 2}')
    monkeypatch.setattr(replay, "is_terminal", lambda _: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(answers))

    ran = cli("replay", agent_id, "--step")

    assert len(re.findall(r"^\d", ran.out, re.MULTILINE)) == shown
    assert "-- 1 of 3: Enter goes on, q ends -- " in ran.err


def test_replay_off_a_terminal_waits_for_nobody(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli("update", agent_id, "--metadata", '{"n": 1}')

    assert cli("replay", agent_id, "--step") == cli("replay", agent_id)


# --- fork, diff and merge ---------------------------------------------------------------------


def test_a_fork_names_its_parent(cli: CommandLine) -> None:
    _twin(cli)

    early = cli("fork", "main", "--at", "1", "--json").json

    assert early["parent"] == {"agent_id": "main", "revision": 1}
    assert early["phase"] == "initializing"
    assert cli("get", "try").json["phase"] == "planning"
    assert "forked from main@2 in planning" in cli("timeline", "try").out
    assert "exists already" in cli("fork", "main", "--agent-id", "try").err


def test_a_difference_is_told_by_the_status_too(cli: CommandLine) -> None:
    _in_conflict(cli)

    ran = cli("diff", "main", "try")

    assert ran.status == 1
    assert ran.lines == [
        '  ~ /phase  "approval" -> "planning"',
        '  ~ /metadata/plan/size  "t4" -> "t5"',
        '  + /metadata/plan/zone  "a"',
    ]
    assert '  - /metadata/plan/zone  "a"' in cli("diff", "try", "main").lines
    assert cli("diff", "main@1", "main", "--json").json[0]["path"] == "/phase"
    assert cli("diff", "main@2", "main@2") == (0, "", "")
    assert cli("diff", "main@x", "main").status == 2


def test_a_merge_brings_in_what_was_learned(cli: CommandLine) -> None:
    _twin(cli)
    cli("update", "try", "--metadata", '{"plan": {"size": "t5"}}')

    would = cli("merge", "try", "main", "--dry-run")
    assert would.out == "Would merge try into main, against main@2\n"
    assert cli("get", "main").json["metadata"]["plan"]["size"] == "t3"

    assert cli("merge", "try", "main").out == "Merged try into main, against main@2\n"
    assert cli("get", "main").json["metadata"]["plan"]["size"] == "t5"
    assert "took in try@2" in cli("timeline", "main").out
    assert "was taken in by main@3" in cli("timeline", "try").out
    assert cli("merge", "try", "main").out == (
        "Nothing to merge: try has learned nothing since try@2\n"
    )


def test_a_conflict_is_named_and_refused(cli: CommandLine) -> None:
    _in_conflict(cli)

    ran = cli("merge", "try", "main")

    assert (ran.status, ran.out) == (1, "")
    assert "both try and main have changed /plan/size; say whose stands" in ran.err
    assert '  ! /plan/size  was "t3", ours "t4", theirs "t5"' in ran.err
    assert cli("get", "main").json["metadata"]["plan"] == {"size": "t4"}


def test_a_conflict_is_told_to_programs(cli: CommandLine) -> None:
    _in_conflict(cli)

    ran = cli("merge", "try", "main", "--json")

    assert (ran.status, ran.json["refused"]) == (1, "merge_conflict")
    assert ran.json["conflicts"] == [
        {"path": "/plan/size", "base": "t3", "ours": "t4", "theirs": "t5"}
    ]


@pytest.mark.parametrize(("whose", "size"), [("--ours", "t4"), ("--theirs", "t5")])
def test_whose_stands_is_said(cli: CommandLine, whose: str, size: str) -> None:
    _in_conflict(cli)

    ran = cli("merge", "try", "main", whose, "--json")

    assert (ran.status, ran.json["merged"], ran.json["metadata"]["plan"]) == (
        0,
        True,
        {"size": size, "zone": "a"},
    )


def test_strangers_and_both_sides_at_once_are_refused(cli: CommandLine) -> None:
    _twin(cli)
    stranger = cli.create()

    assert "comes from the other by `fork`" in cli("merge", stranger, "main").err
    assert cli("merge", "try", "main", "--ours", "--theirs").status == 2


# --- prune and compact ------------------------------------------------------------------------


def test_pruning_tells_what_was_kept(cli: CommandLine) -> None:
    agent_id = cli.create()
    for holder in ("x", "y", "z"):
        cli("claim", agent_id, "--holder", holder)
        cli("release", agent_id)

    assert cli("prune", agent_id, "--turns", "1").out.endswith("turns kept: 1\n")
    assert len(cli("get", agent_id).json["turns"]) == 1
    assert cli("prune", agent_id, "--turns", "0").status == 2


def _finished(cli: CommandLine) -> str:
    agent_id = cli.create()
    for phase in ("investigating", "planning", "executing"):
        cli("update", agent_id, "--phase", phase)
    cli("finalize", agent_id, "completed")
    return agent_id


def test_a_journal_becomes_shorter_and_verifies(cli: CommandLine) -> None:
    agent_id = _finished(cli)
    record = cli("get", agent_id).json

    assert cli("compact", agent_id, "--dry-run").out == (
        "Would compact sessions: 1 of 1, events 5 -> 3\n"
    )
    assert cli("compact", agent_id).out == "Compacted sessions: 1 of 1, events 5 -> 3\n"

    assert cli("get", agent_id).json == record
    assert cli("verify").status == 0
    assert "events 2 to 4 in one" in cli("timeline", agent_id).out
    assert "were compacted" in cli("replay", agent_id, "--at", "3").err
    assert cli("replay", agent_id).lines[1].startswith("4  ")


def test_all_that_are_over_are_compacted_for_programs(cli: CommandLine) -> None:
    agent_id = _finished(cli)
    cli.create()

    assert cli("compact", "--hours", "0", "--json").json == {
        "dry_run": False,
        "looked_at": 1,
        "compacted": {agent_id: {"before": 5, "after": 3}},
        "unreadable": [],
    }
    assert cli("compact", "--hours", "24", "--json").json["looked_at"] == 0


def test_which_to_compact_must_be_said_and_be_over(cli: CommandLine) -> None:
    assert cli("compact").status == 2
    assert cli("compact", "x", "--hours", "1").status == 2
    assert "only what is over" in cli("compact", cli.create()).err


def test_what_cannot_be_read_is_told_by_the_status(cli: CommandLine) -> None:
    cli.spoil(_finished(cli))

    ran = cli("compact", "--hours", "0")

    assert ran.status == 1
    assert "cannot be read" in ran.err
