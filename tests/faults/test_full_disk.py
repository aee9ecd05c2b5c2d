"""A file system that is really full: the old state stays, and all works once there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from agent_session.api import AgentSession
from agent_session.core.errors import StoreError
from agent_session.stores.files.store import FileStore
from tests.examples import updated
from tests.faults.sweeps import why_unusable
from tests.stores.calls import add, change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = 4096
MOST_PAGES = 14


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[str]:
    """A file system of 1 MiB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small file system")
    place = str(tmp_path / "disk")
    os.mkdir(place)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", place]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount a file system")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(place: str, *, but_for_pages: int) -> None:
    free = os.statvfs(place).f_bavail - but_for_pages
    with open(f"{place}/filler", "wb") as filler:
        filler.write(b"x" * PAGE * free)
    assert os.statvfs(place).f_bavail == but_for_pages


def make_room(place: str) -> None:
    os.unlink(f"{place}/filler")


def test_a_full_disk_refuses_what_it_cannot_keep_and_keeps_what_it_has(
    small_disk: str,
) -> None:
    path, refusals = f"{small_disk}/session", 0
    before = add(FileStore(path), "a", metadata={"text": "x" * PAGE})
    for pages in range(MOST_PAGES):
        fill(small_disk, but_for_pages=pages)
        more = {"text": str(pages) * 3 * PAGE}
        try:
            before = change(FileStore(path), "a", updated(pages, metadata=more))
        except StoreError:
            refusals += 1
        assert FileStore(path).get("a") == before
        make_room(small_disk)
        before = change(FileStore(path), "a", updated(pages + 0.5))
        assert FileStore(path).flaws("a") == []

    assert 0 < refusals < MOST_PAGES
    assert why_unusable(path) is None


def test_a_full_disk_makes_no_half_a_session(small_disk: str) -> None:
    path, refusals = f"{small_disk}/session", 0
    for pages in range(MOST_PAGES):
        fill(small_disk, but_for_pages=pages)
        try:
            add(FileStore(path), f"s{pages}", metadata={"text": "x" * PAGE})
        except StoreError:
            refusals += 1
        make_room(small_disk)
        assert why_unusable_but_empty(path) is None

    assert 0 < refusals < MOST_PAGES


def why_unusable_but_empty(path: str) -> str | None:
    flaw = why_unusable(path)
    shutil.rmtree(f"{path}/afterwards")
    return flaw


def test_the_published_functions_say_no_on_a_full_disk_and_the_agent_works_on(
    small_disk: str,
) -> None:
    sessions = AgentSession(f"{small_disk}/session")
    assert sessions.create_session(agent_id="a") == "a"
    fill(small_disk, but_for_pages=0)

    assert sessions.create_session(agent_id="b") == "b"
    assert sessions.update_state("a", phase="planning", metadata={"n": "x" * PAGE}) is False
    assert sessions.update_state("b", phase="planning") is False
    found = sessions.get_session("a")
    assert found is not None
    assert found["phase"] == "initializing"

    make_room(small_disk)
    assert sessions.update_state("a", phase="planning") is True
    assert sessions.should_resume("a") is True
