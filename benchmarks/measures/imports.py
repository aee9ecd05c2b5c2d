"""What importing the package costs: a whole process that does, beside one that does not."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.programs import Program, environment
from benchmarks.results import Measured
from benchmarks.rounds import interleave, milliseconds_over, summary_of, unrest

PATH = "import sys; sys.path.insert(0, {0!r}); "
BARE, USUAL = "python3 -I -S", "python3"
PACKAGE = "import agent_session"
NAME = "from agent_session import AgentSession"
HOOK = "from agent_session import pre_delegate_hook"
_AIM_MS = 5.0


def measure(bench: Bench) -> Measured:
    around = environment(bench.folder("project"))
    start = PATH.format(f"{bench.tree}/src")
    subjects = {
        f"{how}, {what or 'bare'}": Program(
            [bench.python, *flags, "-c", start + what], around
        ).run
        for how, flags in ((BARE, ["-I", "-S"]), (USUAL, []))
        for what in ("", PACKAGE, NAME, HOOK)
    }
    samples = interleave(subjects, bench.pick(500, 40), seconds=bench.seconds)
    rows = [
        milliseconds_over(
            samples,
            f"{what} ({how})",
            f"{how}, {what}",
            f"{how}, bare",
            _AIM_MS if is_aimed else None,
        )
        for how in (BARE, USUAL)
        for what, is_aimed in ((PACKAGE, True), (NAME, True), (HOOK, False))
    ]
    times = {name: summary_of(each) for name, each in samples.items()}
    return Measured(rows=rows, times=times, unrest=unrest(samples))
