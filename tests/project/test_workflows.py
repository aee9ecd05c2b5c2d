"""What runs elsewhere when something is pushed: pinned, with no more rights than it needs."""

from __future__ import annotations

import re
import tomllib

from tests.project.tree import files, read

WORKFLOWS = [name for name in files() if name.startswith(".github/workflows/")]


def test_every_action_is_pinned_by_a_commit_and_tells_its_version() -> None:
    used = [line for name in WORKFLOWS for line in re.findall(r"uses: (.+)", read(name))]

    assert used
    assert [
        line for line in used if not re.fullmatch(r"[\w/.-]+@[0-9a-f]{40} # v[\d.]+", line)
    ] == []


def test_no_workflow_may_write() -> None:
    for name in WORKFLOWS:
        rights = re.findall(r"permissions:\n((?:  .+\n)+)", read(name))

        assert rights == ["  contents: read\n"], name


def test_every_python_that_is_promised_is_tried() -> None:
    promised = tomllib.loads(read("pyproject.toml"))["project"]["classifiers"]
    versions = [each.rpartition(" ")[2] for each in promised if re.search(r":: 3\.\d+$", each)]

    assert f"python: {versions}".replace("'", '"') in read(".github/workflows/test.yml")
