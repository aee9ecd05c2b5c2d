"""Where the project is that a command or a hook is called in, and where its sessions are.

Nothing in it is run.
"""

from __future__ import annotations

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CLAUDE = ".claude"
GIT = ".git"
SESSIONS = f"{CLAUDE}/session"
_PROJECT_SETTINGS = f"{CLAUDE}/agent-session.json"
_OURS = "agent-session"
_USER_SETTINGS = "config.json"
_LARGEST_FILE = 1 << 20


def environment() -> Mapping[str, str]:
    """The variables of this process, without importing `os` where nobody else has."""
    loaded = sys.modules.get("os")
    if loaded is not None:
        found: Mapping[str, str] = loaded.environ
        return found
    return {_text(name): _text(value) for name, value in posix.environ.items()}


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def project_root(named: str | None, variables: Mapping[str, str]) -> str:
    """*named*, else CLAUDE_PROJECT_DIR, else the nearest parent with .claude or .git but HOME,
    else the working folder.

    A linked git worktree gives its main tree.

    """
    given = named or variables.get("CLAUDE_PROJECT_DIR")
    start = absolute(given) if given else posix.getcwd()
    found = start if given else _nearest_marked(start, variables.get("HOME")) or start
    return main_tree(found) or found


def settings_files(project: str, variables: Mapping[str, str]) -> tuple[str, str]:
    """The user's and the project's settings, whether they are there or not."""
    return f"{users_folder(variables)}/{_USER_SETTINGS}", projects_settings(project)


def users_folder(variables: Mapping[str, str]) -> str:
    """Where the user keeps what is for this program alone."""
    home = variables.get("XDG_CONFIG_HOME") or f"{variables.get('HOME', '')}/.config"
    return f"{home}/{_OURS}"


def projects_settings(project: str) -> str:
    return f"{project}/{_PROJECT_SETTINGS}"


def absolute(path: str) -> str:
    path = path if path.startswith("/") else f"{posix.getcwd()}/{path}"
    while path.endswith(("/", "/.")) and len(path) > 1:
        path = path.removesuffix(".").removesuffix("/") or "/"
    return path


def _nearest_marked(folder: str, home: str | None) -> str | None:
    while True:
        if folder != home and (is_there(f"{folder}/{CLAUDE}") or is_there(f"{folder}/{GIT}")):
            return folder
        if folder in {"/", ""}:
            return None
        folder = folder.rpartition("/")[0] or "/"


def main_tree(folder: str) -> str | None:
    """The main tree of a linked worktree, told by its `.git` file; None for anything else, a
    submodule too.
    """
    git_folder = _pointed(f"{folder}/{GIT}", "gitdir: ", folder)
    if git_folder is None:
        return None
    common = _pointed(f"{git_folder}/commondir", "", git_folder)
    if common is None:
        return None
    tree, _, name = without_dots(common).rpartition("/")
    return (tree or "/") if name == GIT else None


def without_dots(path: str) -> str:
    """The absolute *path* by its words alone, as no link changes what `..` means."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/" + "/".join(parts)


def _pointed(path: str, prefix: str, relative_to: str) -> str | None:
    """The path that a small file of git's names, made absolute."""
    try:
        text = (small_file(path) or b"").decode(errors="surrogateescape").strip()
    except OSError:  # a folder: an ordinary checkout
        return None
    if not text.startswith(prefix) or not text:
        return None
    named = text.removeprefix(prefix)
    return named if named.startswith("/") else f"{relative_to}/{named}"


def small_file(path: str) -> bytes | None:
    """The first MiB of a file; None where there is none. OSError."""
    try:
        descriptor = posix.open(path, posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    try:
        return posix.read(descriptor, _LARGEST_FILE)
    finally:
        posix.close(descriptor)


def is_there(path: str) -> bool:
    try:
        posix.stat(path)
    except (OSError, ValueError):
        return False
    return True
