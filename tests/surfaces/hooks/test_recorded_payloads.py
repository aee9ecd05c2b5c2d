"""Everything that a real Claude Code 2.1.330 has told its hooks, told to ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.surfaces.hooks.hook_project import HOOKS
from tests.surfaces.hooks.host_project import PAYLOADS

if TYPE_CHECKING:
    from tests.surfaces.hooks.hook_project import HookProject
    from tests.surfaces.hooks.host_project import HostProject

EVENTS = sorted(path.stem for path in PAYLOADS.glob("[A-Z]*.json"))
STARTS = {"SubagentStart.fresh", "SubagentStart.resumed"}


def test_there_are_forty_of_them() -> None:
    assert len(EVENTS) == 40


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_in_a_project_without_sessions_only_the_start_of_an_agent_is_answered(
    host: HostProject, name: str, closed: bool
) -> None:
    if name in STARTS:
        assert "agent-session keeps your work as session agent-" in host.context(name)
    else:
        host.silence(name, closed=closed)
    assert len(host.sessions()) == (name in STARTS)


@pytest.mark.parametrize("name", EVENTS)
def test_while_an_agent_runs_nothing_of_others_concerns_it(
    host: HostProject, name: str
) -> None:
    host.start("a0123456789abcdef", session_id="another-conversation")
    before = host.record

    if name in STARTS:
        host.context(name)
    else:
        host.silence(name)

    assert host.wiring().sessions.get(before["agent_id"]) == before


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("name", EVENTS)
def test_the_published_hooks_answer_them_too(
    project: HookProject, hook: str, name: str
) -> None:
    answer = project.run(hook, (PAYLOADS / f"{name}.json").read_bytes()).answer

    assert not answer.get("should_resume", False)


@pytest.mark.parametrize("name", EVENTS)
def test_a_payload_that_is_cut_off_stands_in_the_way_only_where_it_must(
    host: HostProject, name: str
) -> None:
    whole = (PAYLOADS / f"{name}.json").read_bytes()
    cut = whole[: len(whole) // 2]

    host.silence(name, raw=cut)
    assert "could not look at this call" in host.denial(name, raw=cut, closed=True)


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_of_another_type_than_it_should_be_is_no_event(
    host: HostProject, name: str
) -> None:
    odd_values: tuple[object, ...] = (None, 7, [{}])
    for wrong in odd_values:
        told = json.loads((PAYLOADS / f"{name}.json").read_text())
        odd = json.dumps(dict.fromkeys(told, wrong)).encode()
        host.silence(name, raw=odd)
    assert host.sessions() == []
