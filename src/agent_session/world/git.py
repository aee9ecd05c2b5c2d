"""What a git repository is at: its HEAD, read without running git, and what is not committed.

A repository's own configuration can name programs that git runs, so a hook, which runs where
nobody looks, reads `head` alone.
"""

from __future__ import annotations

import os

from .programs import answer_of, program, search_path
from .spelling import spelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

MOST_NAMES = 1000
_SECONDS = 10.0
_SMALL = 4096
_LARGEST_PACK = 64 << 20
_DEEPEST = 5
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_OF_ONE_WORKTREE = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
_HEX = frozenset("0123456789abcdef")


class _Repository:
    """Where it is: the top folder of its files, its git folder, and the one which all its
    worktrees have in common.
    """

    __slots__ = ("common", "git", "top")

    def __init__(self, top: str, git: str) -> None:
        self.top = top
        self.git = git
        pointed = _text(f"{git}/commondir")
        self.common = os.path.join(git, pointed.rstrip("\r\n")) if pointed else git


def head(folder: str) -> dict[str, Any] | None:
    """`{head, branch}` of the repository that *folder* is in, None where it is in none.

    `head` is the commit, None before the first one; `branch` is the full name of the ref that
    HEAD names, None where it names none. What is odd (a HEAD that is a link, a table of refs
    in a newer format) gives None for both; nothing is raised.
    """
    repository = _repository_around(folder)
    if repository is None:
        return None
    text = _text(f"{repository.git}/HEAD") or ""
    branch = _ref_in(text)
    commit = _commit_of(repository, branch) if branch else _object_in(text)
    return {"head": commit, "branch": spelled(branch) if branch else None}


def dirty(folder: str, own: Sequence[str] = ()) -> list[str] | None:
    """The names that `git status` tells, the first MOST_NAMES, seen from the top of the
    repository; None where git is missing, fails, or takes longer than ten seconds.

    *own*, the store's paths, are left out. Only a command that a person or an agent has called
    may ask, never a hook: git runs what the repository's configuration names (its filters).
    """
    repository, git = _repository_around(folder), program("git")
    if repository is None or git is None:
        return None
    command = [git, *_HARDENED, *_STATUS, "--", ":(top)", *_all_but(own, repository.top)]
    answer = answer_of(command, _variables(), _SECONDS, folder=folder)
    if answer is None or answer[0] != 0:
        return None
    return sorted(_names_in(answer[1]))[:MOST_NAMES]


def content_at(commit: str, path: str, folder: str, at_most: int) -> bytes | None:
    """What the file *path*, seen from *folder*, held at *commit*, as git keeps it; None where
    git cannot tell, or it is more than *at_most* bytes.
    """
    git = program("git")
    if git is None or _object_in(commit) is None:
        return None
    named = f"{commit}:./{path}"
    if int(_catted(git, "-s", named, folder) or at_most + 1) > at_most:
        return None
    return _catted(git, "blob", named, folder)


def _catted(git: str, what: str, named: str, folder: str) -> bytes | None:
    command = [git, *_HARDENED, "cat-file", what, named]
    answer = answer_of(command, _variables(), _SECONDS, folder=folder)
    return answer[1] if answer is not None and answer[0] == 0 else None


# --- running git ------------------------------------------------------------------------------

_HARDENED = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_STATUS = (
    "--no-optional-locks",
    "status",
    "--porcelain=v1",
    "-z",
    "--untracked-files=normal",
)


def _variables() -> dict[str, str]:
    return {
        "PATH": search_path(),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        # A partial clone would fetch what it lacks, through whatever its configuration names.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }


def _all_but(own: Sequence[str], top: str) -> Iterator[str]:
    for real in map(os.path.realpath, own):
        if real.startswith(f"{top}/"):
            yield f":(top,exclude,literal){real.removeprefix(f'{top}/')}"


def _names_in(output: bytes) -> Iterator[str]:
    """The names in what `status --porcelain=v1 -z` says; a rename's old one follows the new."""
    entries = iter(output.split(b"\0"))
    for entry in entries:
        if len(entry) > 3:
            yield spelled(os.fsdecode(entry[3:]))
        if entry[:1] in {b"R", b"C"} or entry[1:2] in {b"R", b"C"}:
            yield spelled(os.fsdecode(next(entries, b"?")))


# --- reading what git has written -------------------------------------------------------------


def _repository_around(folder: str) -> _Repository | None:
    try:
        top = os.path.realpath(folder)
    except (OSError, ValueError):
        return None
    while True:
        git = _git_folder_of(top)
        if git is not None:
            return _Repository(top, git) if git else None
        if top in {"/", ""}:
            return None
        top = os.path.dirname(top)


def _git_folder_of(top: str) -> str | None:
    """The git folder of the tree at *top*: None where *top* has none, "" where its pointer to
    one leads nowhere.
    """
    named = f"{top}/.git"
    if _is_git_folder(named):
        return named
    pointer = _text(named)
    if pointer is None:
        return None
    if not pointer.startswith("gitdir: "):
        return ""
    pointed = os.path.join(top, pointer.removeprefix("gitdir: ").rstrip("\r\n"))
    return pointed if _is_git_folder(pointed) else ""


def _is_git_folder(path: str) -> bool:
    return os.path.isdir(path) and os.path.lexists(f"{path}/HEAD")


def _commit_of(repository: _Repository, ref: str, depth: int = 0) -> str | None:
    of_one = ref.startswith(_OF_ONE_WORKTREE)
    text = _text(f"{repository.git if of_one else repository.common}/{ref}")
    if text is None:
        return _packed(repository.common, ref)
    further = _ref_in(text)
    if further and depth < _DEEPEST:
        return _commit_of(repository, further, depth + 1)
    return _object_in(text)


def _packed(common: str, ref: str) -> str | None:
    content = b"\n" + (_content(f"{common}/packed-refs", _LARGEST_PACK) or b"") + b"\n"
    before, found, _ = content.partition(b" " + os.fsencode(ref) + b"\n")
    return _object_in(os.fsdecode(before.rpartition(b"\n")[2])) if found else None


def _ref_in(text: str) -> str | None:
    """The ref that a symbolic one names; None for anything that must not become a path."""
    if not text.startswith("ref:"):
        return None
    ref = text.removeprefix("ref:").strip()
    # None may begin with a dot: where refs are in a table, HEAD names refs/heads/.invalid.
    is_name = all(part and not part.startswith(".") for part in ref.split("/"))
    is_plain = all(sign > " " and sign != "\x7f" for sign in ref)
    return ref if ref.startswith("refs/") and is_name and is_plain else None


def _object_in(text: str) -> str | None:
    word = text.strip()
    return word if len(word) in {40, 64} and _HEX.issuperset(word) else None


def _text(path: str) -> str | None:
    content = _content(path, _SMALL)
    return None if content is None else os.fsdecode(content)


def _content(path: str, at_most: int) -> bytes | None:
    """None where no file is; nothing at all for what is too large, or no plain file."""
    try:
        descriptor = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return b""
    try:
        content = _read_up_to(descriptor, at_most + 1)
    except IsADirectoryError:
        return None
    except OSError:
        return b""
    finally:
        os.close(descriptor)
    return content if len(content) <= at_most else b""


def _read_up_to(descriptor: int, most: int) -> bytes:
    pieces = []
    while most > 0 and (piece := os.read(descriptor, min(most, 1 << 20))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)
