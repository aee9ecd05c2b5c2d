"""No store is offered that is not held to the contract, and to memory, by the tests."""

from __future__ import annotations

import ast

import pytest

from agent_session.wiring import STORES
from tests.project.tree import parsed

CONTRACT = "StoreContract"
# What all the others are compared with.
REFERENCE = "memory"


def bases_by_class(name: str) -> dict[str, str]:
    """Of every class that the file *name* defines, what it is made of, as it is written."""
    return {
        node.name: " ".join(map(ast.unparse, node.bases))
        for node in ast.walk(parsed(name))
        if isinstance(node, ast.ClassDef)
    }


@pytest.mark.parametrize("kind", sorted(STORES))
def test_every_store_inherits_the_contract(kind: str) -> None:
    bases = bases_by_class(f"tests/stores/test_{kind}.py")

    assert [each for each, of in bases.items() if each.startswith("Test") and of == CONTRACT]


@pytest.mark.parametrize("kind", sorted(STORES))
def test_every_store_leads_the_lives_that_memory_leads(kind: str) -> None:
    bases = bases_by_class("tests/stores/test_differential.py")

    for prefix in ("Test", "TestLong"):  # `make test`, and `make faults`
        assert kind == REFERENCE or "lived(" in bases[f"{prefix}{kind.capitalize()}"]
