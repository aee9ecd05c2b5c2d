"""How JSON values differ, place by place, and how two that come from one are merged.

A place is named by its JSON Pointer (RFC 6901): `/metadata/plan/0`.
"""

from __future__ import annotations

from .codec import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


# What stands where nothing stands; null is something.
ABSENT: Any = _Absent()


def as_json(**values: Any) -> dict[str, Any]:
    """*values* without those that are absent."""
    return {name: value for name, value in values.items() if value is not ABSENT}


def is_same(one: Any, other: Any) -> bool:
    """As strict JSON has it: 1, 1.0 and true are three."""
    if one is other:
        return True
    if one is ABSENT or other is ABSENT:
        return False
    return canonical(one) == canonical(other)


def _keys_of(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [*one, *(key for key in other if key not in one)]


def _below(path: str, key: object) -> str:
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"


# --- differences ------------------------------------------------------------------------------


class Difference:
    """What stood at *path* *before* and what stands there *after*; ABSENT for nothing."""

    __slots__ = ("after", "before", "path")

    def __init__(self, path: str, before: Any, after: Any) -> None:
        self.path = path
        self.before = before
        self.after = after

    def as_json(self) -> dict[str, Any]:
        return as_json(path=self.path, before=self.before, after=self.after)


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Every place at which the two differ, as deep as both have it; the elements of lists are
    held beside one another by their number.
    """
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _by_key(before, after, _keys_of(before, after), path)
    elif isinstance(before, list) and isinstance(after, list):
        one, other = dict(enumerate(before)), dict(enumerate(after))
        yield from _by_key(one, other, range(max(len(before), len(after))), path)
    elif not is_same(before, after):
        yield Difference(path, before, after)


def _by_key(
    before: dict[Any, Any], after: dict[Any, Any], keys: Iterable[Any], path: str
) -> Iterator[Difference]:
    for key in keys:
        one, other = before.get(key, ABSENT), after.get(key, ABSENT)
        yield from differences(one, other, _below(path, key))


# --- a three-way merge ------------------------------------------------------------------------


class Conflict:
    """A place that both have changed, each to something else."""

    __slots__ = ("base", "ours", "path", "theirs")

    def __init__(self, path: str, base: Any, ours: Any, theirs: Any) -> None:
        self.path = path
        self.base = base
        self.ours = ours
        self.theirs = theirs

    def as_json(self) -> dict[str, Any]:
        return as_json(path=self.path, base=self.base, ours=self.ours, theirs=self.theirs)


class ThreeWayMerge:
    """*ours* and *theirs*, which both come from *base*: the *value* that has what either has
    changed, and the *conflicts*, where *keeps_theirs* says whose stands.
    """

    def __init__(
        self, base: Any, ours: Any, theirs: Any, *, keeps_theirs: bool = False
    ) -> None:
        self.conflicts: list[Conflict] = []
        self._keeps_theirs = keeps_theirs
        self.value = self._merged(base, ours, theirs, "")

    def _merged(self, base: Any, ours: Any, theirs: Any, path: str) -> Any:
        if is_same(ours, theirs) or is_same(base, theirs):
            return ours
        if is_same(base, ours):
            return theirs
        if isinstance(ours, dict) and isinstance(theirs, dict):
            return self._by_key(base if isinstance(base, dict) else {}, ours, theirs, path)
        if isinstance(ours, list) and isinstance(theirs, list):
            return united(base if isinstance(base, list) else [], ours, theirs)
        self.conflicts.append(Conflict(path, base, ours, theirs))
        return theirs if self._keeps_theirs else ours

    def _by_key(
        self, base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any], path: str
    ) -> dict[str, Any]:
        merged = {}
        for key in _keys_of(ours, theirs):
            was, mine, other = (side.get(key, ABSENT) for side in (base, ours, theirs))
            merged[key] = self._merged(was, mine, other, _below(path, key))
        return {key: value for key, value in merged.items() if value is not ABSENT}


def united(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any]:
    """What either has: ours in our order, then what they have added, each once. What either
    has taken out of *base* stays out.
    """
    had, kept = set(map(canonical, base)), set(map(canonical, theirs))
    mine = set(map(canonical, ours))
    stays = [each for each in ours if canonical(each) in kept or canonical(each) not in had]
    added = {canonical(each): each for each in theirs if canonical(each) not in had | mine}
    return [*stays, *added.values()]
