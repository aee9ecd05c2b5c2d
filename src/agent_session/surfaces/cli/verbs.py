"""Every verb of the command line: the module that does it, imported when it is called, and its
one line of help.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from .arguments import Argument

    class Verb(Protocol):
        """What the module of a verb holds; *run* takes the wiring and the arguments by keyword,
        and gives the status.
        """

        DETAIL: str
        EXAMPLES: tuple[str, ...]
        ARGUMENTS: tuple[Argument, ...]
        run: Callable[..., int]


_COMMANDS = "agent_session.surfaces.cli.commands"

VERBS: Mapping[str, tuple[str, str]] = {
    "create": (f"{_COMMANDS}.create", "start a session and print its id"),
    "update": (f"{_COMMANDS}.update", "set a session's phase, add metadata, note an error"),
    "should-resume": (f"{_COMMANDS}.should_resume", "say whether a session may be resumed now"),
    "get": (f"{_COMMANDS}.get", "print a session's record as JSON"),
    "finalize": (f"{_COMMANDS}.finalize", "end a session as completed, failed or abandoned"),
    "brief": (f"{_COMMANDS}.brief", "print what the agent of a resumed session is told"),
    "claim": (f"{_COMMANDS}.claim", "take a session, so that nobody else resumes it"),
    "heartbeat": (f"{_COMMANDS}.heartbeat", "extend a claim by a sign of life"),
    "release": (f"{_COMMANDS}.release", "give a claim up"),
    "resolve": (f"{_COMMANDS}.resolve", "say what became of a session in doubt"),
    "request-approval": (
        f"{_COMMANDS}.request_approval",
        "ask people to approve a plan or a tool call",
    ),
    "pending": (f"{_COMMANDS}.pending", "list the approvals that wait, or wait for one"),
    "show-approval": (f"{_COMMANDS}.show_approval", "show all that an approval is given for"),
    "approve": (f"{_COMMANDS}.approve", "say yes, as a person at a terminal"),
    "reject": (f"{_COMMANDS}.reject", "say no and why, as a person at a terminal"),
    "verify-approval": (
        f"{_COMMANDS}.verify_approval",
        "check that a decision may be believed",
    ),
    "wait": (f"{_COMMANDS}.wait", "wait until an approval is decided"),
    "use": (f"{_COMMANDS}.use", "use an approval up, just before acting"),
    "ask-again": (f"{_COMMANDS}.ask_again", "repeat a request for the world as it is now"),
    "serve": (f"{_COMMANDS}.serve", "show inbox and sessions as a web page on this machine"),
    "list": (f"{_COMMANDS}.list", "list sessions, newest activity first"),
    "why": (f"{_COMMANDS}.why", "show every criterion of a resume, and which one decided"),
    "timeline": (f"{_COMMANDS}.timeline", "tell what happened to a session, oldest first"),
    "replay": (f"{_COMMANDS}.replay", "show what each step changed, or the record as it was"),
    "fork": (f"{_COMMANDS}.fork", "start a session from what another one knows"),
    "merge": (f"{_COMMANDS}.merge", "bring what one session has learned into another"),
    "diff": (f"{_COMMANDS}.diff", "show where two sessions differ"),
    "stats": (f"{_COMMANDS}.stats", "show whether resuming works: rates, times and targets"),
    "suggest": (f"{_COMMANDS}.suggest", "name the waiting session that a request continues"),
    "patterns": (f"{_COMMANDS}.patterns", "show what goes wrong again and again"),
    "episode": (f"{_COMMANDS}.episode", "list the sessions that ran in a stretch of time"),
    "cleanup": (f"{_COMMANDS}.cleanup", "remove sessions that were idle for too long"),
    "prune": (f"{_COMMANDS}.prune", "keep the last turns of a session's record"),
    "compact": (f"{_COMMANDS}.compact", "shorten the journals of sessions that are over"),
    "copy": (f"{_COMMANDS}.copy", "bring all sessions of one store into another"),
    "verify": (f"{_COMMANDS}.verify", "check journals and snapshots, and repair them"),
    "settings": (f"{_COMMANDS}.settings", "show every setting, and who has set it"),
    "doctor": (f"{_COMMANDS}.doctor", "look at the store, the settings and the hooks"),
    "mcp": (f"{_COMMANDS}.mcp", "serve an agent's tools to an MCP client"),
    "install": (f"{_COMMANDS}.install", "have Claude Code call the hooks"),
    "uninstall": (f"{_COMMANDS}.uninstall", "have Claude Code call the hooks no more"),
    "completion": (f"{_COMMANDS}.completion", "print the completion script of a shell"),
}


def load(verb: str) -> Verb:
    """The module of *verb*, which is one of VERBS."""
    path = VERBS[verb][0]
    __import__(path)  # not importlib, which costs a short process a millisecond
    module: Verb = sys.modules[path]
    return module
