"""What may become the name of a folder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core.agent_ids import is_agent_id, make_agent_id, require_agent_id
from agent_session.core.errors import InvalidAgentIdError
from tests.examples import NOW

NEVER = [
    "",
    ".",
    "..",
    "../x",
    "/abs",
    "a/b",
    "a\0b",
    "-rf",
    ".hidden",
    "a b",
    "a\n",
    "é",
    "a" * 129,
]


def test_a_new_id_tells_its_utc_time_and_four_random_bytes():
    assert make_agent_id(NOW, b"\xab\xc1\x23\x45\xff") == "agent-20260108-180530-abc12345"


@pytest.mark.parametrize(
    "text", ["a", "7", "agent-20260108-180530-abc12345", "a.b_c-D", "a" * 128]
)
def test_letters_digits_dots_dashes_and_underscores_make_an_id(text: str):
    assert require_agent_id(text) == text


@pytest.mark.parametrize("text", [*NEVER, None, 7, b"a", ["a"], True])
def test_anything_else_is_refused_by_name(text: object):
    with pytest.raises(InvalidAgentIdError, match="is no agent id") as refused:
        require_agent_id(text)

    assert refused.value.agent_id is text
    assert "\n" not in str(refused.value)


@given(st.text())
def test_an_id_never_leaves_its_folder(text: str):
    if is_agent_id(text):
        assert "/" not in text
        assert not text.startswith(".")
        assert text.isascii()
