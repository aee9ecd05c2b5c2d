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
        (
            errors.UnknownWordError("phase", "zzz", ("a", "b")),
            "unknown phase 'zzz'; known: a, b",
        ),
        (errors.StateCorruptedError("a", "why"), "cannot be read: why"),
        (errors.InvalidAgentIdError("x" * 500), "xxx..."),
    ],
)
def test_an_error_says_what_happened_to_what(error: Exception, says: str):
    assert says in str(error)


def test_what_is_shown_of_a_value_is_one_line_of_plain_text():
    assert str(errors.SessionNotFoundError("a\n\x1b[31m\u202e")) == (
        r"no session 'a\n\x1b[31m\u202e' in this store"
    )
