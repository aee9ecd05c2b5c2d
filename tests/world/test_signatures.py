"""Signatures made and checked by the real ssh-keygen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from agent_session.core.errors import InvalidValueError
from agent_session.world import signatures
from agent_session.world.signatures import sign, verify
from tests.world.orphans import SOURCE

pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed"
)

MESSAGE = b'{"decision":"approved"}'


def a_key(folder: Path, name: str, passphrase: str = "") -> Path:
    path = folder / name
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(path)]
    subprocess.run(words, check=True)
    return path


def allowed(folder: Path, *lines: str) -> str:
    path = folder / "signers"
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)
    return str(path)


def line_of(key: Path, name: str = "alice", options: str = "") -> str:
    kind, blob, *_ = key.with_suffix(".pub").read_text().split()
    return f"{name} {options} {kind} {blob}"


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    """A folder that nobody else can write to."""
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.fixture
def key(safe: Path) -> Path:
    return a_key(safe, "alice")


def test_who_signed_is_told(safe: Path, key: Path):
    signature = sign(str(key), MESSAGE)
    signers = allowed(safe, line_of(a_key(safe, "bob"), "bob"), line_of(key))

    assert signature.startswith("-----BEGIN SSH SIGNATURE-----\n")
    assert verify(MESSAGE, signature, signers) == "alice"


@pytest.mark.parametrize("options", ['namespaces="agent-session"', 'valid-before="20990101"'])
def test_options_that_allow_the_signature_are_heeded(safe: Path, key: Path, options: str):
    signers = allowed(safe, line_of(key, options=options))

    assert verify(MESSAGE, sign(str(key), MESSAGE), signers) == "alice"


@pytest.mark.parametrize(
    "options",
    ['namespaces="git"', 'valid-before="20200101"', 'valid-after="20990101"', "cert-authority"],
)
def test_options_that_do_not_allow_it_are_heeded(safe: Path, key: Path, options: str):
    signers = allowed(safe, line_of(key, options=options))

    with pytest.raises(InvalidValueError, match="none of the signers"):
        verify(MESSAGE, sign(str(key), MESSAGE), signers)


def test_a_later_name_of_the_same_key_counts_where_the_first_may_not_sign(
    safe: Path, key: Path
):
    signers = allowed(
        safe,
        line_of(key, "expired", 'valid-before="20200101"'),
        line_of(key, "alice,al"),
    )

    assert verify(MESSAGE, sign(str(key), MESSAGE), signers) == "alice"


def test_another_key_is_refused(safe: Path, key: Path):
    signature = sign(str(a_key(safe, "mallory")), MESSAGE)

    with pytest.raises(InvalidValueError, match="none of the signers"):
        verify(MESSAGE, signature, allowed(safe, line_of(key)))


def test_another_message_is_refused(safe: Path, key: Path):
    with pytest.raises(InvalidValueError, match="none of the signers"):
        verify(MESSAGE + b" ", sign(str(key), MESSAGE), allowed(safe, line_of(key)))


def test_a_signature_for_another_purpose_is_refused(safe: Path, key: Path):
    run = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", str(key)],
        input=MESSAGE,
        capture_output=True,
        check=True,
    )

    with pytest.raises(InvalidValueError, match="none of the signers"):
        verify(MESSAGE, run.stdout.decode(), allowed(safe, line_of(key)))


def test_a_signature_that_was_tampered_with_is_refused(safe: Path, key: Path):
    lines = sign(str(key), MESSAGE).splitlines()
    last = lines[-2]
    lines[-2] = ("B" if last[0] == "A" else "A") + last[1:]

    with pytest.raises(InvalidValueError):
        verify(MESSAGE, "\n".join(lines), allowed(safe, line_of(key)))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "approved",
        "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nA\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nüüüü\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\n" + "A" * 70_000 + "\n-----END SSH SIGNATURE-----\n",
    ],
)
def test_what_is_no_signature_is_told(safe: Path, key: Path, signature: str):
    with pytest.raises(InvalidValueError, match="no SSH signature"):
        verify(MESSAGE, signature, allowed(safe, line_of(key)))


def test_a_signature_cut_short_is_refused(safe: Path, key: Path):
    signature = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n"

    with pytest.raises(InvalidValueError, match="none of the signers"):
        verify(MESSAGE, signature, allowed(safe, line_of(key)))


# --- the signers file -------------------------------------------------------------------------


def test_a_missing_signers_file_is_told(safe: Path, key: Path):
    for signers in (safe / "none", safe / "none" / "below"):
        with pytest.raises(InvalidValueError, match="cannot be read"):
            verify(MESSAGE, sign(str(key), MESSAGE), str(signers))


def test_signers_in_the_project_are_refused(safe: Path, key: Path):
    project = safe / "project"
    project.mkdir()
    signers = allowed(project, line_of(key))
    signature = sign(str(key), MESSAGE)
    (safe / "link").symlink_to(signers)
    (safe / "way").symlink_to(project)
    (safe / "signers").write_text(line_of(key))
    (project / "link out").symlink_to(safe / "signers")
    inside = [safe / "link", safe / "way" / "signers", project / "link out", Path(signers)]

    for each in inside:
        with pytest.raises(InvalidValueError, match="are kept in the project"):
            verify(MESSAGE, signature, str(each), str(project))
        with pytest.raises(InvalidValueError, match="are kept in the project"):
            verify(MESSAGE, signature, str(each), str(safe / "way"))


def test_signers_beside_a_project_of_a_like_name_are_allowed(safe: Path, key: Path):
    signers = allowed(safe, line_of(key))

    assert verify(MESSAGE, sign(str(key), MESSAGE), signers, str(safe / "sign")) == "alice"


@pytest.mark.parametrize("what", ["the file", "its folder"])
@pytest.mark.parametrize("bit", [0o020, 0o002])
def test_signers_that_others_can_write_are_refused(safe: Path, key: Path, what: str, bit: int):
    signers = allowed(safe, line_of(key))
    changed = Path(signers) if what == "the file" else safe
    changed.chmod(0o700 | bit)

    with pytest.raises(InvalidValueError, match="can be written by others"):
        verify(MESSAGE, sign(str(key), MESSAGE), signers)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_signers_of_another_user_are_refused(safe: Path, key: Path):
    signers = allowed(safe, line_of(key))
    os.chown(signers, 12345, -1)

    with pytest.raises(InvalidValueError, match="belongs to somebody else"):
        verify(MESSAGE, sign(str(key), MESSAGE), signers)


# --- ssh-keygen -------------------------------------------------------------------------------


def test_a_missing_key_is_told(safe: Path):
    with pytest.raises(InvalidValueError, match="there is no key"):
        sign(str(safe / "none"), MESSAGE)


def test_a_key_that_cannot_be_unlocked_signs_nothing(
    safe: Path, monkeypatch: pytest.MonkeyPatch
):
    locked = a_key(safe, "locked", "a passphrase")
    monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")

    with pytest.raises(InvalidValueError, match="nothing was signed"):
        sign(str(locked), MESSAGE)


# A person at a terminal; in a process of its own, for a fork in one with threads is unsafe.
_TYPE_THE_PASSPHRASE = """
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.executable, [sys.executable, "-c", *sys.argv[1:]])
shown, typed = b"", False
while True:
    try:
        piece = os.read(terminal, 1024)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if b"passphrase" in shown and not typed:
        typed = os.write(terminal, b"open sesame\\n") > 0
os.waitpid(pid, 0)
sys.stdout.write(shown.decode())
"""
_SIGN = """
import sys
from agent_session.world.signatures import sign
with open(sys.argv[2], "w") as file:
    file.write(sign(sys.argv[1], b"message"))
"""


def test_a_passphrase_is_asked_for_on_the_terminal(safe: Path):
    locked, made = a_key(safe, "locked", "open sesame"), safe / "made"
    run = subprocess.run(
        [sys.executable, "-c", _TYPE_THE_PASSPHRASE, _SIGN, str(locked), str(made)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert "Enter passphrase" in run.stdout
    assert verify(b"message", made.read_text(), allowed(safe, line_of(locked))) == "alice"


def test_where_ssh_keygen_is_missing_it_is_told_how_to_get_it(safe: Path):
    with pytest.raises(InvalidValueError, match="apt-get install openssh-client"):
        signatures._ssh_keygen(str(safe))


def test_nothing_is_left_in_the_temporary_folder(
    safe: Path, key: Path, monkeypatch: pytest.MonkeyPatch
):
    temporary = safe / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    signature, signers = sign(str(key), MESSAGE), allowed(safe, line_of(key))

    verify(MESSAGE, signature, signers)
    with pytest.raises(InvalidValueError):
        verify(b"", signature, signers)

    assert os.listdir(temporary) == []
