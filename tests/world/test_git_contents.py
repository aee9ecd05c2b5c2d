"""What a file held at a commit, as the real git keeps it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agent_session.world.git import content_at, head

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

ENVIRON = {
    "PATH": os.environ.get("PATH", os.defpath),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "a@example.com" for who in ("AUTHOR", "COMMITTER")},
}
NAMES = ("main.tf", "-p", ":0:x", "a:b", "page[1]*?.ts", 'a "b"\\c\n', "größe", "below/net.tf")

MOST = 1000


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which each of NAMES was committed with its own name as its content."""
    folder = tmp_path_factory.mktemp("repository")
    for name in NAMES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "one")):
        subprocess.run(["git", *words], cwd=folder, env=ENVIRON, check=True)
    return folder


@pytest.fixture(scope="module")
def commit(repository: Path) -> str:
    found = head(str(repository))
    assert found is not None
    return str(found["head"])


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name_is_found(repository: Path, commit: str, name: str):
    assert content_at(commit, name, str(repository), MOST) == name.encode()


def test_the_path_is_seen_from_the_folder(repository: Path, commit: str):
    below = str(repository / "below")

    assert content_at(commit, "net.tf", below, MOST) == b"below/net.tf"
    assert content_at(commit, "../main.tf", below, MOST) == b"main.tf"
    assert content_at(commit, "main.tf", below, MOST) is None


@pytest.mark.parametrize("name", ["none", "below", "", "/etc/passwd", "../../etc/passwd"])
def test_what_was_no_file_then_is_not_known(repository: Path, commit: str, name: str):
    assert content_at(commit, name, str(repository), MOST) is None


@pytest.mark.parametrize(
    "forged", ["--help", "HEAD", "", "main", "0" * 40, "a" * 64, "--textconv", "A" * 40]
)
def test_what_is_no_commit_here_is_not_known(repository: Path, forged: str):
    assert content_at(forged, "main.tf", str(repository), MOST) is None


def test_outside_of_a_repository_nothing_is_known(tmp_path: Path, commit: str):
    assert content_at(commit, "main.tf", str(tmp_path), MOST) is None
    assert content_at(commit, "main.tf", str(tmp_path / "nowhere"), MOST) is None


@pytest.mark.parametrize("forged", ["a\0b", "\ud800"])
def test_what_cannot_be_a_path_is_not_known(repository: Path, commit: str, forged: str):
    assert content_at(commit, forged, str(repository), MOST) is None
    assert content_at(commit, "main.tf", forged, MOST) is None


def test_no_program_of_the_repository_is_run(repository: Path, commit: str, tmp_path: Path):
    marks = tmp_path / "marks"
    with open(repository / ".git" / "config", "a", encoding="utf-8") as config:
        config.write(f'[filter "x"]\n\tsmudge = touch {marks}\n')
        config.write(f'[diff "x"]\n\ttextconv = touch {marks};:\n')
    (repository / ".git/info").mkdir(exist_ok=True)
    (repository / ".git/info/attributes").write_text("* filter=x diff=x\n")

    assert content_at(commit, "main.tf", str(repository), MOST) == b"main.tf"
    assert not marks.exists()


def test_what_is_too_large_is_not_read(repository: Path, commit: str):
    assert content_at(commit, "main.tf", str(repository), len("main.tf")) == b"main.tf"
    assert content_at(commit, "main.tf", str(repository), len("main.tf") - 1) is None
