"""Two hundred random edits of the plan or the files after a person said yes: the command line
accepts none of them.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

from agent_session.core.actions import plan_action
from agent_session.core.approvals import WEB
from agent_session.services.decisions import Person
from agent_session.surfaces.cli.program import run
from agent_session.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

EDITS = 200
FILES = ("main.tf", "vars.tf", "modules/web.tf")
TEXT = "resource {name} {{ size = {size} }}\n"
PERSON = Person("ana", WEB)


class Place:
    """A project with a plan and some files, and an approval of them."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder / str(number)
        for name in FILES:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(TEXT.format(name=name, size=number))
        self.plan = self.folder / "plan.md"
        self.plan.write_text(f"apply {number}: " + TEXT.format(name="web", size=3))
        self.store = f"files:{folder}/session-{number % 10}"

    def approve(self) -> str:
        wiring = wire("test", store=self.store, project=str(self.folder), variables={})
        agent_id = wiring.sessions.create()["agent_id"]
        approval = wiring.approvals.request(
            agent_id,
            plan_action(self.plan.read_bytes()),
            str(self.folder),
            globs=["**/*.tf"],
        )
        wiring.decisions.approve(approval, PERSON)
        return str(approval["id"])

    def use(self, approval_id: str) -> int:
        return run(["--store", self.store, "use", approval_id, "--plan", str(self.plan)])


def change_a_byte(place: Place, chance: random.Random) -> None:
    path = chance.choice([place.plan, *(place.folder / name for name in FILES)])
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    path.write_bytes(data)


def cut_or_add(place: Place, chance: random.Random) -> None:
    path = chance.choice([place.plan, *(place.folder / name for name in FILES)])
    data = path.read_bytes()
    at = chance.randrange(len(data))
    path.write_bytes(chance.choice((data[:at], data + b" ", data[:at] + b"\n" + data[at:])))


def remove(place: Place, chance: random.Random) -> None:
    (place.folder / chance.choice(FILES)).unlink()


def rename(place: Place, chance: random.Random) -> None:
    name = chance.choice(FILES)
    (place.folder / name).rename(place.folder / f"{name}.{chance.choice(('bak', 'tf'))}")


def add_one(place: Place, chance: random.Random) -> None:
    (place.folder / chance.choice(("new.tf", ".hidden.tf", "modules/deep.tf"))).write_text("x")


def change_the_mode(place: Place, chance: random.Random) -> None:
    path = place.folder / chance.choice(FILES)
    path.chmod(path.stat().st_mode ^ chance.choice((0o100, 0o020, 0o002, 0o200)))


def put_a_link_in_place(place: Place, chance: random.Random) -> None:
    """To a file of the very same content and mode."""
    path = place.folder / chance.choice(FILES)
    aside = place.folder / "aside"
    path.rename(aside)
    path.symlink_to(aside)


KINDS: tuple[Callable[[Place, random.Random], None], ...] = (
    change_a_byte, cut_or_add, remove, rename, add_one, change_the_mode, put_a_link_in_place,
)  # fmt: skip


def test_no_edit_after_the_answer_is_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(20260108)
    for number in range(EDITS):
        place = Place(tmp_path, number)
        approval_id = place.approve()
        edit = KINDS[number % len(KINDS)]
        edit(place, chance)

        assert place.use(approval_id) == 1, (number, edit.__name__)
        assert "approval" in capsys.readouterr().err


def test_without_an_edit_each_is_accepted_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(tmp_path, 0)
    approval_id = place.approve()
    os.utime(place.plan, (0, 0))  # a time is no content

    assert [place.use(approval_id), place.use(approval_id)] == [0, 1]
    assert "used already" in capsys.readouterr().err
