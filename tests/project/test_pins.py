"""The pins agree: what pyproject.toml asks, what uv.lock found, what the tests install."""

from __future__ import annotations

import re
import tomllib
from typing import Any
from urllib.parse import urlsplit

from tests.project.tree import read

Pins = set[tuple[str, str, frozenset[str]]]

LOCK = tomllib.loads(read("uv.lock"))
PROJECT = tomllib.loads(read("pyproject.toml"))
REQUIREMENTS = read("requirements-test.txt")
OURSELVES = next(package for package in LOCK["package"] if package["name"] == "agent-session")


def _archives(package: dict[str, Any]) -> list[dict[str, Any]]:
    return [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]


def _pins_of_group(group: str) -> Pins:
    """Name, version and hashes of all that *group* reaches in uv.lock, without ourselves."""
    reached: set[str] = set()
    waiting = list(OURSELVES["dev-dependencies"][group])
    while waiting:
        wanted = waiting.pop()
        for package in LOCK["package"]:
            if package["name"] != wanted["name"]:
                continue
            for extra in wanted.get("extra", []):
                waiting += package.get("optional-dependencies", {}).get(extra, [])
            if package["name"] not in reached:
                waiting += package.get("dependencies", [])
        reached.add(wanted["name"])
    return {
        (
            package["name"],
            package["version"],
            frozenset(each["hash"] for each in _archives(package)),
        )
        for package in LOCK["package"]
        if package["name"] in reached - {OURSELVES["name"]}
    }


def _required() -> Pins:
    blocks = re.split(r"\n(?=\S)", REQUIREMENTS)
    return {
        (match[1], match[2], frozenset(re.findall(r"--hash=(\S+)", block)))
        for block in blocks
        if (match := re.match(r"([a-z0-9-]+)==(\S+)", block))
    }


def _written(requirements: list[Any]) -> set[tuple[str, str]]:
    """Name and specifier of each requirement of pyproject.toml, its groups taken apart."""
    found = set()
    for requirement in requirements:
        if isinstance(requirement, dict):
            found |= _written(PROJECT["dependency-groups"][requirement["include-group"]])
        elif match := re.fullmatch(r"([\w.-]+)(?:\[[\w,-]+\])?\s*([^;]*)", requirement):
            found.add((match[1].replace("_", "-"), match[2]))
    return found


def _locked(requirements: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(each["name"], each.get("specifier", "")) for each in requirements}


def test_what_the_tests_install_is_what_the_lock_found() -> None:
    assert _required() == _pins_of_group("test")


def test_every_requirement_is_pinned_by_hash() -> None:
    assert all(hashes for _, _, hashes in _required())


def test_the_lock_was_made_from_the_groups_as_they_are() -> None:
    locked = OURSELVES["metadata"]["requires-dev"]

    assert {group: _locked(found) for group, found in locked.items()} == {
        group: _written(wanted) for group, wanted in PROJECT["dependency-groups"].items()
    }


def test_the_lock_was_made_from_the_extras_as_they_are() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = {each for requirements in extras.values() for each in _written(requirements)}

    assert _locked(OURSELVES["metadata"].get("requires-dist", [])) == wanted
    assert LOCK["requires-python"] == PROJECT["project"]["requires-python"]


def test_the_package_itself_needs_nothing() -> None:
    assert PROJECT["project"]["dependencies"] == []


def test_the_pins_name_one_public_index_and_no_place_on_a_disk() -> None:
    others = [package for package in LOCK["package"] if package is not OURSELVES]
    indexes = {package["source"]["registry"] for package in others}
    archives = [urlsplit(each["url"]) for package in others for each in _archives(package)]

    assert {urlsplit(index).scheme for index in indexes} == {"https"}
    assert len(indexes) == 1
    assert {(url.scheme, bool(url.username or url.query)) for url in archives} == {
        ("https", False)
    }
    assert len({url.netloc for url in archives}) == 1
    assert "://" not in REQUIREMENTS
