"""Every attack at every strength, and the table of it in docs/approvals.md:
`python3 -m tests.bypass.matrix` prints it, `--write` puts it into the document.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tests.bypass.attacks import ATTACKS, record_what_is_typed
from tests.bypass.levels import LEVELS
from tests.bypass.machine import a_machine
from tests.project.tree import ROOT

if TYPE_CHECKING:
    from tests.bypass.levels import Level
    from tests.bypass.machine import Machine

DOCUMENT = os.path.join(ROOT, "docs", "approvals.md")
BEGIN, END = "<!-- bypass: begin -->\n", "<!-- bypass: end -->\n"
IN, HELD, NOTHING = "**in**", "held", "nothing to record"


def tried(machine: Machine, level: Level, name: str) -> str:
    """What came of one attack: is it *in*, or was it *held*?"""
    attack = ATTACKS[name]
    if attack is record_what_is_typed and not level.is_signed:
        return NOTHING  # a code is shown anew each time
    level.set_up(machine)
    return IN if passes(machine, attack(machine, level)) else HELD


def passes(machine: Machine, approval_id: str) -> bool:
    """Whether the gate would let the plan run, as it is now."""
    return machine.verifier_runs(f"{machine.program} use {approval_id} --plan plan.md")


def a_true_approval_passes(machine: Machine, level: Level) -> bool:
    """Or `held` would mean nothing."""
    level.set_up(machine)
    approval_id = machine.request()
    machine.person_types(level.command(machine, approval_id))
    return passes(machine, approval_id)


def matrix(machine: Machine) -> dict[str, list[str]]:
    return {level.name: [tried(machine, level, name) for name in ATTACKS] for level in LEVELS}


def table(rows: dict[str, list[str]]) -> str:
    lines = [["the agent …", *ATTACKS], ["---"] * (len(ATTACKS) + 1)]
    lines += [[name, *cells] for name, cells in rows.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def table_in_document() -> str:
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


def _write(found: str) -> None:
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(text[:begin] + found + text[end:])


def main(arguments: list[str]) -> int:
    if os.geteuid() != 0:
        sys.exit("run it as root: it acts as another user")
    with a_machine() as machine:
        for level in LEVELS:
            if not a_true_approval_passes(machine, level):
                sys.exit(f"a true approval is refused at {level.name}")
        found = table(matrix(machine))
    sys.stdout.write(found)
    if "--write" in arguments:
        _write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
