"""Where tests look for the client, and what they say where it is not."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tests.e2e.claude.binary import _without_hosts, cached, find

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_client_that_the_environment_names_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLAUDE_BIN", sys.executable)

    assert find() == (os.path.realpath(sys.executable), "")


def test_a_missing_client_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLAUDE_BIN", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    binary, why_not = find()

    assert binary is None
    assert "make claude-client" in why_not


def test_a_cached_client_needs_no_naming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLAUDE_BIN", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cached().parent.mkdir(parents=True)
    cached().write_text("#!/bin/sh\n")
    cached().chmod(0o755)

    assert find() == (str(cached()), "")


def test_what_pip_complains_of_names_no_host() -> None:
    said = "host='an.example', no https://user:word@an.example/simple/x or file:///mirror"

    assert _without_hosts(said) == "(an index), no (an index) or (an index)"
