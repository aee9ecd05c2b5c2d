"""Children of the test process: forked, so that a thousand of them take seconds."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING

from tests.examples import updated
from tests.stores.calls import change

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.store import Store

NOBODY = 65534


def fork() -> int:
    """As os.fork: what a thread of the test runner holds, no child of ours ever asks for."""
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def start(act: Callable[[], object]) -> int:
    """The pid of a child that does *act* and ends with status 0, or 1 where it raised."""
    pid = fork()
    if pid:
        return pid
    status = 1
    try:
        act()
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def end_of(pid: int) -> int:
    """The exit status of *pid*, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run(act: Callable[[], object]) -> int:
    return end_of(start(act))


def run_all(*acts: Callable[[], object]) -> list[int]:
    """The exit statuses of all *acts*, each in its own process at the same time."""
    return [end_of(pid) for pid in [start(act) for act in acts]]


def run_as_ordinary_user(act: Callable[[], object]) -> int:
    """The same, without the powers of root, which reads and writes whatever the mode says."""

    def act_as_nobody() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        act()

    return run(act_as_nobody)


def kill(pid: int) -> int:
    """End *pid* at once, wherever it is; its exit status."""
    os.kill(pid, signal.SIGKILL)
    return end_of(pid)


def fork_beside_threads_that_write(store: Store, times: int) -> None:
    """Neither the children, who read the session a, nor the writers of it are harmed."""
    is_over = threading.Event()
    before, kept = store.get("a")["revision"], list[int]()

    def write() -> None:
        while not is_over.is_set():
            kept.append(change(store, "a", updated())["revision"])

    writers = [threading.Thread(target=write) for _ in range(3)]
    for each in writers:
        each.start()
    endings = [run(lambda: store.get("a")) for _ in range(times)]
    is_over.set()
    for each in writers:
        each.join()

    assert endings == [0] * times
    assert store.get("a")["revision"] == before + len(kept)
    assert store.flaws("a") == []
