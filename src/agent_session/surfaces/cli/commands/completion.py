"""`completion`: print the completion script of a shell."""

from __future__ import annotations

import sys

from agent_session.surfaces.cli.arguments import Argument
from agent_session.surfaces.cli.render import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Action, ArgumentParser

    from agent_session.wiring import Wiring

SHELLS = ("bash", "zsh", "tcsh")
MISSING = "completion needs shtab: pip install 'agent-session[cli]'"

DETAIL = (
    "Completes verbs, options and the ids of sessions.  Needs: pip install 'agent-session[cli]'"
)
EXAMPLES = (
    "agent-session completion bash > ~/.local/share/bash-completion/completions/agent-session",
    "agent-session completion zsh > ~/.zfunc/_agent-session",
    "agent-session completion tcsh >> ~/.tcshrc",
)
ARGUMENTS = (Argument("shell", " or ".join(SHELLS), shown="SHELL", choices=SHELLS),)

# Ids hold nothing that a shell would expand.
_IDS = "agent-session list 2>/dev/null | cut -f1"
_COMPLETE_ID = {"bash": "_agent_session_ids", "zsh": f"($({_IDS}))", "tcsh": f"`{_IDS}`"}
_COMPLETE_FOLDER = {"bash": "_shtab_compgen_dirs", "zsh": "_files -/", "tcsh": "d"}
_APPROVALS = "agent-session pending 2>/dev/null | cut -f1"
_COMPLETE_APPROVAL = {
    "bash": "_agent_session_approvals",
    "zsh": f"($({_APPROVALS}))",
    "tcsh": f"`{_APPROVALS}`",
}
_COMPLETE_FILE = {"bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f"}
_COMPLETIONS = {
    "agent_id": _COMPLETE_ID,
    "approval_id": _COMPLETE_APPROVAL,
    "key": _COMPLETE_FILE,
    "plan": _COMPLETE_FILE,
    "project": _COMPLETE_FOLDER,
}
_PREAMBLE = {
    "bash": f'_agent_session_ids() {{ compgen -W "$({_IDS})" -- "$1"; }}\n'
    f'_agent_session_approvals() {{ compgen -W "$({_APPROVALS})" -- "$1"; }}'
}


def run(wiring: Wiring, *, shell: str) -> int:
    try:
        import shtab
    except ImportError:
        complain(MISSING)
        return 1
    sys.stdout.write(shtab.complete(_parser(), shell, preamble=_PREAMBLE.get(shell, "")))
    return 0


def _parser() -> ArgumentParser:
    from agent_session.surfaces.cli.parser import build

    def say_how(argument: Argument, action: Action) -> None:
        if argument.keyword in _COMPLETIONS:
            action.complete = _COMPLETIONS[argument.keyword]  # type: ignore[attr-defined]

    return build(when_added=say_how)
