"""The published schema of the record, and whether records are what it says."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema

from tests.project.tree import read

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = "docs/state.schema.json"


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read(PLACE))
    return found


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(schema())


def complaints(record: Mapping[str, Any]) -> list[str]:
    """What is wrong with *record*, and where."""
    return [f"{each.json_path}: {each.message}" for each in _validator().iter_errors(record)]
