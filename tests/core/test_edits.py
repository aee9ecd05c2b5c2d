"""Edits of a plan, and of the world that it was made for, after a person said yes: a use lets
none of them through.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_session.core import asking
from agent_session.core.claims import Claimant
from agent_session.core.drift import drift_of
from agent_session.core.errors import ActionChangedError, ChainBrokenError
from tests.approvals import (
    APPROVAL_ID,
    CLAIMS,
    POLICY,
    STORE,
    a_file,
    an_approval,
    answered,
    asked,
)
from tests.examples import minutes_later

FILES = [a_file("a.tf"), a_file("b/c.tf", sha256="cd" * 32), a_file("plan.out", mode=0o600)]
LINK = a_file("to", kind="link", sha256=None, size=0, target="a.tf")
WORLD = [*FILES, LINK]
RAW = ("terraform apply plan.out\n# für die Umgebung „dev“\n" * 3).encode()
GIVEN = answered(asked(an_approval(raw=RAW, files={"globs": ["**"], "found": WORLD})))


def is_let_through(raw: bytes, world: Sequence[Mapping[str, Any]]) -> bool:
    """True where *raw* would be done, in a world that looks like *world* now."""

    def drift(approval: Mapping[str, Any]) -> list[dict[str, Any]]:
        return drift_of(approval["files"]["found"], world)

    attempt = asking.Attempt(raw, STORE, Claimant())
    now = minutes_later(20)
    try:
        drafts = asking.use(GIVEN, APPROVAL_ID, drift, attempt, POLICY, CLAIMS, now, "test")
    except (ActionChangedError, ChainBrokenError):
        return False
    return any(each["kind"] == "approval_used" for each in drafts)


def edited_bytes(raw: bytes, chance: random.Random) -> bytes:
    at_byte = chance.randrange(len(raw))
    edit = chance.randrange(6)
    if edit == 0:
        return (
            raw[:at_byte]
            + bytes([raw[at_byte] ^ (1 << chance.randrange(8))])
            + raw[at_byte + 1 :]
        )
    if edit == 1:
        return raw[:at_byte] + chance.randbytes(chance.randint(1, 4)) + raw[at_byte:]
    if edit == 2:
        return raw[:at_byte] + raw[at_byte + chance.randint(1, 8) :]
    if edit == 3:
        return raw[:at_byte]
    if edit == 4:
        return raw + chance.choice((b"\n", b" ", b"\0", b"\r\n", "\u200b".encode()))
    return (
        raw[:at_byte] + raw[at_byte:].swapcase()
        if raw[at_byte:] != raw[at_byte:].swapcase()
        else raw[1:]
    )


def edited_file(seen: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    digit = chance.randrange(64)
    sha256 = seen["sha256"] or "0" * 64
    changed = format(int(sha256[digit], 16) ^ chance.randint(1, 15), "x")
    return {
        **seen,
        **chance.choice(
            (
                {"sha256": sha256[:digit] + changed + sha256[digit + 1 :]},
                {"size": seen["size"] + chance.choice((-1, 1, 4096))},
                {"mode": seen["mode"] ^ (1 << chance.randrange(12))},
                {"path": seen["path"] + chance.choice((" ", "~", "/x", "\u0301"))},
                {"kind": "other"},
                {"kind": "link" if seen["kind"] == "file" else "file"},
                {"target": (seen["target"] or "") + "x"},
            )
        ),
    }


def edited_world(chance: random.Random) -> list[Mapping[str, Any]]:
    world: list[Mapping[str, Any]] = list(WORLD)
    place = chance.randrange(len(world))
    edit = chance.randrange(10)
    if edit == 0:
        del world[place]
    elif edit == 1:
        world.append(a_file(f"new-{chance.randrange(99)}"))
    elif edit == 2:  # two files change places: every digest is still somewhere
        first, second = WORLD[0], WORLD[1]
        world[:2] = [{**first, "path": second["path"]}, {**second, "path": first["path"]}]
    else:
        world[place] = edited_file(WORLD[place], chance)
    return world


def test_the_plan_and_the_world_as_they_were_are_let_through():
    assert is_let_through(RAW, list(reversed(WORLD)))


def let_through(edits: int) -> list[int]:
    """Which of so many edits, every other one of the plan, are accepted."""
    chance, found = random.Random(edits), []
    for number in range(edits):
        raw = edited_bytes(RAW, chance) if number % 2 else RAW
        world = WORLD if number % 2 else edited_world(chance)
        if is_let_through(raw, world):
            found.append(number)
    return found


def test_none_of_twenty_thousand_edits_is_let_through():
    assert let_through(20_000) == []


def test_a_use_that_compares_no_digest_is_caught(monkeypatch: pytest.MonkeyPatch):
    given = GIVEN["approvals"][0]["action"]["action_digest"]
    monkeypatch.setattr(asking, "action_digest", lambda *_: given)
    assert let_through(20) == []  # what a person was shown is looked at as well

    monkeypatch.setattr(asking, "was_shown", lambda *_: True)
    assert let_through(20) == list(range(1, 20, 2))


@settings(max_examples=500, deadline=None)
@given(
    st.binary(max_size=200) | st.text().map(lambda text: RAW + text.encode(errors="replace"))
)
def test_no_other_bytes_are_let_through(raw: bytes):
    assert is_let_through(raw, WORLD) is (raw == RAW)


@settings(max_examples=500, deadline=None)
@given(
    st.integers(0, len(WORLD) - 1),
    st.fixed_dictionaries(
        {},
        optional={
            "path": st.text(min_size=1),
            "kind": st.sampled_from(("file", "link", "other")),
            "mode": st.integers(0, 0o7777),
            "size": st.integers(0, 1 << 40),
            "sha256": st.text("0123456789abcdef", min_size=64, max_size=64),
            "target": st.none() | st.text(),
        },
    ),
)
def test_no_other_file_is_let_through(place: int, fields: dict[str, Any]):
    world: list[Mapping[str, Any]] = list(WORLD)
    world[place] = {**WORLD[place], **fields}
    paths = [each["path"] for each in world]

    if len(set(paths)) == len(paths):
        assert is_let_through(RAW, world) is (world == WORLD)
