"""What has changed in the world between two looks at it: in files, and in a git repository.

A look at files is a list of `{path, kind, mode, size, sha256, target}`, one a path. Drift is a
list of `{what, name, was, now}`: `what` is one of WORDS, `was` and `now` are short words for
people, None where there is nothing to say. Equal looks have none, and whatever differs has
some. Control characters in names stay as they are: whoever shows them takes care of them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    Seen: TypeAlias = Mapping[str, Any]

CHANGED = "changed"
MISSING = "missing"
NEW = "new"
RENAMED = "renamed"
MODE = "mode"
LINK = "link"
# What drift can be, with the sign that its line begins with.
WORDS: Mapping[str, str] = {
    CHANGED: "~",
    MISSING: "-",
    NEW: "+",
    RENAMED: "→",
    MODE: "~",
    LINK: "~",
}

# difflib takes time that grows with the square of these; a plan is far below.
MOST_LINES_COMPARED = 5000
_MOST_NAMES_TOLD = 5


# --- files ------------------------------------------------------------------------------------


def drift_of(before: Sequence[Seen], now: Sequence[Seen]) -> list[dict[str, Any]]:
    """What differs between two looks at files, by path; each path is in a look once."""
    was_there = {each["path"]: each for each in before}
    is_there = {each["path"]: each for each in now}
    moved = _moves(was_there, is_there)
    arrived = set(moved.values())
    drift: list[dict[str, Any]] = []
    for path in sorted({*was_there, *is_there} - arrived):
        if path in moved:
            drift.append(_told(RENAMED, path, None, moved[path]))
        else:
            drift += _drift_at(path, was_there.get(path), is_there.get(path))
    return drift


def _moves(was_there: Mapping[str, Seen], is_there: Mapping[str, Seen]) -> dict[str, str]:
    """The old and the new path of what has gone from one and stands, the same, at another.

    More than the digest must be equal: a rename that hides a new mode is no mere rename.
    """
    came: dict[tuple[Any, ...], list[str]] = {}
    for path in sorted(is_there.keys() - was_there.keys(), reverse=True):
        came.setdefault(_substance(is_there[path]), []).append(path)
    moved = {}
    for path in sorted(was_there.keys() - is_there.keys()):
        same = came.get(_substance(was_there[path]))
        if same and was_there[path]["sha256"] is not None:
            moved[path] = same.pop()
    return moved


def _substance(seen: Seen) -> tuple[Any, ...]:
    return tuple(seen[field] for field in ("kind", "mode", "size", "sha256", "target"))


def _drift_at(path: str, was: Seen | None, now: Seen | None) -> list[dict[str, Any]]:
    if was is None or now is None:
        what = NEW if was is None else MISSING
        return [_told(what, path, _content(was), _content(now))]
    if (was["kind"], was["target"]) != (now["kind"], now["target"]):
        what = LINK if "link" in {was["kind"], now["kind"]} else CHANGED
        return [_told(what, path, _kind(was), _kind(now))]
    drift = []
    if (was["size"], was["sha256"]) != (now["size"], now["sha256"]):
        drift.append(_told(CHANGED, path, _content(was), _content(now)))
    if was["mode"] != now["mode"]:
        drift.append(_told(MODE, path, f"mode {was['mode']:04o}", f"mode {now['mode']:04o}"))
    return drift


def _told(what: str, name: str, was: str | None, now: str | None) -> dict[str, Any]:
    return {"what": what, "name": name, "was": was, "now": now}


def _content(seen: Seen | None) -> str | None:
    if seen is None:
        return None
    if seen["sha256"] is None:
        return _kind(seen)
    size = f"{seen['size']} byte{'' if seen['size'] == 1 else 's'}"
    return f"{size}, sha256 {seen['sha256'][:8]}"


def _kind(seen: Seen) -> str:
    if seen["kind"] == "link":
        return f"a link to {seen['target']}"
    return "a plain file" if seen["kind"] == "file" else "neither file nor link"


# --- git --------------------------------------------------------------------------------------


def git_drift(before: Seen | None, now: Seen | None) -> list[dict[str, Any]]:
    """What differs between two looks at a repository, `{head, branch, dirty}` or None for none.

    `dirty` is compared where both looks have it; None is "could not be told", and differs from
    every list.
    """
    if before is None or now is None:
        if before is now:
            return []
        what = NEW if before is None else MISSING
        return [_told(what, "git repository", _at(before), _at(now))]
    drift = [
        _told(CHANGED, f"git {field}", _short(before[field]), _short(now[field]))
        for field in ("head", "branch")
        if before[field] != now[field]
    ]
    if "dirty" in before and "dirty" in now and before["dirty"] != now["dirty"]:
        was, is_now = _names(before["dirty"]), _names(now["dirty"])
        drift.append(_told(CHANGED, "git status", was, is_now))
    return drift


def _at(seen: Seen | None) -> str | None:
    return None if seen is None else f"at {_short(seen['head'])}"


def _short(named: str | None) -> str:
    """A commit by its first twelve digits, a branch without what all branches begin with."""
    if named is None:
        return "nothing"
    return named.removeprefix("refs/heads/") if "/" in named else named[:12]


def _names(dirty: Sequence[str] | None) -> str:
    if dirty is None:
        return "not known"
    if not dirty:
        return "clean"
    more = len(dirty) - _MOST_NAMES_TOLD
    return ", ".join(dirty[:_MOST_NAMES_TOLD]) + (f" and {more} more" if more > 0 else "")


# --- as words ---------------------------------------------------------------------------------


def lines_of(drift: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line each: a sign, the name, and what was and is."""
    return [f"{WORDS[each['what']]} {each['name']}  {_change(each)}" for each in drift]


def _change(each: Mapping[str, Any]) -> str:
    what, was, now = each["what"], each["was"], each["now"]
    if what == RENAMED:
        return f"renamed: now {now}"
    if what == MISSING:
        return f"missing: was {was}"
    if what == NEW:
        return f"new: {now}"
    return f"{what}: {was} -> {now}"


def text_diff(before: str, now: str) -> list[str]:
    """The lines of a unified diff; none for equal texts, and some for any others.

    Texts too long to compare line by line are told by their lengths.
    """
    import difflib

    # Not splitlines(): it would not tell a lost last newline, and breaks at far more than that.
    was, is_now = before.split("\n"), now.split("\n")
    if before != now and max(len(was), len(is_now)) > MOST_LINES_COMPARED:
        long = f"@@ {len(was)} lines -> {len(is_now)} lines: too many to compare @@"
        return ["--- before", "+++ now", long]
    return list(difflib.unified_diff(was, is_now, "before", "now", lineterm=""))
