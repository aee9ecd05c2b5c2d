"""Who cleans up after a server, even when the process that started it is killed."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Reads the server's pid, and an empty line when that has ended; at last "over", or no more than
# the end of the pipe if this process was killed. An orphan may stay a zombie, so that it has
# ended is told by its own file.
KEEPER = """
pid= rounds=0
while read -r line && [ "$line" != over ]; do pid=$line; done
if [ "$pid" ]; then
  kill -QUIT "$pid"
  while kill -0 "$pid" && [ -e "$1/data/postmaster.pid" ] && [ $rounds -lt 200 ]; do
    rounds=$((rounds + 1))
    sleep 0.05
  done
  [ $rounds -lt 200 ] || kill -KILL "$pid"
fi
rm -rf -- "$@"
"""


class Keeper:
    """Ends the server and removes its folders when this process is done, or was killed."""

    def __init__(self, *folders: Path) -> None:
        """Of *folders*, the first is the server's."""
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, "keeper", *map(str, folders)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # it outlives what is sent to the tests' group
        )

    def follow(self, pid: int | None) -> None:
        """The server is *pid* from now on, or has ended."""
        self._tell(str(pid or ""))

    def close(self) -> None:
        self._tell("over")
        self._process.communicate()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()


@contextmanager
def kept(*folders: Path) -> Iterator[Keeper]:
    keeper = Keeper(*folders)
    try:
        yield keeper
    finally:
        keeper.close()
