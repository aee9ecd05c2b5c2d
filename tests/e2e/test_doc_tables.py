"""What the pages say of phases, reasons, settings, verbs and fields is what the code says."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent_session import settings
from agent_session.core import approvals, errors, phases, resume
from agent_session.core.codec import DEEPEST_NESTING, LARGEST_RECORD, LONGEST_STRING
from agent_session.core.events import BIRTHS, CHANGES
from agent_session.core.state import EDITABLE, blank_record
from agent_session.services.decisions import INSIDE_AGENT
from agent_session.stores.memory import MemoryStore
from agent_session.surfaces.cli.arguments import EVERYWHERE
from agent_session.surfaces.cli.terminal import NO_TERMINAL, WRONG_CODE
from agent_session.surfaces.cli.verbs import VERBS, load
from tests.e2e.documents import anchors, headings, pages, prose, relative_links, section, table
from tests.e2e.empty_project import EmptyProject
from tests.project.tree import ROOT

# Where an answer has to be believed, in the order in which it is asked (services/resumes.py).
OF_VOUCHING = [errors.TooWeakError.code, errors.BadSignatureError.code]
# Those of `use` itself; any of `Claimant`'s may stand beside them.
OF_USE = {
    errors.ActionChangedError.code,
    errors.ApprovalNotFoundError.code,
    errors.BadSignatureError.code,
    errors.ChainBrokenError.code,
    errors.DriftedError.code,
    errors.NotDecidedError.code,
    errors.TooWeakError.code,
    errors.WrongStoreError.code,
    *(f"approval_{status}" for status in approvals.STATUSES if status not in approvals.OPEN),
}
OF_CLAIMS = {
    errors.ClaimedError.code,
    errors.InDoubtError.code,
    errors.StaleClaimError.code,
    errors.TokenRequiredError.code,
}
WITH_REASONS = (
    ("README.md", "Why a session is not resumed"),
    ("docs/resume.md", "The criteria"),
)


# --- links ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", pages())
def test_every_relative_link_leads_somewhere(page: str) -> None:
    broken = [link for link in relative_links(page) if not _leads_somewhere(page, link)]

    assert broken == []


def _leads_somewhere(page: str, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    if not os.path.exists(os.path.join(ROOT, target)):
        return False
    return not anchor or anchor in anchors(target)


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = {link.partition("#")[0] for link in relative_links("README.md")}

    assert {page for page in pages() if page.startswith("docs/")} - linked == set()


# --- resuming ---------------------------------------------------------------------------------


def test_the_table_of_phases_is_that_of_the_core() -> None:
    yes = {True: "yes", False: ""}

    assert table(section("docs/resume.md", "Phases")) == [
        [phase, yes[phases.is_resumable(phase)], yes[phases.is_final(phase)]]
        for phase in phases.PHASES
    ]


def _reasons_in_order() -> list[str]:
    record = blank_record("agent-1", "2026-01-08T18:05:30.000000Z")
    criteria = resume.examine(record, resume.ResumePolicy(), datetime.now(UTC))
    before = [resume.SESSION_NOT_FOUND, resume.STATE_CORRUPTED]
    reasons = (finding.reason for finding in criteria)
    return [*before, *reasons, *OF_VOUCHING, resume.SESSION_RESUMABLE]


@pytest.mark.parametrize(("page", "title"), WITH_REASONS)
def test_the_tables_of_reasons_are_the_criteria_in_their_order(page: str, title: str) -> None:
    assert [row[0] for row in table(section(page, title))] == _reasons_in_order()


def test_no_reason_of_the_core_is_missing() -> None:
    words = {
        value
        for name, value in vars(resume).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, str)
    }

    assert words == set(_reasons_in_order()) - {*OF_VOUCHING}


def test_the_thresholds_are_those_of_the_core() -> None:
    policy = resume.ResumePolicy()
    rows = {row[0]: row[1] for row in table(section("docs/resume.md", "The criteria"))}

    assert f"{policy.max_errors} or more" in rows["too_many_errors"]
    assert f"{policy.idle.total_seconds() / 60:.0f} minutes" in rows["timed_out"]
    assert f"{resume.FUTURE_ALLOWED.total_seconds():.0f} seconds" in rows["timed_out"]


def test_the_table_of_settings_is_the_one_in_force() -> None:
    told = [row[:3] for row in table(section("docs/resume.md", "Settings"))]

    assert told == [
        [each.key, each.variable, _as_typed(each.default)] for each in settings.TABLE
    ]


def _as_typed(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def test_what_may_only_be_tightened_is_told() -> None:
    told = {row[0]: row[4] for row in table(section("docs/resume.md", "Settings"))}

    assert {key for key, may in told.items() if may != "change it"} == {
        each.key for each in settings.TABLE if each.tightens or each.joins
    }


# --- approvals --------------------------------------------------------------------------------


def test_every_refusal_of_a_use_is_told() -> None:
    told = _words(section("docs/approvals.md", "Why a use is refused"))

    assert told == OF_USE | OF_CLAIMS | {errors.SessionFinalError.code}


def test_there_is_advice_for_every_refusal_of_approvals_and_claims() -> None:
    told = _words(section("docs/troubleshooting.md", "A program is refused"))

    assert told >= OF_USE | OF_CLAIMS | {
        errors.AlreadyDecidedError.code,
        errors.NotInDoubtError.code,
        INSIDE_AGENT,
        NO_TERMINAL,
        WRONG_CODE,
    }


def _words(text: str) -> set[str]:
    """What stands in the first column, where a cell may hold more than one."""
    return {word.strip("` ") for row in table(text) for word in row[0].split(",")}


# --- the record and its events ----------------------------------------------------------------


def test_every_field_of_the_record_is_told() -> None:
    told = _words(section("docs/state-json.md", "The record"))

    assert told == {*blank_record("agent-1", "2026-01-08T18:05:30Z")}


def test_every_field_of_turns_claims_and_approvals_is_told(tmp_path: Path) -> None:
    project = EmptyProject(tmp_path)
    project.run("agent-session", "create", "--agent-id", "asks")
    project.run("agent-session", "claim", "asks", "--pid", str(os.getpid()))
    project.run("agent-session", "request-approval", "asks", "--plan", "-", stdin="a plan")
    record = json.loads(project.run("agent-session", "get", "asks").stdout)
    [approval] = record["approvals"]
    turns, claim = section("docs/state-json.md", "Turns and claim").split("\nA [claim]")

    assert _words(turns) == {*record["turns"][0]}
    assert _words(claim) == {*record["claim"]}
    assert _words(section("docs/state-json.md", "Approvals")) == {
        *approval,
        "ended_at",
        "drift",
    }
    for field in ("action", "files"):
        assert [word for word in approval[field] if f"`{word}`" not in _told_of(field)] == []
    assert [word for word in record["claim"]["process"] if f"`{word}`" not in claim] == []


def _told_of(field: str) -> str:
    rows = table(section("docs/state-json.md", "Approvals"))
    return next(f"`{row[1]}`" for row in rows if row[0] == field)


def test_every_field_of_an_event_is_told() -> None:
    told = _words(section("docs/state-json.md", "The journal"))
    record = blank_record("agent-1", "2026-01-08T18:05:30.000000Z")
    draft = {"kind": "imported", "at": record["created_at"], "actor": "person"}
    store = MemoryStore()
    store.add("agent-1", [{**draft, "data": {"record": record}}])  # type: ignore[typeddict-item]
    [event] = store.events("agent-1")

    assert told - {"more"} == set(event)


def test_every_kind_of_event_is_told() -> None:
    rows = {row[0]: row[1] for row in table(section("docs/state-json.md", "The journal"))}

    assert [kind for kind in (*BIRTHS, *CHANGES) if kind not in rows["kind"]] == []


def test_the_store_protocol_that_is_told_is_that_of_a_store() -> None:
    cells = [row[0] for row in table(section("docs/architecture.md", "The store protocol"))]
    told = {name for cell in cells for name in re.findall(r"(\w+)\(", cell)}

    assert told == {
        name for name, each in vars(MemoryStore).items() if name[0] != "_" and callable(each)
    }


def test_what_may_be_edited_by_hand_is_told() -> None:
    told = section("docs/state-json.md", "Editing by hand")

    assert [field for field in EDITABLE if f"`{field}`" not in told] == []


def test_the_limits_are_those_of_the_codec() -> None:
    told = {row[0]: row[1] for row in table(section("docs/state-json.md", "Limits"))}

    assert told["a record"] == f"{LARGEST_RECORD >> 20} MiB"
    assert told["a string in it"] == f"{LONGEST_STRING >> 10} KiB"
    assert told["nesting"] == str(DEEPEST_NESTING)


# --- the command line -------------------------------------------------------------------------


def test_every_verb_has_its_section_and_no_section_is_of_another() -> None:
    assert sorted(headings("docs/cli.md")[1:]) == sorted(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_verb_is_told(verb: str) -> None:
    told = section("docs/cli.md", verb)
    names = {name for argument in load(verb).ARGUMENTS for name in argument.names}

    assert {name for name in names if not re.search(rf"`{name}[` ]", told)} == set()
    assert set(re.findall(r"^\| .*?`(--[a-z-]+)", told, re.MULTILINE)) <= names


def test_the_options_of_every_verb_are_told() -> None:
    told = prose("docs/cli.md")

    assert [name for each in EVERYWHERE for name in each.names if f"`{name} " not in told] == []


def test_the_example_of_a_setting_is_understood(tmp_path: Path) -> None:
    found = re.search(r"```json\n(.*?)```", section("docs/resume.md", "Settings"), re.DOTALL)
    assert found
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "agent-session.json").write_text(found[1])

    loaded = settings.load_settings(str(tmp_path), {"HOME": "/nonexistent"})

    assert loaded.complaints == []
    assert loaded["resume.idle_minutes"] == json.loads(found[1])["resume"]["idle_minutes"]


def test_the_files_of_the_readme_are_there_once_they_are_needed(tmp_path: Path) -> None:
    project = EmptyProject(tmp_path)
    for agent_id in ("kept", "gone"):
        project.run("agent-session", "create", "--agent-id", agent_id)
    project.run("agent-session", "finalize", "gone", "completed")
    project.run("agent-session", "cleanup", "--hours", "0")
    project.run("agent-session", "update", "kept", "--phase", "planning")
    project.run("python3", "hooks/pre_delegate.py", stdin='{"agent_id": "kept"}')

    told = re.findall(
        r"^(\.claude/\S+)", section("README.md", "Where it is kept"), re.MULTILINE
    )
    paths = [project.path / name.replace("<agent_id>", "kept") for name in told]
    assert len(paths) == 6
    assert [path for path in paths if not path.is_file()] == []
