"""The strengths at which the attacks are tried, set up as docs/approvals.md tells people to."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from tests.bypass.machine import PASSPHRASE, USER

if TYPE_CHECKING:
    from tests.bypass.machine import Machine


class Level(NamedTuple):
    """*name* is its row in the table; *owner* is whose the settings and the signers are."""

    name: str
    strength: str
    owner: int

    @property
    def is_signed(self) -> bool:
        return self.strength == "signed"

    def set_up(self, machine: Machine) -> None:
        machine.reset()
        machine.config = machine.home if self.owner == USER else machine.admin
        folder = f"{machine.config}/.config/agent-session"
        settings = json.dumps({"approval.strength": self.strength})
        machine.write(f"{folder}/config.json", settings, self.owner)
        if self.is_signed:
            public = make_key(machine, "key", PASSPHRASE)
            machine.write(f"{folder}/allowed_signers", f"human {public}", self.owner)
        for each in (folder, os.path.dirname(folder)):
            os.chown(each, self.owner, self.owner)

    def command(self, machine: Machine, approval_id: str) -> str:
        """With which a person approves."""
        sign = f" --sign {machine.home}/key" if self.is_signed else ""
        return f"{machine.program} approve {approval_id}{sign}"


def make_key(machine: Machine, name: str, passphrase: str) -> str:
    """The public half of a new key of the user's."""
    path = f"{machine.home}/{name}"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", path]
    subprocess.run(words, check=True, user=USER, group=USER, extra_groups=[], timeout=30)
    with open(f"{path}.pub", encoding="utf-8") as file:
        return file.read()


LEVELS = (
    Level("`terminal`", "terminal", USER),
    Level("`signed`, settings and signers in HOME", "signed", USER),
    Level("`signed`, settings and signers owned by root", "signed", 0),
)
