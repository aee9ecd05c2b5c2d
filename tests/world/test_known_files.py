"""Looking again at files whose digests are known by now."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.world import files
from agent_session.world.files import look

if TYPE_CHECKING:
    from agent_session.world.files import Known

WRONG = (3, "what was known before")


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has changed just now counts as if that were long ago."""
    monkeypatch.setattr(files, "_SETTLED_SECONDS", -3600.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "main.tf"
    path.write_text("one")
    return path


def seen(path: Path, known: Known) -> dict[str, Any]:
    (found,) = look([path.name], str(path.parent), known=known)
    return found


def forge(known: Known) -> None:
    """Let all that is known be wrong: whoever tells it has not read the file."""
    for stamp in known:
        known[stamp] = WRONG


@pytest.mark.usefixtures("settled")
def test_what_stands_as_it_did_is_not_read_again(file: Path):
    known: Known = {}
    first = seen(file, known)
    assert list(known.values()) == [(3, first["sha256"])]
    forge(known)

    assert (seen(file, known)["size"], seen(file, known)["sha256"]) == WRONG


@pytest.mark.usefixtures("settled")
def test_what_has_changed_is_read_even_at_the_same_size_and_time(file: Path):
    known: Known = {}
    first, times = seen(file, known), file.stat()
    forge(known)
    file.write_text("two")
    while file.stat().st_ctime_ns == times.st_ctime_ns:  # the system's clock has coarse ticks
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert (file.stat().st_size, file.stat().st_mtime_ns) == (3, times.st_mtime_ns)
    assert seen(file, known)["sha256"] not in {first["sha256"], WRONG[1]}
    assert len(known) == 2


@pytest.mark.usefixtures("settled")
def test_another_file_in_its_place_is_read(file: Path):
    known: Known = {}
    seen(file, known)
    forge(known)
    (file.parent / "other").write_text("two")
    os.replace(file.parent / "other", file)

    assert seen(file, known)["sha256"] == look(["main.tf"], str(file.parent))[0]["sha256"]


def test_what_has_changed_just_now_is_not_entered(file: Path):
    known: Known = {}

    seen(file, known)

    assert known == {}


def test_without_a_table_nothing_is_remembered(file: Path):
    assert seen(file, {}) == look(["main.tf"], str(file.parent))[0]


@pytest.mark.usefixtures("settled")
def test_the_file_that_a_link_leads_to_is_known_by_itself(file: Path):
    known: Known = {}
    link = file.parent / "link"
    link.symlink_to("main.tf")
    seen(file, known)
    forge(known)

    found = seen(link, known)

    assert (found["kind"], found["target"], found["sha256"]) == ("link", "main.tf", WRONG[1])
    assert len(known) == 1


@pytest.mark.usefixtures("settled")
def test_a_link_that_leads_elsewhere_now_is_another_file(file: Path):
    known: Known = {}
    link = file.parent / "link"
    link.symlink_to("main.tf")
    seen(link, known)
    (file.parent / "other").write_text("two")
    link.unlink()
    link.symlink_to("other")
    forge(known)

    found = seen(link, known)

    assert (found["target"], found["size"]) == ("other", 3)
    assert found["sha256"] != WRONG[1]


@pytest.mark.usefixtures("settled")
def test_the_mode_is_the_present_one(file: Path):
    known: Known = {}
    file.chmod(0o600)
    seen(file, known)
    file.chmod(0o640)

    assert seen(file, known)["mode"] == 0o640


@pytest.mark.usefixtures("settled")
def test_what_is_no_file_is_not_entered(tmp_path: Path):
    known: Known = {}
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nowhere")

    assert len(look(["*"], str(tmp_path), known=known)) == 2
    assert known == {}
