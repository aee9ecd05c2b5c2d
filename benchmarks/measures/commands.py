"""What a command costs as a whole process, beside the bare interpreter."""

from __future__ import annotations

import os

from benchmarks.bench import Bench
from benchmarks.filling import fill
from benchmarks.programs import Program, bare, environment
from benchmarks.results import Measured, NotMeasuredError
from benchmarks.rounds import interleave, ratio, summary_of, unrest

FLOOR = "python3 -I -S -c pass"
USUAL = "python3 -c pass"
SESSIONS = 20
SCRIPT = "tools/4-memory/agent_session.py"


def measure(bench: Bench) -> Measured:
    command = [bench.python, _script(bench)]
    project = bench.folder("project")
    around = environment(project)
    os.makedirs(f"{project}/.claude", exist_ok=True)
    agent_id = fill(f"{project}/.claude/session", finished=0, live=SESSIONS)[-1]
    verbs = {
        "should-resume": ["should-resume", agent_id],
        "list --json": ["list", "--json"],
        "--help": ["--help"],
    }
    programs = {verb: Program([*command, *words], around) for verb, words in verbs.items()}
    _see_that_they_answer(programs, agent_id)
    subjects = {verb: program.run for verb, program in programs.items()}
    subjects[FLOOR] = Program(bare(bench.python), around).run
    subjects[USUAL] = Program([bench.python, "-c", "pass"], around).run
    samples = interleave(subjects, bench.pick(200, 30), seconds=bench.seconds)
    rows = [
        ratio(samples, "should-resume", "should-resume", FLOOR, 3),
        ratio(samples, f"list --json, {SESSIONS} sessions", "list --json", FLOOR, 3.5),
        ratio(samples, "--help", "--help", FLOOR, 3.5),
        ratio(samples, "the usual interpreter, site and all", USUAL, FLOOR),
    ]
    notes = [f"Run as `python3 {SCRIPT} VERB`, with the usual interpreter: no -I, no -S."]
    times = {name: summary_of(each) for name, each in samples.items()}
    return Measured(rows=rows, times=times, notes=notes, unrest=unrest(samples))


def _script(bench: Bench) -> str:
    path = f"{bench.tree}/{SCRIPT}"
    if not os.path.exists(path):
        raise NotMeasuredError("the command line is not there yet")
    return path


def _see_that_they_answer(programs: dict[str, Program], agent_id: str) -> None:
    for verb, expected in (
        ("should-resume", "True"),
        ("list --json", agent_id),
        ("--help", "usage"),
    ):
        if expected not in programs[verb].output():
            raise RuntimeError(f"{verb} does not say {expected}")
