"""How a store is named, and what is joined to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent_session.core.errors import InvalidValueError
from agent_session.stores.files.store import FileStore
from agent_session.stores.memory import MemoryStore
from agent_session.wiring import STORES, open_store, wire


@pytest.mark.parametrize("url", ["files:/a/b", "files:///a/b", "/a/b", "/a/b/"])
def test_a_folder_may_be_named_as_a_url_or_as_a_path(url: str):
    store = open_store(url)

    assert isinstance(store, FileStore)
    assert store.root.path == "/a/b"


def test_a_relative_folder_is_below_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    store = open_store("files:here")

    assert isinstance(store, FileStore)
    assert store.root.path == f"{tmp_path}/here"


@pytest.mark.parametrize("url", ["", "files:", "nowhere:x", "files:a\0b"])
def test_what_names_no_store_is_refused(url: str):
    with pytest.raises(InvalidValueError):
        open_store(url)


def test_every_kind_of_store_opens():
    assert isinstance(open_store("memory:"), MemoryStore)
    assert set(STORES) == {"files", "memory"}


def test_the_actor_in_the_journal_names_the_process(tmp_path: Path):
    wiring = wire("test", store="memory:", project=str(tmp_path), variables={})
    agent_id = wiring.sessions.create()["agent_id"]

    assert next(iter(wiring.store.events(agent_id)))["actor"] == f"test[{os.getpid()}]"


def test_the_settings_thresholds_are_the_policy(tmp_path: Path):
    variables = {
        "AGENT_SESSION_RESUME_IDLE_MINUTES": "5",
        "AGENT_SESSION_RESUME_MAX_ERRORS": "1",
    }
    policy = wire("test", store="memory:", project=str(tmp_path), variables=variables).policy

    assert (policy.idle.total_seconds(), policy.max_errors) == (300, 1)


def test_the_history_that_the_settings_keep_is_a_limit_of_a_new_session(tmp_path: Path):
    variables = {"AGENT_SESSION_HISTORY_KEPT": "2"}
    wiring = wire("test", store="memory:", project=str(tmp_path), variables=variables)

    assert wiring.sessions.create()["limits"] == {"history": 2}
