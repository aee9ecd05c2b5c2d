"""What a repository is at, read from what the real git has written."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_session.world.git import MOST_NAMES, _content, dirty, head

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

ENVIRON = {
    "PATH": os.environ.get("PATH", os.defpath),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "a@example.com" for who in ("AUTHOR", "COMMITTER")},
}


def git(folder: Path, *words: str) -> str:
    run = subprocess.run(
        ["git", *words], cwd=folder, env=ENVIRON, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A repository before its first commit."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


@pytest.fixture
def repository(empty: Path) -> Path:
    """A repository with one commit of one file."""
    (empty / "main.tf").write_text("one")
    git(empty, "add", ".")
    git(empty, "commit", "-q", "-m", "one")
    return empty


# --- head -------------------------------------------------------------------------------------


def test_head_is_the_commit_and_the_branch_from_any_folder_below(repository: Path):
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    at = {"head": git(repository, "rev-parse", "HEAD"), "branch": "refs/heads/main"}

    assert head(str(repository)) == at
    assert head(str(below)) == at


def test_outside_of_a_repository_there_is_no_head(tmp_path: Path):
    assert head(str(tmp_path)) is None
    assert head(str(tmp_path / "nowhere")) is None
    assert head("a\0b") is None


def test_before_the_first_commit_there_is_a_branch_alone(empty: Path):
    assert head(str(empty)) == {"head": None, "branch": "refs/heads/main"}


def test_a_detached_head_has_no_branch(repository: Path):
    git(repository, "checkout", "-q", "--detach")

    assert head(str(repository)) == {
        "head": git(repository, "rev-parse", "HEAD"),
        "branch": None,
    }


def test_a_packed_ref_is_found_and_a_loose_one_counts_before_it(repository: Path):
    git(repository, "branch", "main2")
    git(repository, "pack-refs", "--all")
    packed = git(repository, "rev-parse", "HEAD")
    assert not (repository / ".git/refs/heads/main").exists()
    assert head(str(repository)) == {"head": packed, "branch": "refs/heads/main"}

    git(repository, "commit", "-q", "--allow-empty", "-m", "two")
    loose = git(repository, "rev-parse", "HEAD")

    assert loose != packed
    assert head(str(repository)) == {"head": loose, "branch": "refs/heads/main"}


def test_a_branch_with_slashes_and_bytes_of_any_kind_is_told(repository: Path):
    git(repository, "checkout", "-q", "-b", "feature/größer")
    assert head(str(repository)) == {
        "head": git(repository, "rev-parse", "HEAD"),
        "branch": "refs/heads/feature/größer",
    }

    (repository / ".git/HEAD").write_bytes(b"ref: refs/heads/\xff\n")

    assert head(str(repository)) == {"head": None, "branch": "refs/heads/\\xff"}


def test_a_linked_worktree_has_a_head_of_its_own_and_refs_in_common(
    repository: Path, tmp_path: Path
):
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "-q", "-b", "other", str(linked))
    git(linked, "commit", "-q", "--allow-empty", "-m", "two")

    assert head(str(linked)) == {
        "head": git(linked, "rev-parse", "HEAD"),
        "branch": "refs/heads/other",
    }
    git(repository, "pack-refs", "--all")
    assert head(str(linked)) == {
        "head": git(linked, "rev-parse", "HEAD"),
        "branch": "refs/heads/other",
    }


def test_a_repository_of_sha256_is_read(tmp_path: Path):
    git(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    at = head(str(tmp_path))

    assert at == {"head": git(tmp_path, "rev-parse", "HEAD"), "branch": "refs/heads/main"}
    assert len(str(at and at["head"])) == 64


def test_a_symbolic_ref_is_followed(repository: Path):
    git(repository, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    git(repository, "symbolic-ref", "HEAD", "refs/heads/alias")

    assert head(str(repository)) == {
        "head": git(repository, "rev-parse", "HEAD"),
        "branch": "refs/heads/alias",
    }


def test_symbolic_refs_that_run_in_a_circle_have_no_commit(repository: Path):
    (repository / ".git/refs/heads/main").write_text("ref: refs/heads/main\n")

    assert head(str(repository)) == {"head": None, "branch": "refs/heads/main"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ref: ../../../etc/passwd\n",
        b"ref: refs/heads/../../../../etc/passwd\n",
        b"ref: refs/heads/.invalid\n",  # what a repository with a table of refs has
        b"ref: refs/heads/a b\n",
        b"\xff\x00" * 9,
        b"x" * 10_000,
    ],
)
def test_an_odd_head_is_unknown(repository: Path, content: bytes):
    (repository / ".git/HEAD").write_bytes(content)

    assert head(str(repository)) == {"head": None, "branch": None}


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main"])
def test_a_head_or_a_ref_that_is_a_link_is_unknown(repository: Path, name: str):
    path = repository / ".git" / name
    path.rename(repository / "moved")
    path.symlink_to(repository / "moved")

    found = head(str(repository))

    assert found is not None
    assert found["head"] is None


def test_a_pointer_that_leads_nowhere_is_no_repository(tmp_path: Path, repository: Path):
    inner = repository / "inner"
    inner.mkdir()
    for content in ("gitdir: nowhere\n", "nonsense", ""):
        (inner / ".git").write_text(content)
        assert head(str(inner)) is None


def test_an_empty_git_folder_is_passed_by_on_the_way_up(repository: Path):
    (repository / "inner/.git").mkdir(parents=True)

    assert head(str(repository / "inner")) == head(str(repository))


def test_a_branch_whose_name_is_a_folder_now_is_looked_up_among_the_packed(repository: Path):
    git(repository, "pack-refs", "--all")
    (repository / ".git/refs/heads/main").mkdir()

    found = head(str(repository))

    assert found is not None
    assert found["head"] == git(repository, "rev-parse", "HEAD")


def test_what_is_too_large_is_not_read(tmp_path: Path):
    (tmp_path / "large").write_bytes(b"x" * 11)

    assert _content(str(tmp_path / "large"), 10) == b""
    assert _content(str(tmp_path / "large"), 11) == b"x" * 11


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.binary(max_size=80)
    | st.text(max_size=40).map(lambda text: f"ref: refs/heads/{text}".encode())
)
def test_no_content_of_any_file_raises(repository: Path, content: bytes):
    for name in ("HEAD", "refs/heads/main", "packed-refs", "commondir"):
        (repository / ".git" / name).write_bytes(content)
    head(str(repository))
    (repository / "inner").mkdir(exist_ok=True)
    (repository / "inner/.git").write_bytes(b"gitdir: " + content)

    head(str(repository / "inner"))


# --- dirty ------------------------------------------------------------------------------------


def test_a_clean_tree_has_no_names(repository: Path):
    assert dirty(str(repository)) == []


def test_what_is_changed_new_or_renamed_is_named(repository: Path):
    (repository / "old name").write_text("some text that git knows again\n" * 9)
    (repository / "gone").write_text("")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "two")
    (repository / "main.tf").write_text("changed")
    (repository / "new\nname").write_text("")
    (repository / "gone").unlink()
    git(repository, "mv", "old name", "new name")

    assert dirty(str(repository)) == [
        "gone",
        "main.tf",
        "new\nname",
        "new name",
        "old name",
    ]


def test_the_names_are_seen_from_the_top(repository: Path):
    (repository / "below").mkdir()
    (repository / "below" / "new").write_text("")

    assert dirty(str(repository / "below")) == ["below/"]


def test_the_store_is_left_out_and_its_neighbours_are_not(repository: Path):
    own = repository / ".claude" / "session"
    own.mkdir(parents=True)
    (own / "state.json").write_text("")
    assert dirty(str(repository), [str(own)]) == []
    assert dirty(str(repository)) == [".claude/"]

    (repository / ".claude" / "settings.json").write_text("")

    assert dirty(str(repository), [str(own)]) == [".claude/"]


def test_a_store_elsewhere_changes_nothing(repository: Path, tmp_path: Path):
    (repository / "new").write_text("")

    assert dirty(str(repository), str(tmp_path / "store")) == ["new"]


def test_outside_of_a_repository_and_where_git_fails_nothing_is_known(
    repository: Path, tmp_path: Path
):
    assert dirty(str(tmp_path)) is None

    (repository / ".git" / "config").write_text("[core\n")

    assert dirty(str(repository)) is None


def test_no_more_than_a_thousand_names_are_told(repository: Path):
    for number in range(MOST_NAMES + 1):
        (repository / f"new-{number:05}").touch()

    names = dirty(str(repository))

    assert names is not None
    assert len(names) == MOST_NAMES


def plant(repository: Path) -> Callable[[], list[str]]:
    """Every program that git could run here leaves a mark; what is given lists the marks."""
    marks = repository.parent / "marks"
    marks.mkdir()
    program = repository.parent / "planted"
    program.write_text(f'#!/bin/sh\ntouch "{marks}/$1"\n')
    program.chmod(0o755)
    git(repository, "config", "core.fsmonitor", f"{program} monitor")
    git(repository, "config", "core.hooksPath", str(repository.parent / "hooks"))
    (repository.parent / "hooks").mkdir()
    (repository.parent / "hooks" / "post-index-change").symlink_to(program)
    return lambda: sorted(os.listdir(marks))


def test_no_hook_and_no_monitor_of_the_repository_is_run(repository: Path):
    marks = plant(repository)
    os.utime(repository / "main.tf", (1, 1))  # the index is out of date, and would be written

    assert dirty(str(repository)) == []
    assert marks() == []
    git(repository, "status")
    assert marks() != []  # they do work


def test_the_callers_own_variables_do_not_lead_git_elsewhere(
    repository: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_WORK_TREE", "/nowhere")

    assert dirty(str(repository)) == []
