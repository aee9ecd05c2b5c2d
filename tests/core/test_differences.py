"""Where JSON values differ, and what three of them merge to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core.differences import (
    ABSENT,
    ThreeWayMerge,
    differences,
    is_same,
    united,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, "", "a/b", "~"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "a/b", "~"]), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


def told(before: Any, after: Any) -> list[dict[str, Any]]:
    return [each.as_json() for each in differences(before, after)]


# --- differences ------------------------------------------------------------------------------


def test_what_came_went_and_changed_is_told_with_its_place():
    before = {"plan": {"size": "t3", "zone": "a"}, "steps": [1, 2]}
    after = {"plan": {"size": "t4"}, "steps": [1, 2, 3], "note": None}

    assert told(before, after) == [
        {"path": "/plan/size", "before": "t3", "after": "t4"},
        {"path": "/plan/zone", "before": "a"},
        {"path": "/steps/2", "after": 3},
        {"path": "/note", "after": None},
    ]


def test_a_place_is_named_as_a_json_pointer():
    assert told({"a/b": {"~": 1}}, {"a/b": {"~": 2}})[0]["path"] == "/a~1b/~0"


def test_one_and_one_point_nothing_and_true_are_three():
    assert [len(told(1, other)) for other in (1, 1.0, True)] == [0, 1, 1]
    assert not is_same(None, ABSENT)
    assert repr(ABSENT) == "ABSENT"


def test_what_is_the_same_twice_does_not_differ():
    assert told({"a": [1.5, "x"]}, {"a": [float("1.5"), "x"]}) == []


def test_a_list_in_place_of_an_object_is_one_difference():
    assert told({"a": {"b": 1}}, {"a": [1]}) == [
        {"path": "/a", "before": {"b": 1}, "after": [1]}
    ]


def _put(value: Any, path: list[str], after: Any) -> Any:
    """*value* with what stands at *path* replaced, or taken out."""
    if not path:
        return after
    key = path[0].replace("~1", "/").replace("~0", "~")
    is_list = isinstance(value, list)
    held = dict(enumerate(value)) if is_list else dict(value)
    at = int(key) if is_list else key
    held[at] = _put(held.get(at), path[1:], after)
    held = {each: kept for each, kept in held.items() if kept is not ABSENT}
    return [held[each] for each in sorted(held)] if is_list else held


@given(JSON, JSON)
def test_the_differences_lead_from_the_one_to_the_other(before: Any, after: Any):
    found = list(differences(before, after))
    gone = [each for each in reversed(found) if each.after is ABSENT]
    for each in [*(each for each in found if each.after is not ABSENT), *gone]:
        before = _put(before, each.path.split("/")[1:], each.after)

    assert is_same(before, after)


# --- merging ----------------------------------------------------------------------------------


def test_each_side_s_changes_are_taken():
    base = {"size": "t3", "zone": "a", "note": "x"}
    merged = ThreeWayMerge(base, {**base, "size": "t4"}, {"size": "t3", "zone": "b"})

    assert merged.value == {"size": "t4", "zone": "b"}
    assert merged.conflicts == []


@pytest.mark.parametrize(("keeps_theirs", "stands"), [(False, 2), (True, 3)])
def test_what_both_have_changed_is_a_conflict(keeps_theirs: bool, stands: int):
    merged = ThreeWayMerge(
        {"n": {"deep": 1}}, {"n": {"deep": 2}}, {"n": {"deep": 3}}, keeps_theirs=keeps_theirs
    )

    assert merged.value == {"n": {"deep": stands}}
    assert [each.as_json() for each in merged.conflicts] == [
        {"path": "/n/deep", "base": 1, "ours": 2, "theirs": 3}
    ]


@pytest.mark.parametrize(("keeps_theirs", "after"), [(False, {}), (True, {"n": 2})])
def test_what_one_has_taken_out_and_the_other_changed_is_a_conflict(
    keeps_theirs: bool, after: dict[str, int]
):
    merged = ThreeWayMerge({"n": 1}, {}, {"n": 2}, keeps_theirs=keeps_theirs)

    assert merged.value == after
    assert [each.as_json() for each in merged.conflicts] == [
        {"path": "/n", "base": 1, "theirs": 2}
    ]


def test_lists_are_united_and_what_was_taken_out_stays_out():
    assert united(["a", "b", "c"], ["a", "c", "x"], ["b", "c", "y", "x", "y"]) == [
        "c",
        "x",
        "y",
    ]


def test_objects_and_lists_that_are_new_on_both_sides_are_joined():
    merged = ThreeWayMerge({}, {"o": {"a": 1}, "l": [1]}, {"o": {"b": 2}, "l": [1, 1.0]})

    assert merged.value == {"o": {"a": 1, "b": 2}, "l": [1, 1.0]}


@given(OBJECTS, OBJECTS)
def test_a_side_that_has_changed_nothing_has_no_say(base: Any, changed: Any):
    for sides in ((changed, base), (base, changed), (changed, changed)):
        merged = ThreeWayMerge(base, *sides)

        assert is_same(merged.value, changed)
        assert merged.conflicts == []


@given(OBJECTS, OBJECTS, OBJECTS)
def test_both_directions_are_in_conflict_over_the_same(base: Any, one: Any, other: Any):
    there, back = ThreeWayMerge(base, one, other), ThreeWayMerge(base, other, one)

    assert {each.path for each in there.conflicts} == {each.path for each in back.conflicts}


# --- against a reference ----------------------------------------------------------------------

# Leaves by their place; an object is always there, so that a leaf is all that can change.
SCALARS = st.none() | st.booleans() | st.integers(0, 2) | st.just(1.0)
LEAVES = st.dictionaries(st.sampled_from(["a", "b", "o/a", "o/b", "o/p/a"]), SCALARS)
LISTS = st.dictionaries(
    st.sampled_from(["l", "o/l"]), st.lists(SCALARS, max_size=4, unique_by=json.dumps)
)
FLAT = st.builds(lambda leaves, lists: {**leaves, **lists}, LEAVES, LISTS)


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"o": {"p": {}}}
    for path, value in flat.items():
        *above, key = path.split("/")
        within = found
        for each in above:
            within = within[each]
        within[key] = value
    return found


def _reference(base: Any, ours: Any, theirs: Any) -> tuple[dict[str, Any], set[str]]:
    """Leaf by leaf: whoever changed it has it; both is a conflict, and ours stands."""
    merged, conflicts = {}, set()
    for path in {*base, *ours, *theirs}:
        was, mine, other = (json.dumps(each.get(path, "gone")) for each in (base, ours, theirs))
        if mine == other or was == other:
            side = ours
        elif was == mine:
            side = theirs
        elif isinstance(ours.get(path), list) and isinstance(theirs.get(path), list):
            merged[path] = _united_by_reference(
                *(each.get(path, []) for each in (base, ours, theirs))
            )
            continue
        else:
            side = ours
            conflicts.add(f"/{path}")
        if path in side:
            merged[path] = side[path]
    return merged, conflicts


def _united_by_reference(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any]:
    was, mine, other = ([json.dumps(each) for each in side] for side in (base, ours, theirs))
    gone = [each for each in was if each not in mine or each not in other]
    found = [each for each in mine if each not in gone]
    found += [each for each in other if each not in gone and each not in found]
    return [json.loads(each) for each in found]


@given(FLAT, FLAT, FLAT)
def test_a_merge_is_what_a_merge_leaf_by_leaf_is(base: Any, ours: Any, theirs: Any):
    value, conflicts = _reference(base, ours, theirs)
    merged = ThreeWayMerge(*map(_nested, (base, ours, theirs)))

    assert is_same(merged.value, _nested(value))
    assert {each.path for each in merged.conflicts} == conflicts
