"""Which tool calls a guard catches, what an approval of one binds, and what is no guard."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_session.core.guards import (
    Guard,
    bound_input,
    caught,
    complaint_about,
    guards_of,
    is_plainly_one,
    may_concern,
)
from agent_session.core.registrations import READING
from agent_session.core.shell import LONGEST
from agent_session.core.shell_globs import Glob, of_commands
from tests.core.shell_examples import INNOCENTS, UNTOLD, VARIANTS, WRAPPED_ELSEWHERE

APPLY = Guard("Bash", "terraform apply *", ["*.tf"])


def bash(command: object) -> dict[str, Any]:
    return {"command": command, "description": "said"}


def statement_of(match: str, command: object) -> str | None:
    found = caught([Guard("Bash", match)], "Bash", bash(command))
    return None if found is None else found.statement


def catches(match: str, command: str) -> bool:
    return statement_of(match, command) is not None


# --- commands ---------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [*VARIANTS, *WRAPPED_ELSEWHERE])
def test_a_guard_catches_a_command_however_it_is_written(command: str):
    assert may_concern([APPLY], "Bash", bash(command))
    assert caught([APPLY], "Bash", bash(command)) is not None


@pytest.mark.parametrize("command", INNOCENTS)
def test_words_that_are_no_command_are_not_caught(command: str):
    assert caught([APPLY], "Bash", bash(command)) is None


@pytest.mark.parametrize("command", [each for each in UNTOLD if "terraform" in each])
def test_what_cannot_be_told_is_caught_whole_where_the_program_s_name_occurs(command: str):
    found = caught([APPLY], "Bash", bash(command))

    assert found is not None
    assert (found.guard, found.statement) == (APPLY, command)


@pytest.mark.parametrize("command", ["$CMD apply", "'open", "$(terra"])
def test_what_cannot_be_told_is_not_caught_where_no_program_s_name_occurs(command: str):
    assert not may_concern([APPLY], "Bash", bash(command))
    assert caught([APPLY], "Bash", bash(command)) is None


@pytest.mark.parametrize(
    "command",
    [
        "terraform apply p",
        "  terraform 'apply'  p 2>&1 # x",
        "cd x && X=1 sudo /usr/local/bin/terraform apply p",
        "bash -c 'terraform apply \"p\"'",
    ],
)
def test_a_statement_is_spelt_the_same_however_it_was_written(command: str):
    assert statement_of("terraform apply *", command) == "terraform apply p"


@pytest.mark.parametrize(
    ("command", "statement"),
    [
        ("a 'b c'", "a 'b c'"),
        ("a b c", "a b c"),
        ("a ''", "a ''"),
        ('a "it\'s"', "a 'it'\"'\"'s'"),
        ("/opt/x/a b", "/opt/x/a b"),
        ("./a b", "./a b"),
        ("a é", "a 'é'"),
    ],
)
def test_a_statement_tells_where_each_word_ends(command: str, statement: str):
    assert statement_of("a *", command) == statement


@pytest.mark.parametrize(
    ("match", "command", "is_caught"),
    [
        ("kubectl delete *", "kubectl -n prod delete pod x", True),
        ("kubectl delete *", "kubectl --wait -n prod delete pod x", True),
        ("kubectl delete *", "kubectl -n prod --wait delete pod x", True),
        ("kubectl delete *", "kubectl --namespace=prod delete pod x", True),
        ("kubectl delete *", "kubectl -n $NS delete pod x", True),
        ("kubectl delete *", "kubectl -n $NS get pods", False),
        ("kubectl delete *", "kubectl $NS get pods", True),
        ("kubectl delete *", "kubectl get pods $X", False),
        ("kubectl delete *", "kubectl get delete", False),
        ("kubectl delete *", "kubectl $FLAGS delete pod x", True),
        ("kubectl delete *", "kubectl $VERB pod x", True),
        ("kubectl delete *", "kubectl de${x}te pod x", True),
        ("kubectl delete *", "kubectl {delete,pod,x}", True),
        ("kubectl delete *", "kubectl", False),
        ("kubectl delete", "kubectl $VERB", True),
        ("terraform apply *", "terraform -chdir=infra apply p", True),
        ("terraform apply *", "terraform apply", True),
        ("terraform apply *", "terraform applyx", False),
        ("terraform apply*", "terraform applyx", True),
        ("terraform apply", "terraform apply p", True),
        ("terraform apply", "terraform apply -auto-approve", True),
        ("terraform apply **", "terraform apply p", True),
        ("terraform ?pply *", "terraform apply p", True),
        ("TerraForm apply *", "terraform apply p", True),
        ("terraform apply *", "TERRAFORM apply p", True),
        ("terraform apply *", "terraform APPLY p", False),
        ("/usr/bin/terraform apply *", "terraform apply p", True),
        ("*/terraform apply *", "terraform apply p", True),
        ("./deploy.sh *", "bash deploy.sh prod", True),
        ("terra* apply *", "terraform apply p", True),
        ("* apply *", "tofu -x apply p", True),
        ("?ofu apply *", "tofu apply p", True),
        ("*", "ls", True),
        ("*", "'", True),
        ("*", "# nothing", False),
        ("sudo *", "sudo -u x ls", True),
        ("git push * main", "git push origin main", True),
        ("git push * main", "git push origin other", False),
        ("git push * --force *", "git push origin main --force", True),
        ("git push --force *", "git -C x push --force", True),
        ("rm -rf *", "rm -rf x", True),
        ("aws * delete*", "aws s3 cp $A $B", False),
        ("psql *drop*", "psql -c 'drop table x'", True),
        ("git x -- y", "git x -- y", True),
        ("git y", "git -- y", True),
        ("git y", "git -- x y", False),
    ],
)
def test_a_match_is_a_glob_over_the_words(match: str, command: str, is_caught: bool):
    assert catches(match, command) is is_caught


def test_the_first_guard_that_catches_is_told():
    first, second = Guard("Bash", "a b *"), Guard("Bash", "a *")

    assert caught([first, second], "Bash", bash("a c; a b")).guard is first  # type: ignore[union-attr]
    assert caught([first, second], "Bash", bash("a c")).guard is second  # type: ignore[union-attr]


@pytest.mark.parametrize("command", [["terraform", "apply"], {"x": "terraform"}])
def test_a_command_that_is_no_text_cannot_be_told(command: object):
    assert statement_of("terraform apply *", command) is not None


@pytest.mark.parametrize("tool_input", [{}, {"command": None}, {"command": 1}])
def test_an_input_without_a_command_is_not_caught(tool_input: dict[str, Any]):
    assert caught([APPLY], "Bash", tool_input) is None


# --- other tools ------------------------------------------------------------------------------


def test_a_guard_without_a_match_catches_every_call_of_its_tools():
    guard = guards_of([{"tool": "mcp__k8s__*"}])[0]

    found = caught([guard], "mcp__k8s__delete", {"b": 1, "a": "é"})

    assert found is not None
    assert found.guard is guard
    assert found.statement == '{"a":"\\u00e9","b":1}'
    assert caught([guard], "mcp__k8s__x", {}) is not None
    assert caught([guard], "mcp__other__delete", {"a": "x"}) is None
    assert not may_concern([guard], "Bash", bash("ls"))


@pytest.mark.parametrize(
    ("tool_input", "is_caught"),
    [
        ({"file_path": "/x/prod/a.yaml", "content": "y"}, True),
        ({"content": "prod/", "n": 1}, True),
        ({"file_path": "/x/dev/a.yaml"}, False),
        ({"deep": {"file_path": "prod/"}}, False),
        ({}, False),
    ],
)
def test_a_match_is_a_glob_over_each_text_of_another_tool_s_input(
    tool_input: dict[str, Any], is_caught: bool
):
    guard = Guard("Write", "*prod/*")

    assert may_concern([guard], "Write", tool_input)
    assert (caught([guard], "Write", tool_input) is not None) is is_caught


def test_a_guard_of_every_tool_catches_commands_too():
    assert caught([Guard("*", "a *")], "Bash", bash("x; a b")) is not None
    assert caught([Guard("*")], "Edit", {}) is not None


def test_an_approval_binds_all_but_what_the_model_says_about_a_command():
    assert bound_input("Bash", {"command": "a", "description": "b", "timeout": 1}) == {
        "command": "a",
        "timeout": 1,
    }
    assert bound_input("Edit", {"description": "b"}) == {"description": "b"}


# --- how little a call costs ------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", ["ls -la", "git status", "terra form apply", "tf apply", "echo ''$x"]
)
def test_a_command_without_the_program_s_name_concerns_no_guard(command: str):
    assert not may_concern([APPLY, Guard("Write")], "Bash", bash(command))


def test_a_call_that_no_guard_concerns_takes_no_command_apart():
    script = (
        "import sys\n"
        "from agent_session.core.guards import Guard, caught\n"
        "assert caught([Guard('Bash', 'a *')], 'Bash', {'command': 'ls'}) is None\n"
        "assert caught([Guard('Bash', 'a *')], 'Edit', {'x': 'a'}) is None\n"
        "heavy = {'re', 'fnmatch', 'json', 'shlex', 'typing', 'agent_session.core.shell',\n"
        "         'agent_session.core.codec', 'agent_session.core.shell_globs'}\n"
        "assert heavy.isdisjoint(sys.modules), heavy & set(sys.modules)\n"
    )
    path = f"import sys; sys.path[:0] = {sys.path!r}\n"

    done = subprocess.run([sys.executable, "-I", "-S", "-c", path + script], check=False)

    assert done.returncode == 0


@pytest.mark.parametrize("match", ["*a*" * 333, "?" * 1000, "* " * 500, "a" * 1000, "*a?*b*"])
@pytest.mark.parametrize("piece", ["a", "a ", "*", "-a ", "$x ", "ab"])
def test_no_match_and_no_text_take_long(match: str, piece: str):
    text = (piece * LONGEST)[:LONGEST]
    begun = time.process_time()

    Glob(match).matches(text)
    of_commands(match).matches_words(["a", *text.split()])

    assert time.process_time() - begun < 3


def simple_match(pattern: str, text: str) -> bool:
    """What a glob means, told in the plainest way."""
    if not pattern:
        return not text
    if pattern == " *" and not text:
        return True
    if pattern[0] == "*":
        return any(simple_match(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in {"?", text[0]} and simple_match(pattern[1:], text[1:])


@settings(deadline=None, max_examples=200)
@given(st.text("ab *?", max_size=7), st.text("ab ", max_size=8))
def test_a_glob_matches_as_it_is_defined(pattern: str, text: str):
    while "**" in pattern:
        pattern = pattern.replace("**", "*")

    assert Glob(pattern).matches(text) is simple_match(pattern, text)


@settings(deadline=1000, max_examples=100)
@given(st.text(max_size=100))
def test_any_text_is_caught_or_is_not(text: str):
    found = caught([Guard("Bash", "*a* *")], "Bash", bash(text))

    assert found is None or found.statement


# --- what is no guard -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {"tool": "Bash", "match": "terraform apply *", "files": ["*.tf", "plan.tfplan"]},
        {"tool": "Bash", "match": "x"},
        {"tool": "Bash", "match": "x 'a;b'", "files": []},
        {"tool": "Write"},
        {"tool": "mcp__kubernetes__*", "match": "*prod & more*"},
        {"tool": "*"},
        {"tool": "Write", "match": "é"},
    ],
)
def test_there_is_no_complaint_about_a_guard(value: dict[str, Any]):
    assert complaint_about(value) is None

    guard = guards_of([value])[0]
    assert guard.tool == value["tool"]
    assert guard.match == value.get("match", "*")
    assert guard.files == value.get("files", [])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "an object"),
        ([], "an object"),
        ({}, "tool: a text"),
        ({"tool": 1}, "tool: a text"),
        ({"tool": ""}, "tool: a text"),
        ({"tool": "a" * 201}, "at most 200"),
        ({"tool": "a\x1b"}, "nobody sees"),
        ({"tool": "a b"}, "blank"),
        ({"tool": "bash", "match": "a"}, "called Bash, not bash"),
        ({"tool": "Bash"}, "match is missing"),
        ({"tool": "Bash", "match": None}, "match: a text"),
        ({"tool": "Bash", "match": ""}, "match: a text"),
        ({"tool": "Bash", "match": " a"}, "blank"),
        ({"tool": "Bash", "match": "a\n"}, "nobody sees"),
        ({"tool": "Bash", "match": "a\u202e"}, "nobody sees"),
        ({"tool": "Bash", "match": "a\ud800"}, "nobody sees"),
        ({"tool": "Bash", "match": "a" * 1001}, "at most 1000"),
        ({"tool": "Bash", "match": "cd x && a"}, "&& stands between"),
        ({"tool": "Write", "match": 1}, "match: a text"),
        ({"tool": "Write", "files": "a"}, "a list"),
        ({"tool": "Write", "files": ["a"] * 65}, "at most 64"),
        ({"tool": "Write", "files": [1]}, "files: a text"),
        ({"tool": "Write", "files": ["a", ""]}, "files: a text"),
        ({"tool": "Write", "files": ["/etc/*"]}, "not relative"),
        ({"tool": "Write", "files": ["~/x"]}, "not relative"),
        ({"tool": "Write", "files": ["a\0"]}, "nobody sees"),
        ({"tool": "Write", "matches": "a"}, "'matches' is no key"),
        ({"tool": "Write", 1: "a"}, "1 is no key"),
        *(({"tool": each}, "it only reads") for each in READING),
        *(({"tool": each}, "delegates") for each in ("Agent", "Task", "SendMessage")),
    ],
)
def test_the_complaint_says_why_it_is_no_guard(value: object, said: str):
    complaint = complaint_about(value)

    assert complaint is not None
    assert said in complaint
    assert complaint.isprintable()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"tool": "Bash", "match": "terraform *"}, True),
        ({"tool": "Write"}, True),
        ({"tool": "Write", "match": 1}, False),
        ({"match": "terraform *"}, False),
        ({"tool": ["Bash"]}, False),
        ("Bash", False),
    ],
)
def test_what_can_be_taken_for_a_guard_is_told_without_reading_it_closely(
    value: object, expected: bool
):
    assert is_plainly_one(value) is expected
