"""What a hook costs as a whole process, start to end, beside the bare interpreter."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from agent_session.wiring import wire
from benchmarks import databases
from benchmarks.bench import Bench
from benchmarks.bulk import Crowd
from benchmarks.filling import agent, fill, metadata, without_syncs
from benchmarks.programs import Program, bare, environment
from benchmarks.results import Measured, Row
from benchmarks.rounds import Samples, Subject, interleave, ratio, summary_of, unrest

SESSIONS = ".claude/session"
FLOOR = "python3 -I -S -c pass"
DURABLE_FLOOR = "python3 -I -S, append + fdatasync"
_APPEND = """\
import posix
log = posix.open({0!r}, posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND)
posix.write(log, b"x" * 500)
getattr(posix, "fdatasync", posix.fsync)(log)
posix._exit(0)
"""

NONE = "nothing to resume, no session"
OTHERS = "nothing to resume, {0} sessions of others"
PAST = "nothing to resume, earlier sessions of that agent finished"
FINISHED = "a hit: one live among {0} finished"
LIVE = "a hit among {0} live of that agent"
BY_ID = "a hit by its id among {0}"
OLDEST = "the oldest of {0} live, told by its task"
STOP = "stop, finalized durably"
IN_SQLITE_OTHERS = "SQLite: nothing to resume, {0} sessions of others"
IN_SQLITE = "SQLite: a hit: one live among {0} finished"
AIMS = {
    **dict.fromkeys((NONE, OTHERS, PAST), 1.15),
    **dict.fromkeys((FINISHED, LIVE, BY_ID), 1.5),
    OLDEST: None,
    STOP: 1.3,
    IN_SQLITE_OTHERS: 1.6,
    IN_SQLITE: None,
}


def measure(bench: Bench) -> Measured:
    many, rounds = bench.pick(10_000, 2_000), bench.pick(600, 60)
    checks = _Checks(bench, many)
    subjects: dict[str, Subject] = {FLOOR: Program(bare(bench.python), checks.environment).run}
    programs = checks.programs() | _checks_in_sqlite(bench, many)
    subjects |= {name: program.run for name, program in programs.items()}
    notes = [
        f"{many} sessions in each large store; stdin is a file, stdout is thrown away. A hit "
        "is claimed for its holder, so it is a durable write as well."
    ]
    stops = _stops(bench, rounds + 10)
    if stops is None:
        notes.append("The stop hook is not there yet: not measured.")
    else:
        subjects |= {STOP: stops, DURABLE_FLOOR: _durable_floor(bench)}
    bench.settle()
    samples = interleave(subjects, rounds, seconds=bench.seconds)
    times = {name: summary_of(each) for name, each in samples.items()}
    return Measured(rows=_rows(samples, many), times=times, notes=notes, unrest=unrest(samples))


class _Checks:
    """The pre-delegation hook in an empty project and in two that hold *many* sessions."""

    def __init__(self, bench: Bench, many: int) -> None:
        self.bench, self.many = bench, many
        self.empty, self.finished, self.live = (bench.folder("project") for _ in range(3))
        self.past = bench.folder("project")
        self.environment = environment(self.empty)
        fill(_store(self.past), finished=many // 10, live=0)
        self.alone = fill(_store(self.finished), finished=many, live=1)[0]
        self.all = fill(_store(self.live), finished=0, live=many)

    def programs(self) -> dict[str, Program]:
        known, oldest = {"agent_name": agent(0)}, {"agent_name": agent(0), "task_id": "T0"}
        stranger = {"agent_name": "gitops-operator", "task_id": "T1"}
        by_id = {"agent_name": agent(0), "agent_id": self.all[self.many // 2]}
        found = {
            NONE: self._program(self.empty, stranger, None),
            OTHERS: self._program(self.finished, stranger, None),
            PAST: self._program(self.past, known, None),
            FINISHED: self._program(self.finished, known, self.alone),
            LIVE: self._program(self.live, known, self.all[-1]),
            BY_ID: self._program(self.live, by_id, by_id["agent_id"]),
            OLDEST: self._program(self.live, oldest, self.all[0]),
        }
        return {name.format(self.many): program for name, program in found.items()}

    def _program(self, project: str, request: dict[str, str], expected: str | None) -> Program:
        return _check(self.bench, project, request, expected)


def _check(
    bench: Bench,
    project: str,
    request: dict[str, str],
    expected: str | None,
    **variables: str,
) -> Program:
    asked = {"task_description": "apply the plan", "holder": "bench", **request}
    program = _hook(bench, "pre_delegate.py", project, _payload(project, asked))
    program.environment |= variables
    answer = json.loads(program.output())
    if (answer["should_resume"], answer["agent_id"]) != (expected is not None, expected):
        raise RuntimeError(f"the hook answers {answer['reason']} for {answer['agent_id']}")
    return program


def _checks_in_sqlite(bench: Bench, many: int) -> dict[str, Program]:
    """The same in a store in a file of SQLite, which a variable names."""
    project, path = bench.folder("project"), f"{bench.folder('sqlite')}/sessions.db"
    crowd = Crowd(many + 1, active=1, agents=1)
    databases.fill(f"sqlite:{path}", crowd)
    store = {"AGENT_SESSION_STORE": f"sqlite:{path}"}
    stranger, known = {"agent_name": "gitops-operator"}, {"agent_name": agent(0)}
    return {
        IN_SQLITE_OTHERS.format(many): _check(bench, project, stranger, None, **store),
        IN_SQLITE.format(many): _check(bench, project, known, crowd.live_ids[0], **store),
    }


def _store(project: str) -> str:
    os.makedirs(f"{project}/.claude", exist_ok=True)
    return f"{project}/{SESSIONS}"


def _payload(project: str, request: dict[str, Any]) -> str:
    folder = f"{project}/payloads"
    os.makedirs(folder, exist_ok=True)
    path = f"{folder}/{len(os.listdir(folder))}.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(request, file)
    return path


def _hook(bench: Bench, name: str, project: str, payload: str) -> Program:
    arguments = [bench.python, "-I", "-S", f"{bench.tree}/hooks/{name}"]
    return Program(arguments, environment(project), payload)


def _stops(bench: Bench, runs: int) -> Subject | None:
    """The stop hook, each time of another session; None where there is no such hook."""
    if not os.path.exists(f"{bench.tree}/src/agent_session/surfaces/hooks/subagent_stop.py"):
        return None
    project = bench.folder("project")
    sessions = wire("bench", store=f"files:{_store(project)}").sessions
    programs = iter([_stop(bench, project, sessions, number) for number in range(runs)])
    _see_that_it_finalizes(project, next(programs))
    return lambda: next(programs).run()


def _stop(bench: Bench, project: str, sessions: Any, number: int) -> Program:
    with without_syncs():
        agent_id = sessions.create(agent(0), "approval_workflow", metadata(number))["agent_id"]
        sessions.update(agent_id, "executing")
    about = {
        "agent_id": agent_id,
        "task_id": f"T{number}",
        "agent": agent(0),
        "tier": "T3",
        "tags": [],
    }
    payload = {"task_info": about, "agent_output": "all is done\nexit code: 0", "exit_code": 0}
    return _hook(bench, "subagent_stop.py", project, _payload(project, payload))


def _see_that_it_finalizes(project: str, program: Program) -> None:
    program.output()
    with open(program.stdin, encoding="utf-8") as file:
        agent_id = json.load(file)["task_info"]["agent_id"]
    record = wire("bench", store=f"files:{project}/{SESSIONS}").sessions.get(agent_id)
    if record["phase"] != "completed":
        raise RuntimeError(f"the stop hook left the session {record['phase']}")


def _durable_floor(bench: Bench) -> Subject:
    folder = bench.folder("project")
    program = [bench.python, "-I", "-S", "-c", _APPEND.format(f"{folder}/log")]
    return Program(program, environment(folder)).run


def _rows(samples: Samples, many: int) -> list[Row]:
    return list(_each_row(samples, many))


def _each_row(samples: Samples, many: int) -> Iterator[Row]:
    for form, aim in AIMS.items():
        name = form.format(many)
        if name in samples:
            yield ratio(samples, name, name, FLOOR, aim)
    for form in (FINISHED, LIVE, BY_ID, STOP, IN_SQLITE):
        name = form.format(many)
        if name in samples and DURABLE_FLOOR in samples:
            yield ratio(samples, f"{name}, against a bare durable append", name, DURABLE_FLOOR)
