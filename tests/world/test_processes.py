"""A process is known by more than its number, and so is its end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core.errors import InvalidValueError
from agent_session.world import proc, processes
from agent_session.world.processes import fate_of, identity
from tests.world.orphans import SOURCE

on_linux = pytest.mark.skipif(os.uname().sysname != "Linux", reason="it is about /proc")


@pytest.fixture(params=["proc", "ps"])
def means(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to learn of a process: /proc, and the `ps` of systems that have none."""
    if request.param == "ps":
        if shutil.which("ps") is None:
            pytest.skip("ps is not installed")
        monkeypatch.setattr(proc, "IS_LINUX", False)
    elif not proc.IS_LINUX:
        pytest.skip("there is no /proc")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as running:
        yield running
        running.kill()


@pytest.mark.usefixtures("means")
def test_a_process_that_runs_has_an_identity_and_runs(sleeper: subprocess.Popen[bytes]):
    known = identity(sleeper.pid)

    assert sorted(known) == ["boot", "machine", "namespace", "pid", "started"]
    assert known["pid"] == sleeper.pid
    assert fate_of(json.loads(json.dumps(known))) is True
    assert fate_of(identity(os.getpid())) is True


@pytest.mark.usefixtures("means")
def test_a_zombie_has_ended_and_so_has_what_is_gone(sleeper: subprocess.Popen[bytes]):
    known = identity(sleeper.pid)

    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert fate_of(known) is False
    sleeper.wait()

    assert fate_of(known) is False
    with pytest.raises(InvalidValueError, match="no process"):
        identity(sleeper.pid)


@pytest.mark.usefixtures("means")
def test_a_number_that_is_used_again_is_another_process():
    assert fate_of({**identity(os.getpid()), "started": "1"}) is False


@pytest.mark.parametrize(
    ("changed", "fate"),
    [
        ({"boot": "another"}, False),
        ({"namespace": "pid:[1]"}, None),
        ({"machine": "another"}, None),
        ({"machine": "another", "boot": "another"}, None),
        ({"boot": "another", "namespace": "pid:[1]"}, False),
    ],
)
@on_linux
def test_what_ran_elsewhere_or_before_this_boot(changed: dict[str, str], fate: bool | None):
    assert fate_of({**identity(os.getpid()), **changed}) is fate


@pytest.mark.parametrize("pid", [0, -1, 2**22 + 1, 2**40, 2**70])
@pytest.mark.usefixtures("means")
def test_a_number_of_no_process_has_no_identity(pid: int):
    with pytest.raises(InvalidValueError, match="no process"):
        identity(pid)


@pytest.mark.parametrize(
    "changed",
    [
        {"pid": True},
        {"pid": "1"},
        {"pid": 0},
        {"pid": -1},
        {"pid": None},
        {"started": 1},
        {"boot": None},
    ],
)
def test_a_malformed_identity_has_no_known_fate(changed: dict[str, Any]):
    assert fate_of({**identity(os.getpid()), **changed}) is None


ANYTHING = st.none() | st.integers() | st.text(max_size=4) | st.just(os.getpid())


@given(
    st.dictionaries(
        st.sampled_from(["machine", "boot", "namespace", "pid", "started"]), ANYTHING
    )
)
def test_no_identity_raises(process: dict[str, Any]):
    assert fate_of({**identity(os.getpid()), **process}) in {True, False, None}
    assert fate_of(process) is None


def test_what_is_no_mapping_has_no_known_fate():
    for process in (None, 7, "x", [1]):
        assert fate_of(process) is None  # type: ignore[arg-type]


@on_linux
def test_a_name_that_looks_like_the_rest_of_its_line_misleads_nobody(tmp_path: Path):
    odd = tmp_path / "x) Z 1 1 ("
    odd.symlink_to(shutil.which("sleep") or "/bin/sleep")
    with subprocess.Popen([odd, "60"]) as running:
        known = identity(running.pid)
        fate = fate_of(known)
        running.kill()

    assert fate is True
    assert known["started"].isdigit()


@on_linux
def test_the_machines_own_id_is_not_told():
    path = Path("/etc/machine-id")
    own_id = path.read_text().strip() if path.exists() else ""

    assert own_id == "" or own_id not in json.dumps(identity(os.getpid()))


def test_a_machine_without_an_id_is_known_by_its_boot_and_then_by_its_name(tmp_path: Path):
    """Another host of the same name must not be taken for this one, started anew."""
    none, unset, given = tmp_path / "none", tmp_path / "unset", tmp_path / "given"
    unset.write_text("uninitialized\n")
    given.write_text(f"{'a' * 32}\n")

    for id_file in (str(none), str(unset)):
        assert processes._machine("one", id_file) != processes._machine("two", id_file)
        assert processes._machine("", id_file) == os.uname().nodename
    known = {processes._machine(boot, str(given)) for boot in ("", "one", "two")}
    assert len(known) == 1
    assert len(known.pop()) == 32


@on_linux
def test_where_proc_is_of_another_namespace_nothing_is_known():
    known = identity(os.getpid())
    program = (
        "import json, os, sys; from agent_session.world.processes import fate_of, identity\n"
        "print(fate_of(json.loads(sys.argv[1])))\n"
        "try: identity(os.getpid())\n"
        "except ValueError: print('no process')\n"
    )
    run = subprocess.run(
        ["unshare", "--pid", "--fork", sys.executable, "-c", program, json.dumps(known)],
        env={**os.environ, "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare failed" in run.stderr:
        pytest.skip("a pid namespace of one's own needs root")

    assert run.stdout.split("\n")[:2] == ["None", "no process"]


def test_the_processes_above_are_told_up_to_the_first(monkeypatch: pytest.MonkeyPatch):
    above = list(proc.ancestors())

    assert above[0].pid == os.getppid()
    if proc.IS_LINUX and shutil.which("ps"):
        monkeypatch.setattr(proc, "IS_LINUX", False)
        assert [each.pid for each in proc.ancestors()] == [each.pid for each in above]


def test_a_hook_loads_little_for_it():
    program = (
        f"import sys; sys.path.insert(0, {SOURCE!r}); import agent_session.world.processes\n"
        "print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True
    )

    assert {"os", "subprocess", "typing", "hashlib", "json"}.isdisjoint(run.stdout.split())
