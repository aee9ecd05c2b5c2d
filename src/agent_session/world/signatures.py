"""SSH signatures over a decision, made and checked by `ssh-keygen` (OpenSSH 8.2 or newer).

Who may sign stands in a file of allowed signers (`man ssh-keygen`), which an agent must not be
able to write: it lies outside of the project, and only its owner may change it.
"""

from __future__ import annotations

import os
import stat

from agent_session.core import Late

from .programs import answer_of, program, search_path
from .spelling import spelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

NAMESPACE = "agent-session"
SECONDS_TO_SIGN = 300.0  # for a key that waits to be touched, and for a passphrase
SECONDS_TO_CHECK = 10.0
_FOR_SIGNING = (
    "DISPLAY",
    "HOME",
    "SSH_ASKPASS",
    "SSH_ASKPASS_REQUIRE",
    "SSH_AUTH_SOCK",
    "SSH_SK_PROVIDER",
    "TERM",
    "WAYLAND_DISPLAY",
)
_FIRST_LINE = "-----BEGIN SSH SIGNATURE-----"
_LAST_LINE = "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_LONGEST_SIGNATURE = 64 << 10
_LARGEST_SIGNERS = 1 << 20
_MOST_PRINCIPALS = 50
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


# --- sign -------------------------------------------------------------------------------------


def sign(key: str, message: bytes) -> str:
    """The armored signature of *message* with the private key in the file *key*, or with the
    agent's key of the public one in it.

    A passphrase is asked for on the person's own terminal, and `ssh-keygen` tells them there
    what goes wrong. InvalidValueError where no signature comes of it.
    """
    import subprocess

    command = [_ssh_keygen(), "-q", "-Y", "sign", "-n", NAMESPACE, "-f", key]
    if not os.path.isfile(key):
        raise errors.InvalidValueError(f"there is no key {spelled(key)} to sign with")
    try:
        run = subprocess.run(
            command,
            input=message,
            stdout=subprocess.PIPE,
            env=_variables(*_FOR_SIGNING),
            timeout=SECONDS_TO_SIGN,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise errors.InvalidValueError(
            f"nothing was signed: the key was not unlocked or touched within "
            f"{SECONDS_TO_SIGN:.0f} seconds"
        ) from error
    if run.returncode != 0:
        raise errors.InvalidValueError(
            f"nothing was signed: ssh-keygen could not use the key {spelled(key)}"
        )
    return run.stdout.decode("ascii")


# --- verify -----------------------------------------------------------------------------------


def verify(message: bytes, signature: str, signers: str, project: str | None = None) -> str:
    """The one among the allowed signers, in the file *signers*, who signed *message*.

    InvalidValueError where nobody did, where the signature is malformed, where ssh-keygen is
    missing, and where *signers* is not there, lies in *project*, or can be changed by others.
    """
    import shutil
    import tempfile

    ssh_keygen = _ssh_keygen()
    _require_well_formed(signature)
    allowed = _trusted_content(signers, project)
    folder = tempfile.mkdtemp(prefix="agent-session-")
    try:
        # The copy is what was looked at above, whatever becomes of the file meanwhile.
        signers_file = _written(f"{folder}/signers", allowed)
        files = ["-s", _written(f"{folder}/sig", signature.encode()), "-f", signers_file]
        for principal in _principals(ssh_keygen, files):
            check = [ssh_keygen, "-Y", "verify", *files, "-n", NAMESPACE, "-I", principal]
            if _succeeds(check, message):
                return spelled(principal)
    finally:
        shutil.rmtree(folder)
    raise errors.InvalidValueError(
        f"none of the signers that {spelled(signers)} allows has signed this, for "
        f"{NAMESPACE!r} and at this time"
    )


def _principals(ssh_keygen: str, files: list[str]) -> list[str]:
    """Those that the signature's key stands for in the signers file, which it may not be for
    this message.
    """
    command = [ssh_keygen, "-Y", "find-principals", *files]
    answer = answer_of(command, _variables(), SECONDS_TO_CHECK)
    if answer is None or answer[0] != 0:
        return []
    return os.fsdecode(answer[1]).splitlines()[:_MOST_PRINCIPALS]


def _succeeds(command: list[str], message: bytes) -> bool:
    answer = answer_of(command, _variables(), SECONDS_TO_CHECK, said=message)
    return answer is not None and answer[0] == 0


def _require_well_formed(signature: str) -> None:
    lines = signature.strip().split("\n") if len(signature) <= _LONGEST_SIGNATURE else []
    if len(lines) < 3 or (lines[0].strip(), lines[-1].strip()) != (_FIRST_LINE, _LAST_LINE):
        raise _malformed()
    import binascii

    try:
        content = binascii.a2b_base64("".join(lines[1:-1]))
    except ValueError as error:
        raise _malformed() from error
    if not content.startswith(_MAGIC):
        raise _malformed()


def _malformed() -> errors.InvalidValueError:
    return errors.InvalidValueError(
        f"this is no SSH signature: it begins with {_FIRST_LINE!r}, as `ssh-keygen -Y sign` "
        "writes it"
    )


# --- the allowed signers ----------------------------------------------------------------------


def _trusted_content(signers: str, project: str | None) -> bytes:
    """What the file *signers* says, if only its owner, us or root, can change that."""
    named, real = os.path.abspath(signers), os.path.realpath(signers)
    # The name counts too: a link in the project can be laid anew.
    if project is not None and (_is_in(named, project) or _is_in(real, project)):
        raise errors.InvalidValueError(
            f"the allowed signers, {spelled(signers)}, are kept in the project, where an agent "
            "can add its own key: keep them outside, such as in ~/.config/agent-session"
        )
    for folder in sorted({os.path.dirname(named), os.path.dirname(real)}):
        _require_ours_alone(folder, os.stat(folder) if os.path.isdir(folder) else None)
    try:
        descriptor = os.open(real, _READ)
    except OSError as error:
        raise errors.InvalidValueError(
            f"the allowed signers, {spelled(signers)}, cannot be read ({error.strerror}): that "
            "file needs one line for each, `NAME ssh-ed25519 AAAA...`"
        ) from error
    with os.fdopen(descriptor, "rb") as file:
        _require_ours_alone(real, os.fstat(descriptor))
        return file.read(_LARGEST_SIGNERS)


def _is_in(path: str, project: str) -> bool:
    return any(
        path == folder or path.startswith(f"{folder.rstrip('/')}/")
        for folder in (os.path.abspath(project), os.path.realpath(project))
    )


def _require_ours_alone(path: str, status: os.stat_result | None) -> None:
    if status is None:  # opening it will say so
        return
    if stat.S_IMODE(status.st_mode) & 0o022:
        raise errors.InvalidValueError(
            f"{spelled(path)} can be written by others, so it cannot say who may sign: "
            "`chmod go-w` it"
        )
    if status.st_uid not in {0, os.geteuid()}:
        raise errors.InvalidValueError(
            f"{spelled(path)} belongs to somebody else, so it cannot say who may sign: it must "
            "be yours, or root's"
        )


# --- ssh-keygen -------------------------------------------------------------------------------


def _ssh_keygen(folders: str | None = None) -> str:
    found = program("ssh-keygen", folders)
    if found is None:
        raise errors.InvalidValueError(
            "signatures need ssh-keygen, which is not installed: it comes with OpenSSH (Debian "
            "and Ubuntu: apt-get install openssh-client; Fedora: dnf install openssh)"
        )
    return found


def _variables(*names: str) -> dict[str, str]:
    given = {name: os.environ[name] for name in names if name in os.environ}
    return {**given, "PATH": search_path(), "LC_ALL": "C"}


def _written(path: str, content: bytes) -> str:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path
