"""The scripts of others that the pages load: whole, as they came, and asking nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent_session.surfaces.web.pages import STATIC_FOLDER

STATIC = Path(STATIC_FOLDER)
SCRIPT = STATIC / "htmx-with-sse.js"
LOADED = [path for path in sorted(STATIC.iterdir()) if path.suffix in {".js", ".css", ".svg"}]


def test_its_licence_lies_beside_it():
    text = (STATIC / "htmx.LICENSE").read_text(encoding="utf-8")

    assert text.startswith("Zero-Clause BSD")
    assert "with or without fee is hereby granted" in text


def test_the_charts_licence_lies_beside_them():
    text = (STATIC / "uplot.LICENSE").read_text(encoding="utf-8")

    assert text.startswith("The MIT License (MIT)")
    assert "The above copyright notice and this permission notice" in text


def test_the_charts_are_one_file_that_imports_no_other():
    text = (STATIC / "uplot.js").read_text(encoding="utf-8")

    assert "uPlot (v1." in text[:80]
    assert "var uPlot=" in text[:120]
    assert not re.search(r"\bimport\s*[\"'{*]|\bimportScripts\b|sourceMappingURL", text)


def test_it_is_one_file_that_imports_no_other():
    assert [path.name for path in STATIC.glob("htmx*.js")] == [SCRIPT.name]
    text = SCRIPT.read_text(encoding="utf-8")

    assert text.startswith("var htmx=")
    assert not re.search(r"\bimport\s*[\"'{*]|\bimportScripts\b|sourceMappingURL", text)


def test_it_speaks_with_streams_of_events():
    text = SCRIPT.read_text(encoding="utf-8")

    assert "hx-sse" in text
    assert "sse-connect" in text


@pytest.mark.parametrize("path", LOADED, ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path: Path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    addresses = re.findall(r"(?:https?:)?//[a-z0-9][^\s\"'`)]*\.[^\s\"'`)]*", text)

    # The name of a language, which nobody loads.
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}
    assert "@import" not in text


def test_nothing_else_lies_in_the_folder():
    assert {path.name for path in STATIC.iterdir()} == {
        "htmx-with-sse.js",
        "htmx.LICENSE",
        "icon.svg",
        "measures.js",
        "page.css",
        "page.js",
        "uplot.LICENSE",
        "uplot.css",
        "uplot.js",
    }
