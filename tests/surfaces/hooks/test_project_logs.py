"""The logs below `.claude`: private, in plain files, and never in the way of the stop."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_session.core.errors import StoreUnavailableError
from agent_session.services.workflow import Workflow
from agent_session.stores.files.project_logs import ProjectLogs
from agent_session.wiring import utc_now
from tests.surfaces.hooks.hook_project import WORKFLOW, HookProject

LOGS = (f"{WORKFLOW}/metrics.jsonl", f"{WORKFLOW}/anomalies.jsonl")
FOLDERS = (".claude/memory", WORKFLOW, f"{WORKFLOW}/signals", ".claude/logs")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def _stop(project: HookProject, agent_id: str | None = None) -> bool:
    """Take a stop that failed; whether every line about it was written."""
    taken = project.wiring().workflow.take_stop(
        {"agent_id": agent_id, "agent": "a"}, "", exit_code=1
    )
    assert len(taken.anomalies) >= 1
    return taken.is_logged


def test_folders_and_files_are_private_whatever_the_umask(project: HookProject) -> None:
    before = os.umask(0)
    try:
        assert _stop(project)
    finally:
        os.umask(before)

    assert {_mode(project.path / name) for name in FOLDERS} == {0o700}
    files = [each for each in (project.path / ".claude").rglob("*") if each.is_file()]
    assert len(files) == 4
    assert {_mode(each) for each in files} == {0o600}


def test_the_project_s_own_folder_may_be_a_link(project: HookProject) -> None:
    installed = project.home / "installed"
    installed.mkdir()
    (project.path / ".claude").symlink_to(installed)

    assert _stop(project)
    assert (installed / "memory/workflow-episodic/metrics.jsonl").exists()


@pytest.mark.parametrize("name", FOLDERS)
def test_a_link_below_it_is_not_followed(project: HookProject, name: str) -> None:
    link = project.path / name
    link.parent.mkdir(parents=True)
    link.symlink_to(project.home)
    agent_id = project.session("executing")

    assert not _stop(project, agent_id)
    assert list(project.home.iterdir()) == []
    assert project.phase_of(agent_id) == "failed"


def _link(path: Path, elsewhere: Path) -> None:
    elsewhere.write_text("precious\n")
    path.symlink_to(elsewhere)


def _hard_link(path: Path, elsewhere: Path) -> None:
    elsewhere.write_text("precious\n")
    path.hardlink_to(elsewhere)


def _pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path, _: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("plant", [_link, _hard_link, _pipe, _folder])
@pytest.mark.parametrize("name", [*LOGS, ".claude/logs"])
def test_what_is_no_plain_file_is_not_written(
    project: HookProject, name: str, plant: Any
) -> None:
    elsewhere = project.home / "precious"
    path = project.path / name
    if name == ".claude/logs":
        path = path / f"agent-session-{utc_now():%Y-%m-%d}.jsonl"
    path.parent.mkdir(parents=True)
    plant(path, elsewhere)
    agent_id = project.session("executing")

    assert not _stop(project, agent_id)
    assert project.phase_of(agent_id) == "failed"
    assert not elsewhere.exists() or elsewhere.read_text() == "precious\n"


def test_a_flag_that_is_a_link_is_replaced(project: HookProject) -> None:
    signals = project.path / WORKFLOW / "signals"
    signals.mkdir(parents=True)
    _link(signals / "needs_analysis.flag", project.home / "precious")

    assert _stop(project)
    assert (project.home / "precious").read_text() == "precious\n"
    assert [each.name for each in signals.iterdir()] == ["needs_analysis.flag"]
    assert not (signals / "needs_analysis.flag").is_symlink()


def test_a_line_that_was_cut_short_spoils_no_other(project: HookProject) -> None:
    _stop(project)
    log = project.path / LOGS[0]
    log.write_text(log.read_text() + '{"agent":"a","exit_')

    _stop(project)

    assert [line[:12] for line in log.read_text().splitlines()] == [
        '{"timestamp"',
        '{"agent":"a"',
        '{"timestamp"',
    ]


def test_strange_lines_are_passed_over(project: HookProject) -> None:
    _stop(project)
    _stop(project)
    with (project.path / LOGS[0]).open("ab") as log:
        log.write(b'[]\n{"agent": 5}\n\xff\xff\n{"a":' + b"[" * 10_000 + b"\n\n\x00\n")

    recent = list(ProjectLogs(str(project.path)).recent_metrics())

    assert [line["agent"] for line in recent] == [5, "a", "a"]


def test_only_the_end_of_the_metrics_is_read(project: HookProject) -> None:
    _stop(project)
    with (project.path / LOGS[0]).open("ab") as log:
        log.truncate(1 << 30)
        log.seek(0, os.SEEK_END)
        log.write(b'\n{"agent": "last"}\n')

    recent = list(ProjectLogs(str(project.path)).recent_metrics())

    assert [line["agent"] for line in recent] == ["last"]


def test_metrics_that_were_never_written_are_none(project: HookProject) -> None:
    assert list(ProjectLogs(str(project.path)).recent_metrics()) == []
    assert list(project.path.iterdir()) == []


class FullDisk:
    """Logs on a disk that takes nothing and gives nothing."""

    def _refuse(self, *_: object) -> Any:
        raise StoreUnavailableError(28, "No space left on device")

    def recent_metrics(self) -> Iterable[Mapping[str, Any]]:
        return self._refuse()  # type: ignore[no-any-return]

    add_metrics = add_anomalies = raise_flag = audit = _refuse


def test_a_full_disk_does_not_stand_in_the_way_of_the_stop(project: HookProject) -> None:
    agent_id = project.session("executing")
    workflow = Workflow(lambda: project.wiring().sessions, FullDisk(), now=utc_now)

    taken = workflow.take_stop({"agent_id": agent_id, "agent": "a"}, exit_code=1)
    workflow.log_refusal("invalid_json", "not JSON")

    assert (taken.stop.action, taken.is_logged) == ("finalized", False)
    assert [anomaly["type"] for anomaly in taken.anomalies] == ["failed"]
    assert project.phase_of(agent_id) == "failed"
