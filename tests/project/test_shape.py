"""The shape of the project: small files, one place for each thing, documents that are true."""

from __future__ import annotations

import os
import re
import tomllib

import pytest

from agent_session.wiring import STORES
from tests.project.tree import ROOT, files, parsed, python_files, read, run_time_imports

CODE = ("src", "tests", "hooks", "tools", "benchmarks", "demo")
LONGEST_FILE = 400
# Run by its path, so it is in no package that a dot could mean.
SCRIPT = "src/agent_session/surfaces/hooks/start.py"
# Spelt in pieces, so that this file does not mention what it looks for.
PLACES_ELSEWHERE = ("/work" + "/", "../" + "shared", "/opt/" + "pypi")


def test_no_python_file_is_longer_than_400_lines() -> None:
    lengths = {name: read(name).count("\n") for name in python_files(*CODE)}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_nothing_mentions_the_machine_it_was_written_on() -> None:
    mentions = []
    for name in files():
        with open(os.path.join(ROOT, name), "rb") as file:
            content = file.read()
        mentions += [(name, place) for place in PLACES_ELSEWHERE if place.encode() in content]

    assert mentions == []


def test_a_sibling_is_imported_with_a_dot() -> None:
    by_full_name = []
    for name in set(python_files("src")) - {SCRIPT}:
        package = os.path.dirname(name).removeprefix("src/").replace("/", ".")
        by_full_name += [
            f"{name}:{each.line} imports {each.module}"
            for each in run_time_imports(parsed(name))
            if "." in package and f"{each.module}.".startswith(f"{package}.") and not each.dots
        ]

    assert by_full_name == []


def test_what_is_imported_late_crosses_the_layers_downwards_too() -> None:
    """`Late` takes a module's name as a string, where import-linter cannot see it."""
    upwards = [
        f"{name} imports {module} late"
        for name in python_files("src")
        for module in re.findall(r"\bLate\(\s*\"([\w.]+)\"", read(name))
        if not _is_below(_dotted(name), module)
    ]

    assert upwards == []


def _dotted(name: str) -> str:
    return name.removeprefix("src/").removesuffix(".py").replace("/", ".")


def _is_below(importer: str, imported: str) -> bool:
    """True where *imported* is of a lower layer than *importer*, or of the same package."""
    package = importer.rpartition(".")[0]
    if package != "agent_session" and imported.startswith(f"{package}."):
        return True
    return _layer_of(imported) > _layer_of(importer)


def _layer_of(module: str) -> int:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    top = module.split(".")[1]
    return next(row for row, layer in enumerate(layers) if top in re.findall(r"\w+", layer))


def test_every_store_is_registered() -> None:
    below = {
        name.split("/")[3].removesuffix(".py")
        for name in python_files("src/agent_session/stores")
    }

    assert below - {"__init__"} == set(STORES)


@pytest.mark.parametrize("store", sorted(STORES))
def test_every_store_is_held_to_the_contract(store: str) -> None:
    assert "StoreContract" in read(f"tests/stores/test_{store}.py")


def test_every_make_target_that_the_documents_name_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    named = {
        (name, target)
        for name in files()
        if name.endswith(".md")
        for target in re.findall(
            r"(?:^\s*(?:\$ )?|`)make ([a-z][a-z-]*)", read(name), flags=re.MULTILINE
        )
    }

    assert {target for _, target in named} >= {"demo", "test"}
    assert {(name, target) for name, target in named if target not in targets} == set()
