"""Whatever is typed, and whatever somebody wrote into the files: an answer, no traceback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from agent_session.surfaces.cli.verbs import VERBS
from agent_session.telling.story import told
from tests.surfaces.cli.command_line import CommandLine

# They go on until their client is gone; tests of their own call them as processes.
SERVING = {"mcp", "serve"}
HOSTILE_WORDS = [
    "",
    " ",
    "-",
    "--",
    "../../x",
    "/etc/passwd",
    "a\nb",
    "a\0b",
    "\x1b[2J",
    "\u202e",
    "\udcff",
    "%s%n",
    "$(id)",
    "x" * 100_000,
    "[" * 10_000,
    '{"a":' * 10_000,
    '{"a": 1e999}',
    '{"a": "\\ud800"}',
    "9" * 5_000,
    "nan",
    "💥",
]
OPTIONS = ["--agent", "--metadata", "--phase", "--error", "--since", "--limit", "--hours"]
OPTIONS += ["--token", "--plan", "--tool", "--input", "--file", "--expires", "--timeout"]
OPTIONS += ["--reason", "--note", "--sign", "--holder", "--lease", "--pid", "--session", "--as"]
OPTIONS += ["--agent-id", "--limits", "--summary", "--json", "--repair", "--store", "-C"]


@pytest.mark.parametrize("word", HOSTILE_WORDS, ids=lambda word: ascii(word)[:20])
@pytest.mark.parametrize("verb", sorted(VERBS.keys() - {"completion"} - SERVING))
def test_a_hostile_word_gets_an_answer(cli: CommandLine, verb: str, word: str) -> None:
    ran = cli(verb, word)

    assert ran.status in {0, 1, 2}
    assert ran.err.count("\n") <= 1
    assert not {"\x1b", "\u202e"} & set(ran.out + ran.err)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    verb=some.sampled_from(sorted(VERBS.keys() - SERVING)),
    words=some.lists(some.sampled_from([*HOSTILE_WORDS, *OPTIONS, "mine"]), max_size=6),
)
def test_any_line_gets_an_answer(cli: CommandLine, verb: str, words: list[str]) -> None:
    assert cli("--store", "memory:", verb, *words).status in {0, 1, 2, 3}


@pytest.mark.parametrize(
    "url", ["files:a\0b", "bogus:", "files:" + "x" * 5_000, "sqlite:", "postgresql://?x=1"]
)
def test_a_store_that_the_settings_name_wrongly_gets_an_answer(
    cli: CommandLine, url: str
) -> None:
    (cli.folder / ".claude").mkdir()
    (cli.folder / ".claude/agent-session.json").write_text(json.dumps({"store": url}))

    for verb in ("create", "list", "doctor"):
        assert cli(verb).status in {1, 3}


# --- what somebody has written into the files -------------------------------------------------

_ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=2)
        | some.dictionaries(some.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=5,
)
_FIELDS = ["phase", "metadata", "error", "summary", "fields", "record", "agent_name", "purpose"]
_FIELDS += [
    "approval",
    "decision",
    "drift",
    "grant",
    "cancels",
    "process",
    "holder",
    "id",
    "token",
]
_KINDS = [
    "created",
    "imported",
    "updated",
    "finalized",
    "edited",
    "other",
    "claimed",
    "renewed",
]
_KINDS += ["released", "resolved", "stopped", "approval_requested", "approval_decided"]
_KINDS += ["approval_taken_up", "approval_used", "approval_drifted"]


@given(
    kind=some.sampled_from(_KINDS),
    data=some.dictionaries(some.sampled_from(_FIELDS), _ANYTHING),
)
def test_any_event_can_be_told(kind: str, data: dict[str, Any]) -> None:
    what, phase = told({"kind": kind, "data": data}, "planning")

    assert isinstance(what, str)
    assert isinstance(phase, str)


@pytest.mark.parametrize(
    "at", ["", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_a_timeline_with_a_forged_time_is_shown(cli: CommandLine, at: str) -> None:
    agent_id = cli.create()
    journal = cli.sessions / agent_id / "journal.jsonl"
    event = json.loads(journal.read_text())
    journal.write_text(json.dumps({**event, "at": at}) + "\n")

    ran = cli("timeline", agent_id)

    assert (ran.status, ran.err) == (0, "")
    assert len(ran.lines) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"last_updated": "0001-01-01T00:00:00Z"},
        {"last_updated": "9999-12-31T23:59:59Z"},
        {"error_count": 10**30},
        {"metadata": {"\x1b": "\u2028"}},
        {"agent_id": "other"},
        {"phase": 7},
    ],
    ids=str,
)
def test_a_record_that_somebody_edited_is_shown(
    cli: CommandLine, fields: dict[str, Any]
) -> None:
    agent_id = cli.waiting()
    cli.edit(agent_id, **fields)

    for argv in (["list"], ["get", agent_id], ["why", agent_id], ["cleanup", "--dry-run"]):
        ran = cli(*argv)
        assert ran.status in {0, 1}
        assert "\x1b" not in ran.out
