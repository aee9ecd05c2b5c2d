"""Runs a program of agent-session as if it were later: `later.py HOURS -m agent_session VERB`,
or `later.py HOURS hooks/HOOK.py`. The clock of that one process is moved, and nothing else.
"""

from __future__ import annotations

import runpy
import sys
from datetime import timedelta

from agent_session import wiring


def main(hours: str, program: str, words: list[str]) -> None:
    passed, real_now = timedelta(hours=float(hours)), wiring.utc_now
    wiring.utc_now = lambda: real_now() + passed
    if program == "-m":
        program, words = words[0], words[1:]
        sys.argv = [program, *words]
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        sys.argv = [program, *words]
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
