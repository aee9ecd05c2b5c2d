"""How a store's URL is read: what kind it is, where, and what of it may be shown."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from agent_session import places

if TYPE_CHECKING:
    from pathlib import Path

SERVER = "postgresql://me:secret@db.example:5432/sessions?sslmode=require"


@pytest.mark.parametrize(
    ("url", "kind", "place"),
    [
        ("/a/b", "files", "/a/b"),
        ("files:/a/b/", "files", "/a/b"),
        ("files:///a/b", "files", "/a/b"),
        ("sqlite:/a/b.db", "sqlite", "/a/b.db"),
        ("sqlite:///a/b.db", "sqlite", "/a/b.db"),
        ("sqlite:", "sqlite", ""),
        ("./a:b", "files", f"{os.getcwd()}/./a:b"),
        (SERVER, "postgres", SERVER),
        ("postgres://h/d", "postgres", "postgres://h/d"),
        ("memory:", "memory", "memory:"),
        ("pigeons:x", "pigeons", "pigeons:x"),
    ],
)
def test_a_url_names_a_kind_and_a_place(url: str, kind: str, place: str) -> None:
    assert places.kind_and_place(url) == (kind, place)


def test_a_relative_path_is_seen_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert places.kind_and_place("sqlite:s.db") == ("sqlite", f"{tmp_path}/s.db")


@pytest.mark.parametrize(
    ("url", "located"),
    [
        ("sqlite:s.db", "sqlite:/p/s.db"),
        ("files:here", "files:/p/here"),
        ("here", "/p/here"),
        ("/there", "/there"),
        ("sqlite:/there.db", "sqlite:/there.db"),
        ("memory:", "memory:"),
        (SERVER, SERVER),
    ],
)
def test_a_relative_path_can_be_seen_from_another_folder(url: str, located: str) -> None:
    assert places.located(url, "/p") == located


@pytest.mark.parametrize(
    ("url", "lasting"),
    [
        ("/a/./b/../c", "files:/a/c"),
        ("sqlite:/a//s.db", "sqlite:/a/s.db"),
        ("memory:", None),
        (SERVER, "postgresql://me@db.example:5432/sessions?sslmode=require"),
    ],
)
def test_the_url_that_is_kept_leads_there_from_anywhere(url: str, lasting: str | None) -> None:
    assert places.lasting(url) == lasting


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (SERVER, "postgresql://me@db.example:5432/sessions?sslmode=require"),
        ("postgresql://db/x?password=secret", "postgresql://db/x"),
        ("postgresql://db/x?a=b&password=secret&c=d", "postgresql://db/x?a=b&c=d"),
        ("postgresql://db/x", "postgresql://db/x"),
        ("postgres://me:p%40ss:w@db/x", "postgres://me@db/x"),
        ("files:/a:b@c", "files:/a:b@c"),
    ],
)
def test_a_password_is_neither_shown_nor_kept(url: str, shown: str) -> None:
    assert places.without_password(url) == shown


def test_what_lies_beside_an_sqlite_file_is_the_store_s_own() -> None:
    from agent_session.stores.sqlite.connections import BESIDE

    assert places.own_paths("sqlite:/s") == ("/s", *(f"/s{suffix}" for suffix in BESIDE))
    assert places.own_paths(SERVER) == ()
