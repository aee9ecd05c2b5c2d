"""What a host is asked to call us for: one table, from which the plugin's hooks.json and what
`install` writes are both made.

A registration that *fails closed* stands in the way of what it could not look at: a resume and
a guarded call. All others let the work go on.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

DELEGATING = "^(Agent|Task)$"
MESSAGING = "^SendMessage$"
DELEGATED = "^(Agent|Task|SendMessage)$"
# The client's own reading tools: nothing that they do is ever guarded.
READING = (
    "BashOutput",
    "Glob",
    "Grep",
    "LS",
    "NotebookRead",
    "Read",
    "TaskGet",
    "TaskList",
    "TaskOutput",
    "TodoRead",
    "TodoWrite",
    "ToolSearch",
)
GUARDED = f"^(?!(Agent|Task|SendMessage|{'|'.join(READING)})$)"

# The word on the command line of those that fail closed.
CLOSED = "closed"
SECONDS = 10


class Registration:
    """One *event* of a host, of the tools that *matcher* says (all where there is none)."""

    __slots__ = ("event", "fails_closed", "matcher")

    def __init__(
        self, event: str, matcher: str | None = None, *, fails_closed: bool = False
    ) -> None:
        self.event = event
        self.matcher = matcher
        self.fails_closed = fails_closed


CLAUDE_CODE = (
    Registration("SessionStart"),
    Registration("UserPromptSubmit"),
    Registration("PreToolUse", DELEGATING),
    Registration("PreToolUse", MESSAGING, fails_closed=True),
    Registration("PreToolUse", GUARDED, fails_closed=True),
    Registration("PostToolUse", DELEGATED),
    Registration("PostToolUseFailure", DELEGATED),
    Registration("SubagentStart"),
    Registration("SubagentStop"),
    Registration("Stop"),
    Registration("StopFailure"),
    Registration("SessionEnd"),
)

# Its matchers know no "all but these", so that every tool is looked at by the one hook; what a
# call has come to, it tells of those that succeed alone.
CODEX = (
    Registration("SessionStart"),
    Registration("UserPromptSubmit"),
    Registration("PreToolUse", fails_closed=True),
    Registration("SubagentStart"),
    Registration("SubagentStop"),
    Registration("Stop"),
    Registration("SessionEnd"),
)


def hooks_of(
    table: Sequence[Registration], command: str, args: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """The `hooks` object of a host's settings, in which every handler runs *command* with
    *args*, without a shell.
    """
    return _grouped(table, lambda each: _handler(each, command, args))


def lines_of(table: Sequence[Registration], line: str) -> dict[str, list[dict[str, Any]]]:
    """The same for a host whose handlers are each one *line* of a shell.

    What fails closed ends with 2 where the line itself cannot be run.
    """

    def handler(each: Registration) -> dict[str, Any]:
        said = f"{line} {CLOSED} || exit 2" if each.fails_closed else line
        return {"type": "command", "command": said, "timeout": SECONDS}

    return _grouped(table, handler)


def _grouped(
    table: Sequence[Registration], handler_of: Callable[[Registration], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    hooks: dict[str, list[dict[str, Any]]] = {}
    for each in table:
        group: dict[str, Any] = {} if each.matcher is None else {"matcher": each.matcher}
        group["hooks"] = [handler_of(each)]
        hooks.setdefault(each.event, []).append(group)
    return hooks


def _handler(each: Registration, command: str, args: Sequence[str]) -> dict[str, Any]:
    handler = {"type": "command", "command": command, "args": [*args], "timeout": SECONDS}
    if each.fails_closed:
        handler["args"] = [*args, CLOSED]
        handler["onFailure"] = "block"
    return handler
