"""An approval as a person reads it before they answer: first what is approved, all of it and
nothing else, then what it depends on, and only then what the agent says of it.

Every line that somebody else has written begins with a bar, where a line of ours never does;
where the window is too narrow it is broken here, so that its rest cannot pass for a line of
ours.
"""

from __future__ import annotations

from agent_session.core import approvals
from agent_session.core.actions import TOOL
from agent_session.core.drift import lines_of
from agent_session.core.visible import lines, one_line, shortened
from agent_session.telling.words import counted, local_time

from .tables import width_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from agent_session.core.approvals import Approval
    from agent_session.services.approvals import Asked
    from agent_session.wiring import Wiring

_BAR = "| "
_GOES_ON = "|+"
_LONGEST_ID = 40
_DIGITS = 16


def material(wiring: Wiring, asked: Asked, width: int | None = None) -> list[str]:
    """The lines to show, each safe to look at, those of others at most *width* columns wide."""
    approval = asked.approval
    parts = (
        _title(asked),
        _action(approval, width),
        _files(approval, width),
        _place(approval, width),
        _changes(wiring, approval, width),
        _again(approval, width),
        _words_of_agent(asked, width),
        _state(wiring, approval, width),
    )
    # Ours hold words of the journal, which somebody may have forged.
    return [one_line(line) for part in parts for line in part]


def barred(texts: Iterable[str], width: int | None) -> Iterator[str]:
    """What others have written, line by line behind a bar."""
    for text in texts:
        for line in lines(text):
            for at, piece in enumerate(_pieces(line, width)):
                bar = _GOES_ON if at else _BAR
                yield f"{bar}{piece}" if piece else bar.rstrip()


def _pieces(line: str, width: int | None) -> list[str]:
    room = len(line) + 1 if width is None else max(width - len(_BAR) - 1, 8)
    if line.isascii():
        return [line[at : at + room] for at in range(0, len(line), room)] or [""]
    pieces, piece, taken = [], "", 0
    for char in line:
        wide = width_of(char)
        if taken + wide > room:
            pieces.append(piece)
            piece, taken = "", 0
        piece += char
        taken += wide
    return [*pieces, piece]


# --- the parts --------------------------------------------------------------------------------


def _title(asked: Asked) -> Iterator[str]:
    yield f"Approval {asked.approval['id']} for session {asked.record['agent_id']}"


def _action(approval: Approval, width: int | None) -> Iterator[str]:
    action = approval["action"]
    yield ""
    if action["kind"] == TOOL:
        yield "To be approved: one call of the tool"
        yield from barred([action["tool"]], width)
        yield f"with this input ({counted(action['size'], 'byte')}):"
    else:
        yield f"To be approved: this plan ({counted(action['size'], 'byte')}):"
    yield from barred([action["shown"]], width)
    for sentence in action["hidden"]:
        yield f"NOT INSPECTABLE: {sentence}"
    yield f"What will run: sha256 {action['action_digest']}"
    yield f"What you see:  sha256 {action['shown_digest']}"
    if action["source"]:
        yield "The plan came from the file"
        yield from barred([action["source"]], width)


def _files(approval: Approval, width: int | None) -> Iterator[str]:
    found = approval["files"]["found"]
    if not approval["files"]["globs"]:
        return
    yield ""
    yield f"Files that must not change until then ({len(found)}), as these say:"
    yield from barred(approval["files"]["globs"], width)
    yield "They were:"
    yield from barred(map(_file, found), width)


def _file(seen: Mapping[str, Any]) -> str:
    """One file; its whole digest is in --json."""
    leads_to = "" if seen["target"] is None else f" -> {seen['target']}"
    digest = f"sha256 {seen['sha256'][:_DIGITS]}…" if seen["sha256"] else "no plain file"
    size = counted(seen["size"], "byte")
    return f"{seen['path']}{leads_to}  {size}, mode {seen['mode']:04o}, {digest}"


def _place(approval: Approval, width: int | None) -> Iterator[str]:
    yield ""
    yield "In the folder"
    yield from barred([approval["cwd"]], width)
    git = approval["git"]
    if git is None:
        yield "which is in no git repository."
        return
    yield "where git was at"
    yield from barred([f"{git['head'] or 'no commit'} ({git['branch'] or 'no branch'})"], width)
    dirty = git.get("dirty")
    if dirty is None:
        yield "Uncommitted changes: git could not tell."
    elif not dirty:
        yield "Uncommitted changes: none."
    else:
        yield f"Uncommitted changes ({len(dirty)}):"
        yield from barred(dirty, width)


def _changes(wiring: Wiring, approval: Approval, width: int | None) -> Iterator[str]:
    """What has changed since: looked at as long as that matters."""
    if approval["status"] == approvals.DRIFTED:
        yield ""
        yield "It no longer holds, for this had changed when it was to be used:"
        yield from barred(lines_of(approval.get("drift") or ()), width)
    elif approval["status"] in approvals.OPEN:
        yield ""
        yield from _since(wiring, approval, width)


def _since(wiring: Wiring, approval: Approval, width: int | None) -> Iterator[str]:
    found = wiring.approvals.changes_since(approval)
    if found is None:
        yield "What has changed since the request CANNOT BE TOLD: a file cannot be looked at."
    elif found:
        yield "CHANGED since the request:"
        yield from barred(lines_of(found), width)
    else:
        yield "Nothing of that has changed since the request."


def _again(approval: Approval, width: int | None) -> Iterator[str]:
    again = approval.get("again")
    if not again:
        return
    yield ""
    yield f"It repeats the request {shortened(again['of'], _LONGEST_ID)}."
    if again["drift"]:
        yield "Between the two, of the files:"
        yield from barred(lines_of(again["drift"]), width)
    if again["text"]:
        yield "Between the two, of what is to be approved:"
        yield from barred(again["text"], width)


def _words_of_agent(asked: Asked, width: int | None) -> Iterator[str]:
    record = asked.record
    yield ""
    yield "The agent that asks calls itself, and what it does:"
    yield from barred([record["agent_name"], record["purpose"]], width)
    if asked.approval["summary"] is None:
        yield "It gives no summary."
        return
    yield "In the agent's own words, which nobody has checked:"
    yield from barred([asked.approval["summary"]], width)


def _state(wiring: Wiring, approval: Approval, width: int | None) -> Iterator[str]:
    status = wiring.approvals.status(approval)
    yield ""
    yield f"Requested: {local_time(approval['requested_at'])}"
    yield f"Expires:   {local_time(approval['expires_at'])}"
    yield f"Required:  an answer of strength {approval['required']} or stronger"
    yield f"Status:    {status}"
    decision = approval["decision"]
    if decision is None:
        return
    yield (
        f"Decision:  {decision['verdict']} at {local_time(decision['at'])}, "
        f"strength {decision['strength']}, by"
    )
    yield from barred([decision["by"]], width)
    if decision["reason"]:
        yield "who says:"
        yield from barred([decision["reason"]], width)
