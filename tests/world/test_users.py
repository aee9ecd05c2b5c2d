"""Who the user of this process is: as the system says, and as nothing else does."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys

import pytest

from agent_session.world.users import user_name

WHO = "from agent_session.world.users import user_name; print(user_name())"
NOBODYS_NUMBER = 54321


def test_a_user_has_the_name_that_the_system_knows() -> None:
    assert user_name() == pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.parametrize("variable", ["USER", "LOGNAME", "USERNAME", "SUDO_USER", "HOME"])
def test_no_variable_names_the_user(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "eve")

    assert user_name() == pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes somebody else")
def test_a_user_whom_the_system_does_not_know_is_a_number() -> None:
    program = (
        f"{WHO.partition('; ')[0]}; import os; os.setuid({NOBODYS_NUMBER}); print(user_name())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert run.stdout == f"uid {NOBODYS_NUMBER}\n"
