"""The whole of a run: read the command line, call the verb, and make one line and a status of
whatever went wrong.
"""

from __future__ import annotations

import os
import sys

from agent_session.core import Late

from .arguments import UsageError
from .plain import read_plain
from .render import complain, say_json
from .verbs import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from agent_session.core import errors
    from agent_session.wiring import Wiring

    from .arguments import Call
else:
    errors = Late("agent_session.core.errors")

REFUSED = 1
USAGE = 2
STORE_FAILED = 3
CLOSED_PIPE = 141  # as a shell tells that SIGPIPE ended a program

# What to do next, beside what the error itself says.
_NEXT = {
    "session_not_found": "`agent-session list` shows those that are there",
    "state_corrupted": "`agent-session verify` says more",
    "approval_not_found": "`agent-session pending` shows those that wait",
}


def run(argv: Sequence[str]) -> int:
    """The status of `agent-session ARGV`; KeyboardInterrupt."""
    _open_closed_streams()
    try:
        status = _status_of(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return CLOSED_PIPE
    except (
        OSError
    ) as error:  # not the store's, which are ours: the output, or the working folder
        _drop_output()
        complain(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        return REFUSED
    return status


def _status_of(argv: Sequence[str]) -> int:
    call = None
    try:
        call = read_plain(argv) or _read(argv)
        return _call(call)
    except SystemExit as printed:  # argparse, once it has printed the help or the version
        return int(printed.code or 0)
    except UsageError as error:
        complain(str(error))
        return USAGE
    except errors.AgentSessionError as error:
        complain(_words_of(error))
        if not isinstance(error, errors.RefusedError):
            return STORE_FAILED
        if call is not None and call.arguments.get("as_json"):
            say_json(_as_json(error))
        return REFUSED


def _as_json(error: errors.RefusedError) -> dict[str, Any]:
    """The refusal, for programs that read what is printed rather than the words."""
    said = {"refused": error.code, "message": str(error)}
    drift = getattr(error, "drift", None)
    return said if drift is None else {**said, "drift": drift}


def _read(argv: Sequence[str]) -> Call:
    from .parser import build, parse

    if argv:
        return parse(argv)
    build(()).print_help(sys.stderr)
    raise SystemExit(USAGE)


def _call(call: Call) -> int:
    return load(call.verb).run(_wired(call), **call.arguments)


def _wired(call: Call) -> Wiring:
    from agent_session.wiring import wire

    if call.project is not None and not os.path.isdir(call.project):
        raise UsageError(f"-C: there is no folder {call.project!r}")
    wiring = wire("cli", store=call.store, project=call.project)
    if call.store is not None:
        try:
            _ = wiring.store
        except errors.InvalidValueError as error:
            raise UsageError(f"--store: {error}") from None
    if call.verb != "doctor":  # which makes them part of its answer
        for complaint in wiring.settings.complaints:
            complain(complaint)
    return wiring


def _words_of(error: errors.AgentSessionError) -> str:
    # An OSError's own text begins with its number.
    said = getattr(error, "strerror", None) or str(error)
    return f"{said}; {_NEXT[error.code]}" if error.code in _NEXT else said


def _open_closed_streams() -> None:
    """Write into nothing where the caller has closed stdout or stderr."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115


def _drop_output() -> None:
    """Let what is still buffered go nowhere; the interpreter complains at its end otherwise."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        pass  # no file of the system's: nothing will be flushed into it
