"""The list of a user's stores: a hint that is easily kept, and harms nobody when it is not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from agent_session.world.known_stores import known_stores, remember_store


def _list_in(folder: Path) -> Path:
    return folder / "agent-session/stores.jsonl"


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def test_what_is_remembered_is_known_in_its_order(variables: dict[str, str]) -> None:
    assert remember_store("2", "files:/b", variables)
    assert remember_store("1", "files:/a", variables)

    assert known_stores(variables) == {"files:/b": "2", "files:/a": "1"}


def test_nothing_is_known_where_there_is_no_list(variables: dict[str, str]) -> None:
    assert known_stores(variables) == {}
    assert known_stores({}) == {}


def test_a_store_is_listed_once(variables: dict[str, str], tmp_path: Path) -> None:
    remember_store("1", "files:/a", variables)
    remember_store("1", "files:/a", variables)

    assert _list_in(tmp_path / "state").read_text().count("\n") == 1


def test_a_new_store_in_the_place_of_another_takes_its_line_over(
    variables: dict[str, str],
) -> None:
    remember_store("1", "files:/a", variables)
    remember_store("2", "files:/a", variables)

    assert known_stores(variables) == {"files:/a": "2"}


@pytest.mark.parametrize("state", ["", "relative"])
def test_without_a_state_folder_it_is_kept_in_the_home(tmp_path: Path, state: str) -> None:
    variables = {"HOME": str(tmp_path), "XDG_STATE_HOME": state}

    assert remember_store("1", "files:/a", variables)
    assert _list_in(tmp_path / ".local/state").is_file()


def test_without_a_home_nothing_is_kept() -> None:
    assert not remember_store("1", "files:/a", {})
    assert not remember_store("1", "files:/a", {"HOME": "relative"})


def test_nobody_else_may_read_it_whatever_the_umask(
    variables: dict[str, str], tmp_path: Path
) -> None:
    before = os.umask(0)
    try:
        remember_store("1", "files:/a", variables)
    finally:
        os.umask(before)

    path = _list_in(tmp_path / "state")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("part", ["file", "folder"])
def test_no_link_is_followed(variables: dict[str, str], tmp_path: Path, part: str) -> None:
    path = _list_in(tmp_path / "state")
    elsewhere = tmp_path / "elsewhere"
    if part == "file":
        path.parent.mkdir(parents=True)
        elsewhere.write_text("")
        path.symlink_to(elsewhere)
    else:
        path.parent.parent.mkdir()
        elsewhere.mkdir()
        path.parent.symlink_to(elsewhere)

    assert not remember_store("1", "files:/a", variables)
    assert known_stores(variables) == {}
    assert elsewhere.is_dir() or elsewhere.read_text() == ""


def test_a_pipe_in_its_place_is_not_waited_for(
    variables: dict[str, str], tmp_path: Path
) -> None:
    path = _list_in(tmp_path / "state")
    path.parent.mkdir(parents=True)
    os.mkfifo(path)

    assert not remember_store("1", "files:/a", variables)
    assert known_stores(variables) == {}


def test_lines_that_cannot_be_read_are_passed_over(
    variables: dict[str, str], tmp_path: Path
) -> None:
    remember_store("1", "files:/a", variables)
    path = _list_in(tmp_path / "state")
    with open(path, "ab") as file:
        file.write(b'\xff\n[]\n{"id": 1, "url": "x"}\n{"id": "torn", "ur')

    assert remember_store("2", "files:/b", variables)
    assert known_stores(variables) == {"files:/a": "1", "files:/b": "2"}
    assert json.loads(path.read_text(errors="replace").splitlines()[-1])["id"] == "2"


def test_a_list_that_is_full_is_left_alone(variables: dict[str, str], tmp_path: Path) -> None:
    path = _list_in(tmp_path / "state")
    path.parent.mkdir(parents=True)
    path.write_text("\n" * (1 << 20))

    assert not remember_store("1", "files:/a", variables)
    assert path.stat().st_size == 1 << 20


def test_a_place_that_json_cannot_say_is_not_listed(variables: dict[str, str]) -> None:
    assert not remember_store("1", "files:/\udcff", variables)
    assert known_stores(variables) == {}
