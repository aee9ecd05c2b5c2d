"""The code of a chat's answer: the same for one request, and of nobody else's key."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_session.core.errors import UnsafeStoreError
from agent_session.world.chat_codes import LENGTH, LETTERS, code_for
from tests.services.joined import at_once

CODE = "from agent_session.world.chat_codes import code_for; print(code_for(b'x', {variables}))"


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path / "home")}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Where the key is; its folder is there."""
    folder = tmp_path / "state" / "agent-session"
    folder.mkdir(parents=True)
    return folder / "chat.key"


def everything_in(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


def modes_of(*paths: Path) -> list[str]:
    return [oct(stat.S_IMODE(path.stat().st_mode)) for path in paths]


# --- the code ---------------------------------------------------------------------------------


def test_a_code_is_six_letters_that_nobody_mistakes(variables: dict[str, str]) -> None:
    codes = [code_for(str(number).encode(), variables) for number in range(200)]

    assert {len(code) for code in codes} == {LENGTH} == {6}
    assert {*"".join(codes)} == {*LETTERS}
    assert not {*"ilo01"} & {*LETTERS}
    assert len({*LETTERS}) == len(LETTERS) == 31


def test_one_message_has_one_code_and_others_have_others(variables: dict[str, str]) -> None:
    messages = [b"", b"\0", b"a", b"a ", b"A", b"a" * 999, *(b"%d" % n for n in range(500))]
    codes = [code_for(message, variables) for message in messages]

    assert codes == [code_for(message, variables) for message in messages]
    assert len(set(codes)) == len(messages)


def test_another_user_s_key_makes_another_code(tmp_path: Path) -> None:
    codes = {code_for(b"x", {"XDG_STATE_HOME": str(tmp_path / name)}) for name in "abcdefgh"}

    assert len(codes) == 8


def test_a_new_key_ends_what_the_old_one_said(variables: dict[str, str], key: Path) -> None:
    before = code_for(b"x", variables)
    key.unlink()

    assert code_for(b"x", variables) != before


# --- the key ----------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0, 0o077, 0o777])
def test_the_key_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    if umask == 0o777 and os.getuid() != 0:
        pytest.skip("root alone writes where nobody may")
    before = os.umask(umask)
    try:
        code_for(b"x", {"XDG_STATE_HOME": str(tmp_path)})
    finally:
        os.umask(before)

    made = tmp_path / "agent-session"
    assert modes_of(made, made / "chat.key") == [
        oct(0o700 & ~umask), oct(0o600 & ~umask),
    ]  # fmt: skip


def test_the_key_is_32_bytes_of_chance_and_alone_in_its_place(
    variables: dict[str, str], tmp_path: Path, key: Path
) -> None:
    code_for(b"x", variables)
    code_for(b"y", variables)

    assert len(key.read_bytes()) == 32
    assert key.stat().st_nlink == 1
    assert everything_in(tmp_path) == [
        "state",
        "state/agent-session",
        "state/agent-session/chat.key",
    ]


@pytest.mark.parametrize("state", [{}, {"XDG_STATE_HOME": ""}])
def test_without_a_state_folder_it_is_kept_in_the_home(
    tmp_path: Path, state: dict[str, str]
) -> None:
    code_for(b"x", {**state, "HOME": str(tmp_path)})

    assert everything_in(tmp_path)[-1] == ".local/state/agent-session/chat.key"
    assert modes_of(tmp_path / ".local", tmp_path / ".local/state") == ["0o700", "0o700"]


def test_folders_that_are_there_are_left_as_they_are(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)

    code_for(b"x", {"XDG_STATE_HOME": str(tmp_path)})

    assert modes_of(tmp_path) == ["0o755"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610, 0o601, 0o777])
def test_a_key_that_others_may_look_at_is_refused(
    variables: dict[str, str], key: Path, mode: int
) -> None:
    key.write_bytes(b"k" * 32)
    key.chmod(mode)

    with pytest.raises(UnsafeStoreError, match="not private to this user; remove it"):
        code_for(b"x", variables)
    assert key.read_bytes() == b"k" * 32


@pytest.mark.parametrize("content", [b"", b"k" * 31])
def test_a_key_that_is_too_short_is_refused(
    variables: dict[str, str], key: Path, content: bytes
) -> None:
    key.write_bytes(content)
    key.chmod(0o600)

    with pytest.raises(UnsafeStoreError):
        code_for(b"x", variables)
    assert key.read_bytes() == content


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives a file away")
def test_a_key_of_somebody_else_is_refused(variables: dict[str, str], key: Path) -> None:
    key.write_bytes(b"k" * 32)
    key.chmod(0o600)
    os.chown(key, 54321, 54321)

    with pytest.raises(UnsafeStoreError):
        code_for(b"x", variables)


def plant_link(key: Path) -> None:
    elsewhere = key.parent.parent.parent / "elsewhere"
    elsewhere.write_bytes(b"k" * 32)
    elsewhere.chmod(0o600)
    key.symlink_to(elsewhere)


def plant_link_to_nothing(key: Path) -> None:
    key.symlink_to(key.parent.parent.parent / "elsewhere")


def plant_linked_folder(key: Path) -> None:
    key.parent.rmdir()
    elsewhere = key.parent.parent.parent / "elsewhere"
    elsewhere.mkdir()
    key.parent.symlink_to(elsewhere)


def plant_file_for_the_folder(key: Path) -> None:
    key.parent.rmdir()
    key.parent.write_bytes(b"k" * 32)


def plant_pipe(key: Path) -> None:
    os.mkfifo(key, 0o600)


def plant_folder(key: Path) -> None:
    key.mkdir(0o700)


def plant_socket(key: Path) -> None:
    here = os.getcwd()
    os.chdir(key.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(key.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize(
    "plant",
    [
        plant_link,
        plant_link_to_nothing,
        plant_linked_folder,
        plant_file_for_the_folder,
        plant_pipe,
        plant_folder,
        plant_socket,
    ],
)
def test_what_is_no_plain_file_of_ours_is_no_key(
    variables: dict[str, str], tmp_path: Path, key: Path, plant: Callable[[Path], None]
) -> None:
    plant(key)
    before = everything_in(tmp_path)

    with pytest.raises((UnsafeStoreError, OSError)):
        code_for(b"x", variables)
    assert everything_in(tmp_path) == before


def test_what_another_has_left_half_made_is_left_alone(
    variables: dict[str, str], key: Path
) -> None:
    """A process number is used again, and containers of one home have the same ones."""
    left = key.parent / f".chat.key.{os.getpid()}"
    left.write_bytes(b"half")

    assert code_for(b"x", variables) == code_for(b"x", variables)
    assert left.read_bytes() == b"half"


def test_threads_that_make_it_at_once_agree(variables: dict[str, str]) -> None:
    assert len({*at_once(8, lambda _: code_for(b"x", variables))}) == 1


@pytest.mark.parametrize("state", ["relative", "./x", "~/state"])
def test_a_state_folder_that_is_relative_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    here, home = tmp_path / "here", tmp_path / "home"
    (here / state).mkdir(parents=True)
    monkeypatch.chdir(here)

    code_for(b"x", {"XDG_STATE_HOME": state, "HOME": str(home)})

    assert (home / ".local/state/agent-session/chat.key").is_file()
    assert not [each for each in here.rglob("*") if each.name == "agent-session"]


@pytest.mark.parametrize("home", [{}, {"HOME": ""}, {"HOME": "relative"}])
def test_without_a_home_there_is_no_code(home: dict[str, str]) -> None:
    with pytest.raises(UnsafeStoreError, match="HOME"):
        code_for(b"x", home)


def test_processes_that_make_it_at_once_agree(variables: dict[str, str], key: Path) -> None:
    program = CODE.format(variables=repr(variables))
    running = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]

    codes = {process.communicate(timeout=60)[0].strip() for process in running}

    assert codes == {code_for(b"x", variables)}
    assert os.listdir(key.parent) == ["chat.key"]
