"""approve and reject: what a person at a terminal of their own decides."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.surfaces.cli.asked_person import FORGED, Project, user
from tests.surfaces.cli.person import (
    QUESTION,
    approve_as_person,
    retype_code,
)
from tests.surfaces.cli.processes import AS_MODULE, run


@pytest.fixture
def project(tmp_path: Path, nobody_around: None) -> Project:
    return Project(tmp_path)


def _types(typed: bytes) -> Callable[[str], bytes | None]:
    return lambda shown: typed if QUESTION.search(shown) else None


# --- yes --------------------------------------------------------------------------------------


def test_a_person_approves_what_they_are_shown(project: Project) -> None:
    approval_id = project.request(plan="terraform apply\n")

    status, shown = project.person("approve", approval_id, "--note", "this once")

    assert status == 0
    assert "| terraform apply\n" in shown
    assert re.search(r"\nType [a-z2-9]{4} to approve: ", shown)
    assert shown.endswith(f"\nApproved: {approval_id}\n")
    decision = project.shown(approval_id)["decision"]
    assert (decision["verdict"], decision["reason"]) == ("approved", "this once")
    assert (decision["door"], decision["strength"]) == ("terminal", "terminal")


def test_no_variable_names_the_approver(project: Project) -> None:
    approval_id = project.request()

    project.person(
        "approve", approval_id, env={"USER": "root2", "LOGNAME": "root2", "SUDO_USER": "root2"}
    )

    assert project.shown(approval_id)["decision"]["by"] == user()


def test_the_code_may_be_typed_in_capitals(project: Project) -> None:
    approval_id = project.request()

    status, _ = project.person(
        "approve", approval_id, answer=lambda shown: (retype_code(shown) or b"").upper() or None
    )

    assert status == 0


def test_the_terminal_counts_and_not_stdin(project: Project) -> None:
    approval_id = project.request()

    status, shown = project.person("approve", approval_id, stdin="y\nyes\napproved\n")

    assert status == 0
    assert "Type " in shown


def test_who_pipes_the_output_away_is_shown_the_material_all_the_same(project: Project) -> None:
    approval_id = project.request(plan="rm -rf /srv")
    command = shlex.join((*AS_MODULE, "approve", approval_id)) + " >out"

    status, shown = approve_as_person(["sh", "-c", command], project.env, project.folder)

    assert status == 0
    assert "| rm -rf /srv\n" in shown
    assert (project.folder / "out").read_text() == f"Approved: {approval_id}\n"


def test_a_signed_yes_is_verified_by_name(project: Project) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("there is no ssh-keygen here")
    key, folder = project.folder / "key", project.folder / "config/agent-session"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    folder.mkdir(parents=True, mode=0o700)
    public = key.with_suffix(".pub").read_text()
    (folder / "allowed_signers").write_text(f"maria@example.org {public}")
    (folder / "allowed_signers").chmod(0o600)
    elsewhere = project.folder / "project"
    elsewhere.mkdir()
    signing = Project(elsewhere)
    signing.env["XDG_CONFIG_HOME"] = str(project.folder / "config")
    approval_id = signing.request("--strength", "signed")

    unsigned = signing.person("approve", approval_id)
    signed = signing.person("approve", approval_id, "--sign", str(key))
    verified = run(
        elsewhere,
        *AS_MODULE,
        "verify-approval",
        approval_id,
        XDG_CONFIG_HOME=signing.env["XDG_CONFIG_HOME"],
    )

    assert unsigned[0] == 1
    assert "needs an answer of strength signed" in unsigned[1]
    assert "Type " not in unsigned[1]
    assert signed[0] == 0, signed[1]
    assert verified.stdout == "Verified: signed by maria@example.org\n"


# --- no ---------------------------------------------------------------------------------------


def test_a_person_rejects_with_a_reason(project: Project) -> None:
    approval_id = project.request()

    status, shown = project.person("reject", approval_id, "--reason", "not today")

    assert status == 0
    assert re.search(r"\nType \w{4} to reject: ", shown)
    assert shown.endswith(f"\nRejected: {approval_id}\n")
    decision = project.shown(approval_id)["decision"]
    assert (decision["verdict"], decision["reason"]) == ("rejected", "not today")


def test_one_code_rejects_all_that_wait(project: Project) -> None:
    first, second = project.request("--summary", "one"), project.request(agent=FORGED)

    status, shown = project.person("reject", "--all", "--reason", "frozen")

    assert status == 0
    assert (
        shown.index(first) < shown.index("| terraform-architect: one\n") < shown.index(second)
    )
    assert shown.count("Type ") == 1
    assert "\x1b[2J" not in shown
    assert shown.endswith(f"\nRejected: {first}\nRejected: {second}\n")
    assert project.run("pending") == ""


def test_a_wrong_code_rejects_none_of_all(project: Project) -> None:
    project.request()
    project.request()

    status, _ = project.person("reject", "--all", "--reason", "frozen", answer=_types(b"no\n"))

    assert status == 1
    assert project.run("pending").count("\n") == 2


def test_all_others_are_rejected_where_one_is_answered_meanwhile(project: Project) -> None:
    first, second = project.request(), project.request()

    def answer(shown: str) -> bytes | None:
        code = retype_code(shown)
        if code is not None:
            project.person("approve", first)
        return code

    status, shown = project.person("reject", "--all", "--reason", "frozen", answer=answer)

    assert status == 1
    assert f"{first!r} was approved by" in shown
    assert shown.endswith(f"\nRejected: {second}\n")
    assert project.shown(first)["status"] == "approved"


def test_to_reject_all_of_nothing_needs_no_code(project: Project) -> None:
    status, shown = project.person("reject", "--all", "--reason", "frozen")

    assert (status, shown) == (0, "agent-session: nothing waits for an answer\n")
