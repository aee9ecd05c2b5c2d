"""An agent asks in its own words: which of them count, and what is wrong with the rest."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core.codec import LONGEST_STRING
from agent_session.core.errors import InvalidValueError
from agent_session.core.requests import EXAMPLE, INFO, block_in, request_in


def fenced(content: str, fence: str = "```", info: str = INFO) -> str:
    return f"{fence}{info}\n{content}\n{fence}"


def block(**fields: Any) -> str:
    return json.dumps({"summary": "apply", "plan": "terraform apply", **fields})


class TestTheBlock:
    @pytest.mark.parametrize("message", ["", "done", "```\nx\n```", "```json\n{}\n```", INFO])
    def test_a_message_without_one_of_ours_asks_for_nothing(self, message: str):
        assert block_in(message) is None

    @pytest.mark.parametrize("fence", ["```", "````", "~~~", "~~~~~"])
    def test_any_fence_of_markdown_holds_it(self, fence: str):
        assert block_in(f"I ask:\n{fenced('{}', fence)}\nand stop.") == "{}"

    @pytest.mark.parametrize(
        "opening", [f"``` {INFO}", f"  ```{INFO}", f"```{INFO} json", f"```\t{INFO}\r"]
    )
    def test_it_may_be_indented_and_say_more(self, opening: str):
        assert block_in(f"{opening}\n{{}}\n  ```  \r\n") == "{}"

    @pytest.mark.parametrize(
        "opening", [f"``{INFO}", f"```{INFO}s", f"```my-{INFO}", f"`~`{INFO}", f"> ```{INFO}"]
    )
    def test_what_only_looks_like_it_is_not_it(self, opening: str):
        assert block_in(f"{opening}\n{{}}\n```") is None

    def test_only_a_fence_as_long_and_alone_on_its_line_closes_it(self):
        inner = "``\n~~~~\n```\n````x\n{}"

        assert block_in(f"````{INFO}\n{inner}\n`````\nrest") == inner

    def test_of_several_the_last_counts(self):
        assert block_in(fenced("1") + "\nno:\n" + fenced("2")) == "2"

    @pytest.mark.parametrize("end", ["", "\n``", "\n~~~"])
    def test_one_that_nobody_closed_ends_with_the_message(self, end: str):
        assert block_in(f"{fenced('1')}\n```{INFO}\n{{}}{end}") == "{}" + end

    def test_an_empty_one_is_one(self):
        assert block_in(f"```{INFO}\n```") == ""
        assert block_in(f"```{INFO}") == ""

    @pytest.mark.parametrize("character", "\u2028\u2029\x85\x0b\x0c\x1c")
    def test_no_line_ends_but_where_markdown_ends_it(self, character: str):
        content = f'{{"plan": "a{character}```{character}b"}}'

        assert block_in(fenced(content)) == content

    @given(st.text(alphabet="`~ \n" + INFO[:3]) | st.text())
    def test_no_message_is_too_odd_to_be_looked_at(self, message: str):
        found = block_in(message)

        assert found is None or INFO in message


class TestTheRequest:
    def test_the_example_that_agents_are_given_is_understood(self):
        asked = request_in(EXAMPLE)

        assert (asked.summary, asked.plan) == ("one line", "exactly what you will do")
        assert (asked.files, asked.expires) == (["*.tf"], None)

    @pytest.mark.parametrize("more", [{}, {"files": None, "expires": None}])
    def test_files_and_the_wait_need_not_be_said(self, more: dict[str, Any]):
        asked = request_in(block(**more))

        assert (asked.summary, asked.plan) == ("apply", "terraform apply")
        assert (asked.files, asked.expires) == ([], None)

    def test_a_wait_is_a_duration(self):
        assert request_in(block(expires="1.5h")).expires == timedelta(minutes=90)

    def test_what_is_asked_for_keeps_its_blanks(self):
        assert request_in(block(plan=" a\n\u2028 b ")).plan == " a\n\u2028 b "

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "not JSON"),
            ("{", "not JSON"),
            ("{} {}", "not JSON"),
            ('{"plan": "x", "plan": "y"}', "duplicate key"),
            ("[]", "a JSON object is needed, such as"),
            ('"x"', "a JSON object is needed"),
            ("null", "a JSON object is needed"),
            (block(file=["x"]), "unknown key 'file'; known: summary, plan, files, expires"),
            (block(**{"\u202e" * 99: 1}), r"unknown key '\\u202e"),
            (block(plan="\ud800"), "surrogate"),
            (block(plan="x" * (LONGEST_STRING + 1)), "request.plan"),
            ("[" * 99999, "nested too deeply"),
        ],
    )
    def test_what_is_no_request_says_why(self, text: str, says: str):
        with pytest.raises(InvalidValueError, match=says) as told:
            request_in(text)

        assert len(str(told.value)) < 400

    @pytest.mark.parametrize("key", ["summary", "plan"])
    @pytest.mark.parametrize("value", [None, "", " \n", 7, True, ["x"], {"x": 1}])
    def test_it_says_what_it_is_about(self, key: str, value: Any):
        with pytest.raises(InvalidValueError, match=f'"{key}" must be a text'):
            request_in(block(**{key: value}))

    @pytest.mark.parametrize("value", ["*.tf", 7, {"a": 1}, [7], [""], ["x", None], ["x"] * 65])
    def test_files_are_a_list_of_globs(self, value: Any):
        with pytest.raises(InvalidValueError, match='"files" must be a list of at most 64'):
            request_in(block(files=value))

    def test_there_may_be_many_files(self):
        assert request_in(block(files=["x"] * 64)).files == ["x"] * 64

    @pytest.mark.parametrize("value", ["soon", "", 30, True, ["5m"], {}, "5m" * 9999])
    def test_a_wait_that_is_none_says_how_to_say_it(self, value: Any):
        with pytest.raises(InvalidValueError, match=r'"expires": .* is no duration') as told:
            request_in(block(expires=value))

        assert len(str(told.value)) < 200


@pytest.mark.parametrize("around", ["````", "````markdown", "~~~~~", "`````text"])
def test_a_block_that_is_quoted_in_a_longer_fence_asks_for_nothing(around: str):
    closing = around[0] * around.count(around[0])
    quoted = f"Ask like this:\n{around}\n```approval-request\n{{}}\n```\n{closing}\nDone."

    assert block_in(quoted) is None
    assert block_in(f"{quoted}\n```approval-request\nreal\n```") == "real"


def test_a_block_after_one_that_nobody_closed_is_a_block():
    assert block_in("```hcl\nsubnets = 3\n```approval-request\nreal\n```") == "real"
