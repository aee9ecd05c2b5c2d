"""stats, suggest, patterns and episode: what they answer, to people and to programs."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.surfaces.cli.command_line import CommandLine


def _two_agents(cli: CommandLine) -> None:
    """a has ended well, b waits and was answered, c has failed."""
    cli.create("--agent", "x", "--agent-id", "a")
    cli("finalize", "a", "completed")
    cli.waiting("--agent", "x", "--agent-id", "b", "--purpose", "a larger web instance")
    cli.create("--agent", "y", "--agent-id", "c")
    cli("update", "c", "--phase", "executing", "--error", "no route to 10.0.0.1")
    cli("finalize", "c", "failed")
    approval_id = cli.request("b")
    cli.decide(approval_id)


# --- stats ------------------------------------------------------------------------------------


def test_stats_tells_every_measure_with_its_target_and_what_it_is_of(cli: CommandLine) -> None:
    _two_agents(cli)

    ran = cli("stats")

    told = {line[:24].strip(): line[24:].split() for line in ran.lines[1:-2]}
    assert told["sessions"][0] == "3"
    assert told["error rate"][:9] == ["33", "%", "<", "10", "%,", "missed", "1", "of", "3"]
    assert told["resume rate"][:7] == ["-", ">", "60", "%", "0", "of", "0"]
    assert ran.lines[-1] == "Approvals: 1 approved (1 terminal)"
    assert ran.lines[0].split()[:5] == ["MEASURE", "VALUE", "TARGET", "OF", "BY"]


def test_stats_for_programs_has_the_published_figures(cli: CommandLine) -> None:
    _two_agents(cli)

    found = cli("stats", "--json").json

    assert found["delegations"] == 0
    assert found["resume_rate"] is None
    assert found["error_rate"] == pytest.approx(1 / 3)
    assert found["duration_seconds"].keys() == {"median", "p95"}
    assert found["time_to_decision_seconds"]["median"] >= 0
    assert found["storage_bytes"] > 0
    assert found["approvals"] == {"approved": {"terminal": 1}}
    assert found["targets"]["error_rate"] == {"bound": 0.1, "better": "less", "met": False}
    assert found["trends"]["unit"] == "hour"
    assert sum(each["counts"]["sessions"] for each in found["trends"]["periods"]) == 3


def test_stats_of_one_agent_and_of_a_time(cli: CommandLine) -> None:
    _two_agents(cli)

    def sessions(*argv: str) -> Any:
        return cli("stats", "--json", *argv).json["counts"]["sessions"]

    assert sessions("--agent", "y") == 1
    assert sessions("--since", "1h") == 3
    assert sessions("--until", "1h") == 0
    assert cli("stats", "--since", "soon").status == 2
    assert cli("stats", "--json", "--prometheus").status == 2


def test_what_cleanup_took_counts_on(cli: CommandLine) -> None:
    _two_agents(cli)
    before = cli("stats", "--json").json

    cli("cleanup", "--hours", "0", "--force")

    after = cli("stats", "--json").json
    assert cli("list").out == ""
    assert after["counts"] == before["counts"]
    assert after["approvals"] == before["approvals"]


def test_stats_of_an_empty_store(cli: CommandLine) -> None:
    ran = cli("stats")

    assert (ran.status, ran.err) == (0, "")
    assert ran.lines[-1] == "Approvals: none"
    assert cli("stats", "--json").json["storage_bytes"] == 0


def test_stats_for_prometheus(cli: CommandLine) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    _two_agents(cli)

    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(cli("stats", "--prometheus").out)
        for sample in family.samples
    }

    assert found[("agent_session_sessions",)] == 3
    assert found[("agent_session_error_rate",)] == pytest.approx(1 / 3)
    assert found[("agent_session_approvals", "approved", "terminal")] == 1
    assert ("agent_session_duration_seconds", "0.95") in found
    assert ("agent_session_resume_rate",) not in found


def test_without_the_library_prometheus_is_told_how_to_get_it(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    ran = cli("stats", "--prometheus")

    assert ran.status == 1
    assert "pip install 'agent-session[prometheus]'" in ran.err


# --- suggest ----------------------------------------------------------------------------------


def test_a_suggestion_says_why(cli: CommandLine) -> None:
    _two_agents(cli)

    ran = cli("suggest", "--agent", "x", "--text", "enlarge that web instance")

    assert ran.status == 0
    assert ran.lines[0].split() == ["SESSION", "SCORE", "PHASE", "WHY"]
    assert ran.lines[1].startswith("b ")
    assert "words in common: instance, web; active" in ran.out


def test_suggestions_for_programs(cli: CommandLine) -> None:
    for number in range(7):
        cli.waiting("--agent", "x", "--metadata", f'{{"task_id": "T{number}"}}')

    found = cli("suggest", "--agent", "x", "--json").json

    assert len(found) == 5
    (only,) = cli("suggest", "--agent", "x", "--task", "T3", "--json").json
    assert only["same_task"]
    assert len(cli("suggest", "--agent", "x", "--limit", "7", "--json").json) == 7
    assert "same task T3" in cli("suggest", "--agent", "x", "--task", "T3").out


def test_no_suggestion_is_a_no(cli: CommandLine) -> None:
    ran = cli("suggest", "--agent", "x")

    assert (ran.status, ran.out) == (1, "")
    assert "no session of x may be resumed" in ran.err
    assert cli("suggest", "--agent", "x", "--json").json == []
    assert cli("suggest").status == 2


# --- patterns ---------------------------------------------------------------------------------


def test_patterns_are_told_with_counts_and_examples(cli: CommandLine) -> None:
    _two_agents(cli)

    lines = cli("patterns").lines

    assert lines[0] == "Sessions looked at: 3"
    assert "Where agents fail" in lines
    assert "1      y      executing  c" in lines
    assert "1      no route to <n>.<n>.<n>.<n>  c" in lines
    assert cli("patterns", "--json").json["errors"][0]["count"] == 1
    assert cli("patterns", "--agent", "x", "--json").json["failures"] == []
    assert cli("patterns", "--since", "soon").status == 2


def test_the_most_frequent_ten_are_shown_unless_all_are_asked_for(cli: CommandLine) -> None:
    for number in range(12):
        agent_id = cli.create("--agent", f"agent-{chr(97 + number)}")
        cli("finalize", agent_id, "failed")

    assert "Where agents fail (2 more: --all)" in cli("patterns").lines
    assert len(cli("patterns", "--all").lines) == len(cli("patterns").lines) + 2


# --- episodes ---------------------------------------------------------------------------------


def test_an_episode_lists_its_sessions(cli: CommandLine) -> None:
    _two_agents(cli)

    ran = cli("episode", "1h")

    assert [line.split()[3] for line in ran.lines[1:]] == ["a", "b", "c"]
    assert ran.lines[3].endswith("no       initializing executing failed")
    found = cli("episode", "1h", "--for", "2h", "--json").json
    assert [each["success"] for each in found] == [True, None, False]
    assert "no session was created then" in cli("episode", "2h", "--for", "30m").err
    assert cli("episode", "soon").status == 2
    assert cli("episode", "1h", "--for", "x").status == 2
