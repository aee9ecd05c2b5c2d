"""A file system that is really full, or read-only: the old state stays, nothing is answered
that is not so, and all works once there is room.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from agent_session.api import AgentSession
from agent_session.core.errors import StoreError, StoreUnavailableError
from agent_session.core.store import Query
from tests.examples import updated
from tests.faults import operations
from tests.faults.changes import CHANGES
from tests.faults.ledger import note
from tests.faults.places import FILES, SQLITE, opened
from tests.faults.struck import kept_in, what_fails
from tests.stores.calls import add, always, change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PAGE = 4096
# Up to there every write fits: the files of a session, or pages and journal of a database.
MOST_PAGES = {FILES: 14, SQLITE: 32}
on_a_disk = pytest.mark.parametrize("kind", [FILES, SQLITE])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[str]:
    """A file system of 2 MiB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small file system")
    place = str(tmp_path / "disk")
    os.mkdir(place)
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", place]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount a file system")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def url(kind: str, small_disk: str) -> str:
    return f"{kind}:{small_disk}/{'session' if kind == FILES else 'sessions.db'}"


def fill(place: str, *, but_for_pages: int) -> None:
    free = os.statvfs(place).f_bavail - but_for_pages
    with open(f"{place}/filler", "wb") as filler:
        filler.write(b"x" * PAGE * free)
    assert os.statvfs(place).f_bavail == but_for_pages


def make_room(place: str) -> None:
    os.unlink(f"{place}/filler")


@on_a_disk
def test_a_full_disk_refuses_what_it_cannot_keep_and_keeps_what_it_has(
    kind: str, url: str, small_disk: str
) -> None:
    refusals = 0
    before = add(opened(url), "a", metadata={"text": "x" * PAGE})
    for pages in range(MOST_PAGES[kind]):
        fill(small_disk, but_for_pages=pages)
        more = {"text": str(pages) * 3 * PAGE}
        try:
            before = change(opened(url), "a", updated(pages, metadata=more))
        except StoreError:
            refusals += 1
        assert opened(url).get("a") == before
        make_room(small_disk)
        before = change(opened(url), "a", updated(pages + 0.5))
        assert opened(url).flaws("a") == []

    note(kind, "full disk", MOST_PAGES[kind])
    assert 0 < refusals < MOST_PAGES[kind]
    assert list(what_fails(opened(url))) == []


@on_a_disk
def test_a_full_disk_makes_no_half_a_session(kind: str, url: str, small_disk: str) -> None:
    refusals = 0
    for pages in range(MOST_PAGES[kind]):
        fill(small_disk, but_for_pages=pages)
        try:
            add(opened(url), f"s{pages}", metadata={"text": "x" * PAGE})
        except StoreError:
            refusals += 1
        make_room(small_disk)
        assert list(what_fails(opened(url))) == []
        for record in list(opened(url).scan(Query())):
            opened(url).remove(record["agent_id"], record["created_at"], always)

    note(kind, "full disk", MOST_PAGES[kind])
    assert 0 < refusals < MOST_PAGES[kind]


@pytest.fixture
def read_only(small_disk: str, url: str) -> Iterator[Callable[[bool], None]]:
    """Makes the file system with three sessions in it read-only, or writable again."""
    operations.keep_two_requests(opened(url))

    def remount(is_read_only: bool) -> None:
        options = f"remount,{'ro' if is_read_only else 'rw'}"
        subprocess.run(["mount", "-o", options, small_disk], check=True)

    yield remount
    remount(False)


REFUSED = [name for name, each in CHANGES.items() if each.prepare.__name__ == "two_requests"]


@on_a_disk
@pytest.mark.parametrize("name", ["add", "update", "claim", "note", *REFUSED])
def test_a_read_only_disk_is_read_and_every_change_is_refused(
    kind: str, url: str, name: str, read_only: Callable[[bool], None]
) -> None:
    before = kept_in(opened(url))
    read_only(True)

    assert kept_in(opened(url)) == before
    with pytest.raises(StoreUnavailableError):
        CHANGES[name].act(opened(url))
    assert kept_in(opened(url)) == before

    read_only(False)
    assert list(what_fails(opened(url))) == []
    note(kind, "read-only disk", 1)


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
