"""The process of a PostgreSQL on scratch data: made, started, ended and removed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from tests.servers.keeper import kept
from tests.servers.programs import linked_programs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.servers.keeper import Keeper

READY_SECONDS = 30
STOP_SECONDS = 20
POLL_SECONDS = 0.005
# Far quicker than a disk to make databases in; in a container it may be too small for one.
IN_MEMORY = "/dev/shm"
ENOUGH_BYTES = 2 << 30
INITDB = (
    "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
    "--no-sync", "--no-instructions",
)  # fmt: skip


class User(TypedDict, total=False):
    """Whom a program is started as, in the words of `subprocess`."""

    user: int
    group: int
    extra_groups: Sequence[int]


class Server:
    """The process of a server, over data that outlive it."""

    def __init__(
        self,
        folder: Path,
        programs: Path,
        options: Sequence[str],
        user: User,
        keeper: Keeper,
        *,
        durable: bool,
    ) -> None:
        self.durable = durable
        self._folder = folder
        self._command = [str(programs / "bin/postgres"), "-D", str(folder / "data"), *options]
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = keeper

    def start(self) -> None:
        if self._process is not None:
            raise RuntimeError("the server runs already")
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_surroundings(),
                cwd=self._folder,
                start_new_session=True,  # Ctrl-C is for the tests, which end it themselves
                **self._user,
            )
        self._keeper.follow(self._process.pid)
        self._await_ready(self._process)

    def end(self, signal_number: int) -> None:
        """End by *signal_number*, if it runs, and return when no process of it is left."""
        if self._process is None:
            return
        self._process.send_signal(signal_number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise RuntimeError(f"the server did not end\n{self._log()}") from None
        finally:
            self._process = None
            self._keeper.follow(None)

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready(process.pid):
            if process.poll() is not None:
                self._process = None
                self._keeper.follow(None)
                raise RuntimeError(f"the server ended as it started\n{self._log()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"not ready after {READY_SECONDS} s\n{self._log()}")
            time.sleep(POLL_SECONDS)

    def _is_ready(self, pid: int) -> bool:
        """What the server itself says of that, in the file that `pg_ctl` reads too."""
        try:
            lines = (self._folder / "data/postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and lines[7:8] != [] and lines[7].strip() == "ready"

    def _log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")


@contextmanager
def installed(
    programs: Path, options: Sequence[str], durable: bool
) -> Iterator[tuple[Server, Path]]:
    """A server that is not yet started, and the folder of its sockets."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=None if durable else _memory()))
    links = Path(
        tempfile.mkdtemp(prefix="postgres-")
    )  # in memory, running a program may be forbidden
    with kept(folder, links) as keeper:
        user: User = {}
        if os.geteuid() == 0:
            user = _nobody()
            links.chmod(0o711)
            folder.chmod(0o711)
            programs = linked_programs(programs, links)
        sockets = _initialized(folder, programs, user)
        options = ["-k", str(sockets), *options]
        server = Server(folder, programs, options, user, keeper, durable=durable)
        try:
            yield server, sockets
        finally:
            server.end(signal.SIGQUIT)  # its data are not needed any more


def _memory() -> str | None:
    """A folder in memory, if this machine has one with room for databases."""
    if not os.path.isdir(IN_MEMORY) or not os.access(IN_MEMORY, os.W_OK):
        return None
    return IN_MEMORY if shutil.disk_usage(IN_MEMORY).free >= ENOUGH_BYTES else None


def _initialized(folder: Path, programs: Path, user: User) -> Path:
    """The folder for sockets, next to `data` with the files of a new server."""
    for each in (folder / "data", folder / "sockets"):
        each.mkdir(mode=0o700)
        os.chown(each, user.get("user", -1), user.get("group", -1))
    _initialize(folder / "data", programs, user)
    return folder / "sockets"


def _initialize(data: Path, programs: Path, user: User) -> None:
    done = subprocess.run(
        [str(programs / "bin/initdb"), "-D", str(data), *INITDB],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_surroundings(),
        cwd=data,
        check=False,
        **user,
    )
    if done.returncode:
        raise RuntimeError(f"initdb failed with status {done.returncode}\n{done.stdout}")


def _nobody() -> User:
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _surroundings() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
