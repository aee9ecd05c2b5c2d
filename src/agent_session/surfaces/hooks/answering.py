"""What waits for a person's answer, told where they look; and their answer, typed into the
host's own prompt.

The model is told what waits, and never the code: that goes to the person alone.
"""

from __future__ import annotations

from agent_session.core import Late, approvals, asking
from agent_session.core.codec import canonical
from agent_session.core.store import is_approval_id
from agent_session.core.visible import one_line, shortened

from .joined import command, is_attended
from .neutral import SILENCE, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from agent_session.core import errors
    from agent_session.core.approvals import Approval
    from agent_session.services import decisions
    from agent_session.services.approvals import Asked
    from agent_session.world import chat_codes, users

    from .joined import Joined
else:
    errors = Late("agent_session.core.errors")
    decisions = Late("agent_session.services.decisions")
    chat_codes = Late("agent_session.world.chat_codes")
    users = Late("agent_session.world.users")

_MOST_TOLD = 5
_LONGEST_SUMMARY = 120
_LONGEST_SHOWN = 1000
_MOST_LINES_SHOWN = 24
_BECAUSE = " because "


class Said:
    """An answer as it was typed: the *verb*, for which approval, the *code*, and the reason."""

    __slots__ = ("approval_id", "code", "reason", "verb")

    def __init__(self, verb: str, approval_id: str, code: str, reason: str | None) -> None:
        self.verb = verb
        self.approval_id = approval_id
        self.code = code
        self.reason = reason


def said_in(prompt: str) -> Said | None:
    """`approve ap-... CODE` or `reject ap-... CODE because ...`, exactly; else None."""
    head, because, reason = prompt.partition(_BECAUSE)
    words = head.split(" ")
    if len(words) != 3 or not is_approval_id(words[1]) or not words[2]:
        return None
    if words[0] == "approve" and not because:
        return Said(words[0], words[1], words[2], None)
    if words[0] == "reject" and reason.strip():
        return Said(words[0], words[1], words[2], reason.strip())
    return None


def answered(prompt: str, joined: Joined, host: Any) -> Answer | None:
    """Decide what *prompt* says; None where it is no answer at all.

    What decides nothing is kept from the model, which might take it for a yes.
    """
    said = said_in(prompt)
    if said is None:
        return None
    if not is_attended(host, joined.wiring.variables):
        return Answer(block=_undecided(said, "nobody sits at this session, so it has no chat"))
    try:
        approval = joined.wiring.approvals.get(said.approval_id).approval
        if said.code != _code(approval, joined):
            return Answer(block=_undecided(said, "the code is not the one that was shown"))
        _decide(said, approval, joined)
    except (errors.AgentSessionError, OSError) as error:
        return Answer(block=f"agent-session: nothing was decided: {error}")
    return Answer(context=_what_follows(said, approval, joined, host))


def _undecided(said: Said, why: str) -> str:
    return (
        f"agent-session: nothing was decided: {why}. Clear the line before you type it again; "
        f"or, in a terminal of your own: {command()} {said.verb} {said.approval_id}"
    )


def _decide(said: Said, approval: Approval, joined: Joined) -> None:
    person = decisions.Person(users.user_name(), approvals.CHAT)
    if said.verb == "approve":
        joined.wiring.decisions.approve(approval, person)
    else:
        joined.wiring.decisions.reject(approval, person, said.reason or "")


def _what_follows(said: Said, approval: Approval, joined: Joined, host: Any) -> str:
    record = joined.wiring.sessions.get(approval["agent_id"])
    verdict = "approved" if said.verb == "approve" else "rejected"
    agent_id = (record["host"] or {}).get("agent_id")
    if agent_id is not None:
        return _wake(verdict, said.approval_id, agent_id, host)
    how = "Go on; what was approved may be done once, exactly as it was asked for."
    return (
        f"agent-session: the person has {verdict} {said.approval_id}. "
        f"{how if verdict == 'approved' else 'Do not do it.'}"
    )


def _wake(verdict: str | None, approval_id: str, agent_id: str, host: Any) -> str:
    return (
        f"agent-session: the person has {verdict} {approval_id}. Wake its agent, which is told "
        f"so: {host.message_call(agent_id)}."
    )


def _code(approval: Approval, joined: Joined) -> str:
    asked = canonical(asking.asked_for(approval)).encode()
    code: str = chat_codes.code_for(asked, joined.wiring.variables)
    return code


# --- telling ----------------------------------------------------------------------------------


def told(prompt: str, joined: Joined, host: Any) -> Answer:
    """What waits, for the model: a line each, so that it knows whom to wait for.

    A prompt that holds a code is kept from it: it was meant as an answer, and the code is still
    good.
    """
    waiting = joined.wiring.approvals.pending()
    if is_attended(host, joined.wiring.variables):
        for each in waiting[:_MOST_TOLD]:
            code = _code_shown(each.approval, joined)
            if code is not None and code in prompt.lower():
                return Answer(block=_misspelt(each.approval))
    lines = [*_answers(joined, host), *(_for_model(waiting) if waiting else ())]
    return Answer(context="\n".join(lines[:_MOST_TOLD])) if lines else SILENCE


def _answers(joined: Joined, host: Any) -> list[str]:
    """Which agents of this conversation have been answered elsewhere, and wait to be woken."""
    services, origin = joined.wiring.hosts, joined.origin
    now = joined.wiring.now()
    answered = (
        joined.wiring.resumes.judge(each["agent_id"])
        for each in services.of_conversation(origin, live=True)
        if approvals.decided(each, now)
    )
    return [
        _wake(each.decision, each.approval["id"], known["agent_id"], host)
        for each in answered
        if each.is_resumable and each.approval and each.record
        for known in [each.record["host"] or {}]
        if known.get("agent_id") and known["session_id"] == origin.session_id
    ]


def _misspelt(approval: Approval) -> str:
    approval_id = approval["id"]
    return (
        "agent-session: nothing was decided, and the prompt is kept from the model, for it "
        "holds a code that only you should know. Type nothing but: approve "
        f"{approval_id} CODE, or: reject {approval_id} CODE because REASON"
    )


def notice(joined: Joined, host: Any) -> str | None:
    """What waits, for the person alone, with the codes."""
    waiting = joined.wiring.approvals.pending()
    return _for_person(waiting, joined, host) if waiting else None


def _for_model(waiting: Sequence[Asked]) -> list[str]:
    lines = [
        f"agent-session: {each.approval['id']} of {_short(each.record['agent_name'])} waits "
        f"for a person's answer until {each.approval['expires_at']}: {_summary(each.approval)}"
        for each in waiting[:_MOST_TOLD]
    ]
    more = len(waiting) - _MOST_TOLD
    if more > 0:
        lines[-1] = f"agent-session: ... and {more + 1} more wait: agent-session pending"
    return lines


def _for_person(waiting: Sequence[Asked], joined: Joined, host: Any) -> str:
    chats = is_attended(host, joined.wiring.variables)
    parts = [_one(each, joined, chats=chats) for each in waiting[:_MOST_TOLD]]
    more = len(waiting) - _MOST_TOLD
    return "\n".join([*parts, *([f"... and {more} more: agent-session pending"] * (more > 0))])


def _one(asked: Asked, joined: Joined, *, chats: bool) -> str:
    approval = asked.approval
    lines = shortened(approval["action"]["shown"], _LONGEST_SHOWN).splitlines()
    what = "\n".join(f"    {one_line(line)}" for line in lines[:_MOST_LINES_SHOWN])
    head = f"{approval['id']} waits for you: {_headline(approval)}\n{what}\n{_files(approval)}"
    code = _code_shown(approval, joined) if chats else None
    if code is not None:
        return (
            f"{head}  type: approve {approval['id']} {code}\n"
            f"  or:   reject {approval['id']} {code} because REASON"
        )
    more = "" if _is_shown_whole(approval) else "    ... there is more of it\n"
    return f"{head}{more}  in a terminal of your own: {command()} approve {approval['id']}"


def _headline(approval: Approval) -> str:
    """What a guard has caught stands below, as it would run; else the agent's own summary."""
    if approval.get("guard"):
        return f"a call of {_short(approval['action']['tool'])}, in {_short(approval['cwd'])}"
    return _summary(approval)


def _files(approval: Approval) -> str:
    """How many files it is bound to: the globs of a guard may name none here."""
    files = approval["files"]
    if not files["globs"]:
        return ""
    return f"  bound to {len(files['found'])} files: {_short(', '.join(files['globs']))}\n"


def _code_shown(approval: Approval, joined: Joined) -> str | None:
    """The code, where the person sees here all that they answer; else None, and without a key
    too.
    """
    enough = approvals.suffices(approvals.CHAT, _required(approval, joined))
    if not enough or not _is_shown_whole(approval):
        return None
    try:
        return _code(approval, joined)
    except (errors.AgentSessionError, OSError):
        return None


def _is_shown_whole(approval: Approval) -> bool:
    action = approval["action"]
    shown = action["shown"]
    is_short = len(shown) <= _LONGEST_SHOWN and len(shown.splitlines()) <= _MOST_LINES_SHOWN
    return is_short and not action["hidden"]


def _required(approval: Approval, joined: Joined) -> str:
    return approvals.stronger(approval["required"], joined.wiring.approval_policy.strength)


def _summary(approval: Approval) -> str:
    return _short(approval["summary"] or approval["action"]["shown"])


def _short(text: str) -> str:
    return shortened(one_line(text[: _LONGEST_SUMMARY + 1]), _LONGEST_SUMMARY)
