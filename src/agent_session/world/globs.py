"""Which paths stand under a glob: `*`, `?` and `[]` in a name, `**` for folders at any depth.

Hidden names count. A link that a glob's own words name is followed on the way, for it may be
meant (`/var` is one on macOS); one that is merely found is not, so no walk runs in a circle.
"""

from __future__ import annotations

import os

from agent_session.core import Late

from .spelling import spelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

MOST_NAMES_READ = 200_000
GIT = ".git"
_DEEP = "**"


class Walk:
    """A look at one *folder*: what it leaves out, *own* and every `.git` folder, and how many
    names it may still read.
    """

    __slots__ = ("_folder", "_names_left", "_own")

    def __init__(self, folder: str, own: Sequence[str] = ()) -> None:
        self._folder = folder
        self._own = frozenset(map(os.path.realpath, own))
        self._names_left = MOST_NAMES_READ

    def paths(self, glob: str) -> set[str]:
        """The paths of what is no folder under *glob*, each as it would be opened."""
        _require_spellable(glob)
        start = "" if glob.startswith("/") else self._folder.rstrip("/")
        parts = [part for part in glob.split("/") if part not in {"", "."}]
        literal = "/".join((start, *parts))
        # A file that is called just so is meant, whatever brackets it has in its name.
        found = {literal} if _is_no_folder(literal) else set(self._matches(start, parts))
        return {path for path in found if not self._is_left_out(path)}

    def seen_from_folder(self, path: str) -> str:
        return path.removeprefix(f"{self._folder.rstrip('/')}/")

    def _matches(self, start: str, parts: list[str]) -> Iterator[str]:
        places = [start]
        for part in parts[:-1]:
            steps = [step for place in places for step in self._folders(place, part)]
            places = list(dict.fromkeys(steps))
        for place in places:
            for last in parts[-1:]:
                yield from self._others(place, last)

    def _folders(self, place: str, part: str) -> Iterator[str]:
        if part == _DEEP:
            yield from self._below(place)
        elif not _is_pattern(part):
            yield f"{place}/{part}"
        else:
            names = self._names(place)
            yield from (f"{place}/{name}" for name in _matching(names, part, are_folders=True))

    def _others(self, place: str, part: str) -> Iterator[str]:
        """What is no folder, in *place* and, for `**`, in all below."""
        if not _is_pattern(part):
            if _is_no_folder(f"{place}/{part}"):
                yield f"{place}/{part}"
            return
        for each in self._below(place) if part == _DEEP else (place,):
            names = self._names(each)
            yield from (f"{each}/{name}" for name in _matching(names, part, are_folders=False))

    def _below(self, place: str) -> Iterator[str]:
        """*place* and every folder below it."""
        waiting = [place]
        while waiting:
            each = waiting.pop()
            yield each
            names = self._names(each)
            waiting += [f"{each}/{name}" for name, is_folder in names.items() if is_folder]

    def _names(self, place: str) -> dict[str, bool]:
        """The names in the folder *place*, and whether each is that of a folder; none where
        *place* is no folder.
        """
        names: dict[str, bool] = {}
        try:
            with os.scandir(place or "/") as entries:
                for each in entries:
                    self._count_one()
                    is_folder = each.is_dir(follow_symlinks=False)
                    if not (is_folder and self._is_skipped(each)):
                        names[each.name] = is_folder
        except (FileNotFoundError, NotADirectoryError):
            return names
        except OSError as error:
            raise errors.InvalidValueError(
                f"the folder {spelled(place)} cannot be read ({error.strerror}), so what is "
                "in it is not known: make it readable, or name other files"
            ) from error
        return names

    def _count_one(self) -> None:
        self._names_left -= 1
        if self._names_left < 0:
            raise errors.InvalidValueError(
                f"the globs lead through more than {MOST_NAMES_READ} names: name the folders "
                "more closely than with **"
            )

    def _is_skipped(self, folder: os.DirEntry[str]) -> bool:
        if folder.name == GIT:
            return True
        # It is no link, so only one of the same name can be an own one.
        may_be_own = any(own.endswith(f"/{folder.name}") for own in self._own)
        return may_be_own and os.path.realpath(folder.path) in self._own

    def _is_left_out(self, path: str) -> bool:
        """True for what lies in a `.git` folder or is our own, however it was reached."""
        if GIT in self.seen_from_folder(path).split("/")[:-1]:
            return True
        folder, _, name = path.rpartition("/")
        real = f"{os.path.realpath(folder or '/')}/{name}"
        return any(f"{real}/".startswith(f"{own}/") for own in self._own)


def _require_spellable(glob: str) -> None:
    try:
        is_path = bool(glob) and b"\0" not in os.fsencode(glob)
    except UnicodeEncodeError:
        is_path = False
    if not is_path:
        raise errors.InvalidValueError(
            f"{glob!a} is no glob: give the path of a file, or a pattern such as src/**"
        )


def _is_pattern(part: str) -> bool:
    return any(sign in part for sign in "*?[")


def _matching(names: dict[str, bool], part: str, *, are_folders: bool) -> list[str]:
    import fnmatch

    return [
        name
        for name, is_folder in names.items()
        if is_folder is are_folders and fnmatch.fnmatchcase(name, part)
    ]


def _is_no_folder(path: str) -> bool:
    """True for a file, a link (to a folder too) or anything else that stands at *path*."""
    try:
        kind = os.lstat(path or "/").st_mode & 0o170000
    except OSError:
        return False
    return kind != 0o040000
