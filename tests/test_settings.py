"""The settings and where they are from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent_session.settings import TABLE, Settings, load_settings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project" / ".claude").mkdir(parents=True)
    (tmp_path / "config" / "agent-session").mkdir(parents=True)
    return tmp_path / "project"


def settings_of(
    project: Path, by_user: str = "", by_project: str = "", **variables: str
) -> Settings:
    if by_user:
        (project.parent / "config" / "agent-session" / "config.json").write_text(by_user)
    if by_project:
        (project / ".claude" / "agent-session.json").write_text(by_project)
    return load_settings(
        str(project), {"XDG_CONFIG_HOME": str(project.parent / "config"), **variables}
    )


def test_where_nobody_says_anything_the_defaults_stand(project: Path):
    settings = settings_of(project)

    assert settings.values == {setting.key: setting.default for setting in TABLE}
    assert set(settings.sources.values()) == {"default"}
    assert settings.complaints == []


def test_the_project_comes_before_the_user_and_the_environment_before_both(project: Path):
    settings = settings_of(
        project,
        by_user='{"resume.max_errors": 5, "resume.idle_minutes": 5, "cleanup.hours": 5}',
        by_project='{"resume": {"max_errors": 6, "idle_minutes": 6}}',
        AGENT_SESSION_RESUME_MAX_ERRORS="7",
    )

    assert settings["resume.max_errors"] == 7
    assert settings["resume.idle_minutes"] == 6
    assert settings["cleanup.hours"] == 5
    assert settings.sources["resume.max_errors"] == "AGENT_SESSION_RESUME_MAX_ERRORS"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"colour": "red"}', "unknown setting 'colour'"),
        ('{"resume.max_errors": "3"}', "cannot be"),
        ('{"resume.max_errors": true}', "cannot be"),
        ('{"resume.idle_minutes": -1}', "cannot be"),
        ("[]", "object"),
        ("{", "not JSON"),
    ],
)
def test_what_is_wrong_is_named_and_the_default_stands(project: Path, text: str, says: str):
    settings = settings_of(project, by_project=text)

    assert says in settings.complaints[0]
    assert settings["resume.max_errors"] == 3


def test_a_variable_that_is_no_number_is_named(project: Path):
    settings = settings_of(project, AGENT_SESSION_RESUME_IDLE_MINUTES="soon")

    assert "AGENT_SESSION_RESUME_IDLE_MINUTES" in settings.complaints[0]


def test_settings_that_are_no_file_are_named(project: Path):
    (project / ".claude" / "agent-session.json").mkdir()

    assert "agent-session.json" in settings_of(project).complaints[0]


# --- what may only be tightened ---------------------------------------------------------------

# By setting: the user's value, one that loosens it, one that tightens it.
ONLY_TIGHTENED = {
    "approval.strength": ("terminal", "chat", "signed"),
    "approval.expires_hours": (12, 13, 1),
    "approval.grant_minutes": (30, 31, 5),
    "approval.git": ("strict", "show", "strict"),
    "claims.lease_minutes": (20, 25, 10),
    "claims.grant_seconds": (40, 41, 20),
    "claims.require_token": (True, False, True),
}


def test_all_that_concerns_approvals_and_claims_may_only_be_tightened():
    concerned = {s.key for s in TABLE if s.key.startswith(("approval.", "claims."))}

    assert {setting.key for setting in TABLE if setting.tightens} == concerned
    assert concerned == {*ONLY_TIGHTENED, "approval.allowed_signers"}


@pytest.mark.parametrize("key", ONLY_TIGHTENED)
def test_the_project_cannot_loosen_what_the_user_demands(project: Path, key: str):
    demanded, looser, _ = ONLY_TIGHTENED[key]

    settings = settings_of(project, json.dumps({key: demanded}), json.dumps({key: looser}))

    assert settings[key] == demanded
    assert "would loosen it" in settings.complaints[0]


@pytest.mark.parametrize("key", ONLY_TIGHTENED)
def test_nor_can_the_environment(project: Path, key: str):
    demanded, looser, _ = ONLY_TIGHTENED[key]
    variable = next(setting.variable for setting in TABLE if setting.key == key)
    said = looser if isinstance(looser, str) else json.dumps(looser)

    settings = settings_of(project, json.dumps({key: demanded}), **{variable: said})

    assert settings[key] == demanded
    assert settings.complaints[0].startswith(variable)


@pytest.mark.parametrize("key", ONLY_TIGHTENED)
def test_both_may_tighten_it(project: Path, key: str):
    demanded, _, tighter = ONLY_TIGHTENED[key]

    settings = settings_of(project, json.dumps({key: demanded}), json.dumps({key: tighter}))

    assert (settings[key], settings.complaints) == (tighter, [])


@pytest.mark.parametrize("by_user", ["", '{"approval.allowed_signers": "/etc/signers"}'])
def test_only_the_user_names_the_signers(project: Path, by_user: str):
    named = '{"approval.allowed_signers": "/tmp/mine"}'

    settings = settings_of(
        project, by_user, named, AGENT_SESSION_APPROVAL_ALLOWED_SIGNERS="/tmp/mine"
    )

    assert settings["approval.allowed_signers"] == ("/etc/signers" if by_user else None)
    assert len(settings.complaints) == 2


def test_the_user_may_loosen_a_default(project: Path):
    settings = settings_of(project, '{"approval.expires_hours": 72}')

    assert (settings["approval.expires_hours"], settings.complaints) == (72, [])


def test_a_variable_that_is_no_setting_is_named(project: Path):
    settings = settings_of(project, AGENT_SESSION_APROVAL_GIT="strict", AGENT_SESSION_TOKEN="1")

    assert settings.complaints == ["AGENT_SESSION_APROVAL_GIT: there is no such setting"]


# --- guards -----------------------------------------------------------------------------------

APPLY = {"tool": "Bash", "match": "terraform apply *"}
DELETE = {"tool": "Bash", "match": "kubectl delete *", "files": ["*.yaml"]}
WRITE = {"tool": "Write"}


def guards(*entries: object) -> str:
    return json.dumps({"guards": entries})


def test_where_nobody_guards_nothing_is_guarded(project: Path):
    settings = settings_of(project)

    assert (settings["guards"], settings.guards_in_doubt) == ([], None)


def test_guards_of_the_user_the_project_and_the_environment_stand_side_by_side(project: Path):
    settings = settings_of(
        project, guards(APPLY), guards(DELETE), AGENT_SESSION_GUARDS=json.dumps([WRITE])
    )

    assert settings["guards"] == [APPLY, DELETE, WRITE]
    assert settings.sources["guards"] == "AGENT_SESSION_GUARDS"
    assert (settings.complaints, settings.guards_in_doubt) == ([], None)


def test_what_two_of_them_guard_is_guarded_once(project: Path):
    settings = settings_of(project, guards(APPLY, DELETE), guards(DELETE, APPLY, WRITE))

    assert settings["guards"] == [APPLY, DELETE, WRITE]


@pytest.mark.parametrize("by_project", ["{}", guards(), guards(WRITE)])
def test_the_project_takes_no_guard_away(project: Path, by_project: str):
    settings = settings_of(project, guards(APPLY), by_project, AGENT_SESSION_GUARDS="[]")

    assert APPLY in settings["guards"]
    assert settings.guards_in_doubt is None


def test_one_project_s_guards_are_not_the_next_one_s(project: Path):
    settings_of(project, by_project=guards(APPLY))
    other = project.parent / "other"
    other.mkdir()

    assert settings_of(other)["guards"] == []


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("terraform apply", "a guard is an object such as"),
        ({"tool": "Bash", "pattern": "x"}, "'pattern' is no key of a guard"),
        ({"tool": "Bash"}, "match is missing"),
        ({"match": "terraform *"}, "tool"),
        ({**APPLY, "tool": "Read"}, "Read is never guarded: it only reads"),
        ({**APPLY, "tool": "Agent"}, "Agent is never guarded"),
        ({**APPLY, "files": "*.tf"}, "files"),
        (None, "a guard is an object such as"),
    ],
)
def test_a_guard_that_is_none_is_named_with_the_reason_and_leaves_in_doubt(
    project: Path, entry: object, says: str
):
    settings = settings_of(project, guards(APPLY), guards(DELETE, entry))

    [complaint] = settings.complaints
    assert "agent-session.json: guards cannot be" in complaint
    assert says in complaint
    assert settings.guards_in_doubt == complaint
    assert settings["guards"] == [APPLY]


@pytest.mark.parametrize("value", ['"Bash"', "7", "true", "null", "{}", json.dumps(APPLY)])
def test_guards_that_are_no_list_leave_in_doubt(project: Path, value: str):
    settings = settings_of(project, by_project=f'{{"guards": {value}}}')

    assert "guards cannot be" in settings.complaints[0]
    assert settings.guards_in_doubt == settings.complaints[0]


@pytest.mark.parametrize("text", ["{", "[]", '{"guards": [], "guards": []}', "\0"])
@pytest.mark.parametrize("whose", ["by_user", "by_project"])
def test_a_file_that_cannot_be_read_leaves_in_doubt_what_is_guarded(
    project: Path, whose: str, text: str
):
    settings = settings_of(project, **{whose: text})

    assert settings.guards_in_doubt == settings.complaints[0]


@pytest.mark.parametrize(
    "name", ["config/agent-session/config.json", "project/.claude/agent-session.json"]
)
def test_a_file_that_cannot_even_be_opened_leaves_in_doubt_what_is_guarded(
    project: Path, name: str
):
    (project.parent / name).symlink_to(project.parent / name)
    settings = settings_of(project)

    assert name in str(settings.guards_in_doubt)


def test_a_variable_that_makes_no_sense_leaves_in_doubt_what_is_guarded(project: Path):
    settings = settings_of(project, guards(APPLY), AGENT_SESSION_GUARDS="terraform apply")

    assert str(settings.guards_in_doubt).startswith("AGENT_SESSION_GUARDS: guards cannot be")
    assert settings["guards"] == [APPLY]


def test_what_else_is_wrong_leaves_no_doubt_of_the_guards(project: Path):
    settings = settings_of(project, guards(APPLY), '{"resume.max_errors": 0, "x": 1}')

    assert len(settings.complaints) == 2
    assert (settings["guards"], settings.guards_in_doubt) == ([APPLY], None)


# --- what a delegation finds ------------------------------------------------------------------


@pytest.mark.parametrize("value", ["redirect", "brief", "off"])
def test_what_a_match_comes_to_is_one_of_three(project: Path, value: str):
    by_file = settings_of(project, by_project=json.dumps({"resume": {"on_match": value}}))
    by_variable = settings_of(project, AGENT_SESSION_RESUME_ON_MATCH=value)

    assert by_file["resume.on_match"] == by_variable["resume.on_match"] == value
    assert by_file.complaints == by_variable.complaints == []


@pytest.mark.parametrize("value", ["Redirect", "", "on", True, 1, ["off"], None])
def test_anything_else_is_named_and_a_match_redirects(project: Path, value: object):
    settings = settings_of(project, by_project=json.dumps({"resume.on_match": value}))

    assert settings["resume.on_match"] == "redirect"
    assert "resume.on_match cannot be" in settings.complaints[0]
