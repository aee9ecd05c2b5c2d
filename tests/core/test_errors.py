"""Errors: one base, a word for machines, a sentence for people."""

from __future__ import annotations

import inspect

import pytest

from agent_session.core import errors

CLASSES: list[type[errors.AgentSessionError]] = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if issubclass(cls, errors.AgentSessionError)
]


def test_every_class_of_the_module_is_an_error_of_ours():
    own = [cls for _, cls in inspect.getmembers(errors, inspect.isclass)]

    assert own == CLASSES


def test_every_error_has_a_word_of_its_own():
    codes = [cls.code for cls in CLASSES]

    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (errors.SessionNotFoundError("a"), "no session 'a' in this store"),
        (errors.SessionExistsError("a"), "exists already"),
        (errors.SessionFinalError("a", "failed"), "is failed"),
        (errors.HostTakenError("a"), "this agent has the session 'a' already"),
        (
            errors.UnknownWordError("phase", "zzz", ("a", "b")),
            "unknown phase 'zzz'; known: a, b",
        ),
        (errors.StateCorruptedError("a", "why"), "cannot be read: why"),
        (errors.InvalidAgentIdError("x" * 500), "xxx..."),
        (
            errors.ClaimedError("a", "b\n", "2026"),
            r"is claimed by 'b\n' until 2026; wait, or present its token",
        ),
        (errors.ClaimedError("a", None, "2026"), "claimed by a holder without a name"),
        (errors.StaleClaimError("a", 1, 2), "token 1 of session 'a' is stale"),
        (errors.TokenRequiredError("a"), "claims.require_token is set"),
        (errors.InDoubtError("a", "executing"), "its agent was lost while executing"),
        (errors.NotInDoubtError("a", "planning"), "'a' (planning) is not in doubt"),
        (errors.ApprovalNotFoundError("ap-1"), "no approval 'ap-1' in this store"),
        (errors.ApprovalNotFoundError("ap-1", "a"), "no approval 'ap-1' in session 'a'"),
        (
            errors.AlreadyDecidedError(
                "ap-1", {"verdict": "approved", "by": "ada", "at": "2026"}
            ),
            "approval 'ap-1' was approved by 'ada' at 2026",
        ),
        (errors.NotDecidedError("ap-1", "2026"), "not decided yet; it waits until 2026"),
        (
            errors.ApprovalEndedError("ap-1", "used", "2026"),
            "was used already, and is good for one use (2026); `agent-session ask-again ap-1`",
        ),
        (errors.ActionChangedError("ap-1"), "given for another action"),
        (
            errors.DriftedError("ap-1", [{"what": "changed", "name": "a\nb"}]),
            r"the world has changed: changed 'a\nb'; `agent-session ask-again",
        ),
        (
            errors.DriftedError("ap-1", [{"what": "new", "name": str(n)} for n in range(5)]),
            "new '0', new '1', new '2' and 2 more;",
        ),
        (errors.WrongStoreError("ap-1"), "was asked for in another store"),
        (errors.TooWeakError("ap-1", "chat", "signed"), "signed, and chat is weaker"),
        (errors.BadSignatureError("ap-1", "why"), "is not proven: why"),
        (errors.ChainBrokenError("a", "why"), "does not vouch for the approval: why"),
        (errors.NotAPersonError("inside_agent", "a sentence"), "a sentence"),
    ],
)
def test_an_error_says_what_happened_to_what(error: Exception, says: str):
    assert says in str(error)


def test_what_is_shown_of_a_value_is_one_line_of_plain_text():
    assert str(errors.SessionNotFoundError("a\n\x1b[31m\u202e")) == (
        r"no session 'a\n\x1b[31m\u202e' in this store"
    )


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("rejected", "was rejected"),
        ("expired", "has expired"),
        ("cancelled", "was withdrawn"),
        ("used", "used already"),
        ("drifted", "no longer holds"),
    ],
)
def test_the_end_of_an_approval_is_a_word_of_its_own(status: str, says: str):
    error = errors.ApprovalEndedError("ap-1", status, "2026")

    assert error.code == f"approval_{status}"
    assert says in str(error)


def test_who_is_no_person_is_told_by_the_word_for_why():
    assert errors.NotAPersonError("inside_agent", "why").code == "inside_agent"
