"""completion: a script for each shell, made from the verbs as they are."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from agent_session.surfaces.cli.verbs import VERBS
from tests.surfaces.cli.command_line import CommandLine
from tests.surfaces.cli.processes import AS_MODULE, run


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_the_script_knows_every_verb(cli: CommandLine, shell: str) -> None:
    pytest.importorskip("shtab", reason="completion comes from the extra `cli`")

    ran = cli("completion", shell)

    assert (ran.status, ran.err) == (0, "")
    assert all(verb in ran.out for verb in VERBS)


def test_without_the_extra_it_names_what_to_install(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)

    ran = cli("completion", "bash")

    assert (ran.status, ran.out) == (1, "")
    assert (
        ran.err == "agent-session: completion needs shtab: pip install 'agent-session[cli]'\n"
    )


def _completed(folder: Path, *words: str) -> list[str]:
    """What bash offers after *words*, the last of which has been begun."""
    programs = folder / "programs"
    programs.mkdir()
    (programs / "agent-session").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m agent_session "$@"\n'
    )
    (programs / "agent-session").chmod(stat.S_IRWXU)
    script = """
        eval "$(agent-session completion bash)"
        COMP_WORDS=(agent-session "$@"); COMP_CWORD=$#
        $(complete -p agent-session | sed 's/.*-F \\([^ ]*\\) .*/\\1/') agent-session
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    path = f"{programs}:/usr/bin:/bin"
    return run(folder, "bash", "-c", script, "bash", *words, PATH=path).stdout.split()


def test_bash_completes_verbs(tmp_path: Path) -> None:
    pytest.importorskip("shtab", reason="completion comes from the extra `cli`")

    assert _completed(tmp_path, "c") == [
        "create",
        "claim",
        "cleanup",
        "compact",
        "copy",
        "completion",
    ]


def test_bash_completes_the_ids_of_sessions(tmp_path: Path) -> None:
    pytest.importorskip("shtab", reason="completion comes from the extra `cli`")
    for agent_id in ("mine", "other"):
        run(tmp_path, *AS_MODULE, "create", "--agent-id", agent_id)

    assert _completed(tmp_path, "why", "m") == ["mine"]
