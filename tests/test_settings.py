"""The settings and where they are from."""

from __future__ import annotations

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
