"""docs/state.schema.json is what is written, no more and no less."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core import phases
from agent_session.core.actions import plan_action, tool_action
from agent_session.core.approvals import NEEDS, STATUSES, STRENGTHS, WEB
from agent_session.core.errors import InvalidValueError
from agent_session.core.state import SHAPE, record_of
from agent_session.services.decisions import Person
from agent_session.wiring import wire
from tests.e2e.record_schema import complaints, schema
from tests.examples import a_record

if TYPE_CHECKING:
    from pathlib import Path

    from agent_session.wiring import Wiring

PERSON = Person("ada", WEB)
# What it says of each may be narrower than what is read: a time of any spelling is.
WORDS: st.SearchStrategy[object] = st.sampled_from(
    ["", "planning", "a", None, True, 0, 1, -1, 1.5, [], {}, [{}], [1]]
)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_it_names_each_field_and_each_word_there_is() -> None:
    told, approval = schema(), schema()["$defs"]["approval"]["properties"]

    assert list(told["properties"]) == told["required"] == list(SHAPE)
    assert set(told["$defs"]["phase"]["enum"]) == set(phases.PHASES)
    assert set(approval["status"]["enum"]) == set(STATUSES)
    assert set(approval["required"]["enum"]) == set(NEEDS)
    assert set(approval["decision"]["anyOf"][0]["properties"]["strength"]["enum"]) == set(
        STRENGTHS
    )


@given(st.sampled_from(sorted(SHAPE)), WORDS)
def test_what_the_store_would_refuse_the_schema_refuses(field: str, value: object) -> None:
    record = {**a_record(), field: value}

    try:
        record_of(record)
    except InvalidValueError:
        assert complaints(record)


def _live(wiring: Wiring, folder: str) -> str:
    """A session to which all sorts of things happen."""
    agent_id = wiring.sessions.create("architect", "to try", {"n": 1})["agent_id"]
    wiring.sessions.update(agent_id, "planning", error="no such module")
    for raw in (b"apply", b"destroy"):
        asked = wiring.approvals.request(agent_id, plan_action(raw), folder, globs=["*.tf"])
        wiring.decisions.approve(wiring.approvals.get(asked["id"]).approval, PERSON)
    wiring.approvals.use(asked["id"], b"destroy")
    call = tool_action("Bash", {"command": "terraform apply"})
    refused = wiring.approvals.request(agent_id, call, folder)
    wiring.decisions.reject(wiring.approvals.get(refused["id"]).approval, PERSON, "not today")
    wiring.approvals.request(agent_id, plan_action(b"again"), folder)
    return agent_id


def _as_written(folder: Path, agent_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "s" / agent_id / "state.json").read_bytes())
    return found


def test_what_a_whole_life_writes_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("size = 1\n")
    wiring = wire("test", store=f"files:{tmp_path}/s", project=str(tmp_path), variables={})

    agent_id = _live(wiring, str(tmp_path))
    alive = _as_written(tmp_path, agent_id)
    fork = wiring.branches.fork(agent_id)["agent_id"]
    wiring.claims.claim(fork, "another host")
    wiring.sessions.finalize(agent_id, "completed", "all done")

    assert len(alive["approvals"]) == 4
    assert [complaints(each) for each in (alive, _as_written(tmp_path, fork))] == [[], []]
    assert complaints(_as_written(tmp_path, agent_id)) == []
