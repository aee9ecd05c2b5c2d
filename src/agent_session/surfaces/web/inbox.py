"""The inbox, one approval, and a person's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from agent_session.core import approvals
from agent_session.core.errors import AgentSessionError, InvalidValueError
from agent_session.core.store import is_approval_id
from agent_session.services.decisions import Person
from agent_session.world.users import user_name

from .asked import ChangedMeanwhileError, seen_of, view_of
from .pages import page, rendered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from agent_session.core.approvals import Approval

    from .desk import Desk

VERDICTS = {"approve": approvals.APPROVED, "reject": approvals.REJECTED}


# --- looking ----------------------------------------------------------------------------------


def show_inbox(request: Request) -> Response:
    """All that waits, oldest first; and what was answered a moment ago, where the address says
    so.
    """
    answered = list(_answered(request))
    return page(request, "inbox.html", answered=answered, **_inbox(request.app.state.desk))


def _inbox(desk: Desk) -> dict[str, Any]:
    asked = desk.wiring.approvals.pending()
    views = [view_of(desk, each) for each in asked]
    several = sum(each["can_be_ticked"] for each in views) > 1
    return {"asked": views, "several": several, "why_closed": desk.why_closed}


def inbox_fragment(desk: Desk, token: str) -> str:
    """The part of the page that changes while somebody looks at it."""
    return rendered("_inbox.html", token=token, **_inbox(desk))


def show_approval(request: Request) -> Response:
    approval_id = request.path_params["approval_id"]
    return page(
        request,
        "approval.html",
        id=approval_id,
        **_approval(request.app.state.desk, approval_id),
    )


def _approval(desk: Desk, approval_id: str) -> dict[str, Any]:
    asked = desk.wiring.approvals.get(approval_id)
    return {"asked": view_of(desk, asked), "why_closed": desk.why_closed}


def approval_fragment(desk: Desk, approval_id: str, token: str) -> str:
    return rendered("_approval.html", token=token, **_approval(desk, approval_id))


def _answered(request: Request) -> Iterator[Approval]:
    """By the store's word, never by the address's."""
    for approval_id in request.query_params.getlist("answered"):
        if is_approval_id(approval_id):
            approval = request.app.state.desk.wiring.approvals.get(approval_id).approval
            if approval["decision"]:
                yield approval


# --- answering --------------------------------------------------------------------------------


def answer(request: Request) -> Response:
    """One verdict on each request that was ticked; what is refused is told, each with its
    reason, and the others stand.
    """
    form: Mapping[str, list[str]] = request.scope["form"]
    answers = dict(map(_split, form.get("answer", [])))
    if not answers:
        raise InvalidValueError("tick the requests that you mean")
    given = _Answer(_one(form, "verdict"), _one(form, "words"), form.get("read", ()))
    refused: dict[str, str] = {}
    for approval_id, seen in answers.items():
        try:
            given.decide(request.app.state.desk, approval_id, seen)
        except AgentSessionError as error:
            refused[approval_id] = str(error)
    done = [each for each in answers if each not in refused]
    if refused:
        return page(request, "refused.html", status=409, refused=refused, done=done)
    query = "&".join(f"answered={each}" for each in done)
    return RedirectResponse(f"/?{query}", 303)


def _split(answer: str) -> tuple[str, str]:
    approval_id, _, seen = answer.partition(" ")
    if not is_approval_id(approval_id):
        raise InvalidValueError("this is the id of no approval")
    return approval_id, seen


def _one(form: Mapping[str, list[str]], field: str) -> str:
    """The field's only value, empty where the form has none; InvalidValueError for several."""
    values = form.get(field, [""])
    if len(values) != 1:
        raise InvalidValueError(f"the form says {field} more than once")
    return values[0]


class _Answer:
    """A *verdict* with a person's *words*, and the changes that they say they have *read*."""

    def __init__(self, verdict: str, words: str, read: Sequence[str]) -> None:
        if verdict not in VERDICTS:
            raise InvalidValueError("the answer is approve or reject")
        self.verdict = VERDICTS[verdict]
        self.words = words.strip().replace("\r\n", "\n")
        self.read = read

    def decide(self, desk: Desk, approval_id: str, seen: str) -> None:
        """Where the world is still as it was shown: whoever answers, answers what they have
        seen.
        """
        wiring, person = desk.wiring, Person(user_name(), approvals.WEB)
        asked = wiring.approvals.get(approval_id)
        wiring.decisions.require_decidable(asked, self.verdict, person.door)
        changes = wiring.approvals.changes_since(asked.approval)
        if seen != seen_of(asked, changes):
            raise ChangedMeanwhileError(approval_id)
        if self.verdict == approvals.REJECTED:
            wiring.decisions.reject(asked.approval, person, self.words)
        elif changes != [] and seen not in self.read:
            raise InvalidValueError("something has changed since: say that you have read what")
        else:
            wiring.decisions.approve(asked.approval, person, self.words or None)
