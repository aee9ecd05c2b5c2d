"""How a store is named, and what is joined to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent_session.core.errors import InvalidValueError
from agent_session.stores.files.store import FileStore
from agent_session.stores.memory import MemoryStore
from agent_session.wiring import STORES, open_store, wire
from agent_session.world.signers import Signers


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
    assert set(STORES) == {"files", "memory", "postgres", "sqlite"}


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


def test_claims_and_approvals_are_as_the_settings_say(tmp_path: Path):
    variables = {
        "AGENT_SESSION_CLAIMS_LEASE_MINUTES": "5",
        "AGENT_SESSION_CLAIMS_GRANT_SECONDS": "7",
        "AGENT_SESSION_CLAIMS_REQUIRE_TOKEN": "true",
        "AGENT_SESSION_APPROVAL_EXPIRES_HOURS": "2",
        "AGENT_SESSION_APPROVAL_GRANT_MINUTES": "3",
        "AGENT_SESSION_APPROVAL_STRENGTH": "signed",
        "AGENT_SESSION_APPROVAL_GIT": "strict",
    }
    wiring = wire("test", store="memory:", project=str(tmp_path), variables=variables)

    claims, approvals = wiring.claim_policy, wiring.approval_policy
    assert (claims.lease.total_seconds(), claims.grant.total_seconds()) == (300, 7)
    assert claims.require_token
    assert (approvals.expires.total_seconds(), approvals.grant.total_seconds()) == (7200, 180)
    assert approvals.strength == "signed"
    assert wiring.approvals.git_is_strict


def test_the_signers_stand_beside_the_user_s_settings_unless_these_name_them(tmp_path: Path):
    def signers(variables: dict[str, str]) -> str:
        wiring = wire("test", store="memory:", project=str(tmp_path), variables=variables)
        found = wiring.vouching.signatures
        assert isinstance(found, Signers)
        return found.path

    config = tmp_path / "config" / "agent-session"
    variables = {"XDG_CONFIG_HOME": str(config.parent)}
    assert signers(variables) == f"{config}/allowed_signers"

    config.mkdir(parents=True)
    (config / "config.json").write_text('{"approval.allowed_signers": "/etc/signers"}')
    assert signers(variables) == "/etc/signers"


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("files:/a/b", ["/a/b"]),
        ("files:///a/b/", ["/a/b"]),
        ("/a/b", ["/a/b"]),
        ("sqlite:/a/b", ["/a/b", "/a/b-journal", "/a/b-wal", "/a/b-shm", "/a/b-gate"]),
        ("postgresql://host/db", []),
        ("memory:", []),
    ],
)
def test_what_is_the_store_s_own_is_no_part_of_what_is_approved(
    tmp_path: Path, url: str, own: list[str]
):
    wiring = wire("test", store=url, project=str(tmp_path), variables={})

    assert list(wiring.surroundings.own) == own


def test_a_token_that_is_given_counts_before_that_of_the_environment(tmp_path: Path):
    variables = {"AGENT_SESSION_TOKEN": "3"}
    wiring = wire("test", store="memory:", project=str(tmp_path), variables=variables)

    given, ambient = wiring.claimant(token=4), wiring.claimant("host")
    assert (given.token, given.is_ambient) == (4, False)
    assert (ambient.holder, ambient.token, ambient.is_ambient) == ("host", 3, True)
