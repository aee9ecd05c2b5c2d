"""The shape of the project: small files, one place for each thing, documents that are true."""

from __future__ import annotations

import os
import re

import pytest

from agent_session.wiring import STORES
from tests.project.tree import ROOT, files, parsed, python_files, read, run_time_imports

CODE = ("src", "tests", "hooks", "tools", "benchmarks", "demo")
LONGEST_FILE = 400
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
    for name in python_files("src"):
        package = os.path.dirname(name).removeprefix("src/").replace("/", ".")
        by_full_name += [
            f"{name}:{each.line} imports {each.module}"
            for each in run_time_imports(parsed(name))
            if "." in package and f"{each.module}.".startswith(f"{package}.") and not each.dots
        ]

    assert by_full_name == []


def test_what_is_imported_late_is_of_the_same_package_or_the_core() -> None:
    crossing = []
    for name in python_files("src"):
        package = os.path.dirname(name).removeprefix("src/").replace("/", ".")
        crossing += [
            f"{name} imports {module} late, where import-linter cannot see it"
            for module in re.findall(r"\bLate\(\"([\w.]+)\"\)", read(name))
            if not module.startswith((f"{package}.", "agent_session.core."))
        ]

    assert crossing == []


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
