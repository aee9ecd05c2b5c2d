"""The project's own files, as the tests about the project see them."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_NOT_OURS = {".git", ".venv", "__pycache__", "build", "dist"}


def files() -> list[str]:
    """Every file that git tracks or would, relative to ROOT; without git, all but caches."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = listing.stdout.split("\0") if listing.returncode == 0 else list(_walk())
    return sorted(name for name in found if name and os.path.isfile(os.path.join(ROOT, name)))


def _walk() -> Iterator[str]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name for name in folders if name not in _NOT_OURS and not name.endswith("_cache")
        ]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), ROOT)


def python_files(*folders: str) -> list[str]:
    """The Python files below *folders*, which end in no slash."""
    return [
        name
        for name in files()
        if name.endswith(".py") and name.startswith(tuple(f"{folder}/" for folder in folders))
    ]


def read(name: str) -> str:
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def parsed(name: str) -> ast.Module:
    return ast.parse(read(name), filename=name)


class Import(NamedTuple):
    line: int
    dots: int
    module: str
    names: tuple[str, ...]
    in_function: bool


def run_time_imports(module: ast.Module) -> list[Import]:
    """The imports of *module* that run: all but those for type checkers."""
    visitor = _RunTimeImports()
    visitor.visit(module)
    return visitor.found


class _RunTimeImports(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[Import] = []
        self._depth = 0

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.orelse:
                self.visit(statement)
            return
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            self.found.append(Import(node.lineno, 0, each.name, (), self._depth > 0))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        names = tuple(each.name for each in node.names)
        self.found.append(
            Import(node.lineno, node.level, node.module or "", names, self._depth > 0)
        )
