"""The seams hold: the core touches nothing, and only `disk.py` touches the disk."""

from __future__ import annotations

import ast

import pytest

from tests.project.tree import Import, parsed, python_files, run_time_imports

CORE = "src/agent_session/core"
FILE_STORE = "src/agent_session/stores/files"
LOCAL = "src/agent_session/local"

# C modules where a hook process would pay for the Python ones; datetime for its types only.
PURE_MODULES = {
    "__future__", "_datetime", "_json", "_sha2", "_sha256", "datetime", "hashlib", "json",
    "math", "sys",
}  # fmt: skip
# Within a function alone; difflib shows a person two plans, which no hook does.
PURE_BUT_SLOW_TO_IMPORT = {"bisect", "difflib", "re", "unicodedata"}
READS_THE_CLOCK = {"now", "today", "utcnow"}
TOUCHES_THE_WORLD = {"__import__", "breakpoint", "eval", "exec", "input", "open", "print"}

REACHES_THE_DISK = {
    "_io", "fcntl", "glob", "io", "mmap", "os", "pathlib", "posix", "select", "shutil",
    "sqlite3", "subprocess", "tempfile",
}  # fmt: skip
# The seam itself; calls that Python does not know are slow to import, so they stand apart.
SEAM = {f"{LOCAL}/disk.py", f"{LOCAL}/inotify.py"}
REACHES_ANY_CALL = {"_ctypes", "ctypes"}
READS_CLOCK_OR_CHANCE = {"random", "secrets", "time", "uuid"}


@pytest.mark.parametrize("name", python_files(CORE))
def test_the_core_imports_nothing_but_pure_modules(name: str) -> None:
    impure = [
        f"{name}:{each.line} imports {each.module}"
        for each in run_time_imports(parsed(name))
        if not each.dots and not _is_pure(each)
    ]

    assert impure == []


def _is_pure(imported: Import) -> bool:
    top = imported.module.partition(".")[0]
    return top in PURE_MODULES or (imported.in_function and top in PURE_BUT_SLOW_TO_IMPORT)


@pytest.mark.parametrize("name", python_files(CORE))
def test_the_core_is_told_the_time_and_opens_nothing(name: str) -> None:
    reached = [
        f"{name}:{node.lineno} {word}"
        for node in ast.walk(parsed(name))
        if isinstance(node, (ast.Name, ast.Attribute)) and (word := _forbidden_word(node))
        if (name, word) != (f"{CORE}/__init__.py", "__import__")  # it is what makes Late late
    ]

    assert reached == []


def _forbidden_word(node: ast.Name | ast.Attribute) -> str | None:
    if isinstance(node, ast.Name):
        return node.id if node.id in TOUCHES_THE_WORLD else None
    of_a_type = isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}
    return node.attr if of_a_type and node.attr in READS_THE_CLOCK else None


def test_the_phases_import_nothing() -> None:
    imported = {each.module for each in run_time_imports(parsed(f"{CORE}/phases.py"))}

    assert imported <= {"__future__"}


@pytest.mark.parametrize(
    "name",
    [each for each in (*python_files(FILE_STORE), *python_files(LOCAL)) if each not in SEAM],
)
def test_the_file_store_reaches_the_disk_through_one_module(name: str) -> None:
    assert [f"{name}:{where}" for where in _ways_round(parsed(name))] == []


def test_only_the_disk_module_imports_the_rest_of_the_seam_and_late() -> None:
    importing = {
        (name, each.in_function)
        for name in python_files("src")
        for each in run_time_imports(parsed(name))
        if "inotify" in (each.module.rpartition(".")[2], *each.names)
    }

    assert importing == {(f"{LOCAL}/disk.py", True)}


def _ways_round(module: ast.Module) -> list[str]:
    """Where *module* opens, or takes more from the system than a constant (`O_RDONLY`)."""
    imported = [
        f"{each.line} imports {each.module}"
        for each in run_time_imports(module)
        if _takes_a_call(each)
    ]
    used = [
        f"{node.lineno} {name}"
        for node in ast.walk(module)
        if isinstance(node, ast.expr) and (name := _call_of(node))
    ]
    return imported + used


def _takes_a_call(imported: Import) -> bool:
    top = imported.module.partition(".")[0]
    beyond_constants = any(not _is_constant(name) for name in imported.names)
    if top in REACHES_ANY_CALL | READS_CLOCK_OR_CHANCE:
        return True
    return top in REACHES_THE_DISK and beyond_constants


def _is_constant(name: str) -> bool:
    return name.isupper() or name == "error"  # posix.error is OSError


def _call_of(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id="open"):
            return "open"
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            if module in REACHES_THE_DISK and not _is_constant(name):
                return f"{module}.{name}"
    return None


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "from posix import open as raw",
        "import os\nos.stat('x')",
        "def f():\n    import time",
        "from pathlib import Path",
        "import ctypes\nctypes.CDLL(None)",
        "def f():\n    import select\n    return select.poll()",
    ],
)
def test_a_way_round_the_disk_module_is_noticed(source: str) -> None:
    assert _ways_round(ast.parse(source)) != []


def test_a_constant_of_the_system_is_no_way_round() -> None:
    assert _ways_round(ast.parse("import posix\nflags = posix.O_RDWR | posix.O_APPEND")) == []
