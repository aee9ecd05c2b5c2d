"""What has changed between two looks at the world, and how it is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core.drift import (
    MOST_LINES_COMPARED,
    drift_of,
    git_drift,
    lines_of,
    text_diff,
)

HEAD = {"head": "a" * 40, "branch": "refs/heads/main"}


def a_file(path: str = "main.tf", **fields: Any) -> dict[str, Any]:
    plain = {"kind": "file", "mode": 0o644, "size": 120, "sha256": "a" * 64, "target": None}
    return {"path": path, **plain, **fields}


def a_link(path: str = "main.tf", target: str = "/etc/x", **fields: Any) -> dict[str, Any]:
    return a_file(path, **{"kind": "link", "target": target, **fields})


@pytest.mark.parametrize(
    ("before", "now", "line"),
    [
        (
            [a_file()],
            [a_file(size=1, sha256="b" * 64)],
            "~ main.tf  changed: 120 bytes, sha256 aaaaaaaa -> 1 byte, sha256 bbbbbbbb",
        ),
        ([a_file()], [a_file(mode=0o755)], "~ main.tf  mode: mode 0644 -> mode 0755"),
        ([a_file()], [], "- main.tf  missing: was 120 bytes, sha256 aaaaaaaa"),
        ([], [a_file()], "+ main.tf  new: 120 bytes, sha256 aaaaaaaa"),
        ([a_file()], [a_file("b.tf")], "→ main.tf  renamed: now b.tf"),
        ([a_file()], [a_link()], "~ main.tf  link: a plain file -> a link to /etc/x"),
        (
            [a_link()],
            [a_link(target="/y")],
            "~ main.tf  link: a link to /etc/x -> a link to /y",
        ),
        (
            [a_link(sha256=None)],
            [a_link()],
            "~ main.tf  changed: a link to /etc/x -> 120 bytes, sha256 aaaaaaaa",
        ),
        (
            [a_file()],
            [a_file(kind="other", size=0, sha256=None)],
            "~ main.tf  changed: a plain file -> neither file nor link",
        ),
    ],
)
def test_each_change_is_told_in_one_line(
    before: list[dict[str, Any]], now: list[dict[str, Any]], line: str
):
    assert lines_of(drift_of(before, now)) == [line]


def test_a_file_with_other_content_and_another_mode_is_told_twice():
    drift = drift_of([a_file()], [a_file(size=9, sha256="b" * 64, mode=0o600)])

    assert [each["what"] for each in drift] == ["changed", "mode"]


def test_a_rename_that_changes_the_mode_is_no_mere_rename():
    drift = drift_of([a_file("a.sh")], [a_file("b.sh", mode=0o755)])

    assert [(each["what"], each["name"]) for each in drift] == [
        ("missing", "a.sh"),
        ("new", "b.sh"),
    ]


def test_two_equal_files_that_moved_are_two_renames_in_the_order_of_their_names():
    drift = drift_of([a_file("a"), a_file("b")], [a_file("d"), a_file("c")])

    assert [(each["name"], each["now"]) for each in drift] == [("a", "c"), ("b", "d")]


def test_what_has_no_digest_is_never_taken_for_renamed():
    drift = drift_of([a_link("a", sha256=None)], [a_link("b", sha256=None)])

    assert [each["what"] for each in drift] == ["missing", "new"]


# --- any looks --------------------------------------------------------------------------------

DIGESTS = st.none() | st.sampled_from(["a" * 64, "b" * 64, "c" * 64])
ENTRIES = st.fixed_dictionaries(
    {
        "path": st.text(max_size=4),
        "kind": st.sampled_from(["file", "link", "other"]),
        "mode": st.integers(0, 0o7777),
        "size": st.integers(0, 3),
        "sha256": DIGESTS,
        "target": st.none() | st.text(max_size=2),
    }
)
LOOKS = st.lists(ENTRIES, max_size=6, unique_by=lambda each: each["path"])


@given(LOOKS, st.randoms())
def test_equal_looks_have_no_drift(look: list[dict[str, Any]], chance: Any):
    again = [dict(each) for each in look]
    chance.shuffle(again)

    assert drift_of(look, again) == []


@given(LOOKS, ENTRIES, st.data())
def test_any_single_edit_is_drift(
    look: list[dict[str, Any]], other: dict[str, Any], data: st.DataObject
):
    at = data.draw(st.integers(0, len(look)))
    paths = {each["path"] for each in look}
    if at == len(look):
        now = look if other["path"] in paths else [*look, other]
    elif data.draw(st.booleans()):
        now = [*look[:at], *look[at + 1 :]]
    else:
        field = data.draw(st.sampled_from(sorted(other)))
        taken = field == "path" and other["path"] in paths
        edited = look[at] if taken else {**look[at], field: other[field]}
        now = [*look[:at], edited, *look[at + 1 :]]

    drift = drift_of(look, now)

    assert (drift == []) is (now == look)
    assert len(lines_of(drift)) == len(drift)


@given(LOOKS, LOOKS)
def test_every_path_that_differs_is_named(
    before: list[dict[str, Any]], now: list[dict[str, Any]]
):
    was = {each["path"]: each for each in before}
    is_now = {each["path"]: each for each in now}
    differing = {path for path in {*was, *is_now} if was.get(path) != is_now.get(path)}
    drift = drift_of(before, now)

    renamed_to = {each["now"] for each in drift if each["what"] == "renamed"}
    assert {each["name"] for each in drift} | renamed_to == differing


# --- git --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "lines"),
    [
        (None, None, []),
        (HEAD, dict(HEAD), []),
        (HEAD, None, ["- git repository  missing: was at aaaaaaaaaaaa"]),
        (None, {**HEAD, "head": None}, ["+ git repository  new: at nothing"]),
        (
            HEAD,
            {**HEAD, "head": "b" * 40},
            ["~ git head  changed: aaaaaaaaaaaa -> bbbbbbbbbbbb"],
        ),
        (HEAD, {**HEAD, "branch": None}, ["~ git branch  changed: main -> nothing"]),
        (
            {**HEAD, "dirty": []},
            {**HEAD, "dirty": list("abcdefg")},
            ["~ git status  changed: clean -> a, b, c, d, e and 2 more"],
        ),
        (
            {**HEAD, "dirty": ["a"]},
            {**HEAD, "dirty": None},
            ["~ git status  changed: a -> not known"],
        ),
        ({**HEAD, "dirty": ["a"]}, HEAD, []),
        (HEAD, {**HEAD, "dirty": ["a"]}, []),
    ],
)
def test_a_repository_is_compared_by_what_both_looks_tell(
    before: dict[str, Any] | None, now: dict[str, Any] | None, lines: list[str]
):
    assert lines_of(git_drift(before, now)) == lines


# --- texts ------------------------------------------------------------------------------------


def test_a_diff_shows_what_went_and_what_came():
    diff = text_diff("keep\nold\n", "keep\nnew\n")

    assert diff[:2] == ["--- before", "+++ now"]
    assert {"-old", "+new", " keep"} <= set(diff)


def test_a_lost_last_newline_is_a_difference():
    assert text_diff("a\n", "a") != []


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_diff_is_empty_for_equal_texts_alone(before: str, now: str):
    assert (text_diff(before, now) == []) is (before == now)


def test_texts_of_too_many_lines_are_told_by_their_lengths():
    long = "\n" * MOST_LINES_COMPARED

    assert text_diff(long, long) == []
    assert text_diff(long, "x")[2:] == [
        f"@@ {MOST_LINES_COMPARED + 1} lines -> 1 lines: too many to compare @@"
    ]
