"""A session as it stood at each of its events, with a slider between them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent_session.core.codec import encode
from agent_session.core.differences import ABSENT
from agent_session.core.visible import shortened
from agent_session.telling.story import told

from .pages import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from agent_session.core.differences import Difference
    from agent_session.services.history import Step

_LONGEST = 400


def show_replay(request: Request) -> Response:
    """One step: `step` counts them from 1; what is no step of it is the nearest that is."""
    wiring = request.app.state.desk.wiring
    agent_id = request.path_params["agent_id"]
    record = wiring.sessions.get(agent_id)
    steps = list(wiring.history.steps(agent_id))
    number = _number(request.query_params.get("step", ""), len(steps))
    return page(
        request,
        "replay.html",
        record=record,
        number=number,
        count=len(steps),
        step=_shown(steps, number) if steps else None,
    )


def _number(text: str, count: int) -> int:
    """The last one where none is asked for."""
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else count
    return min(max(asked, 1), count)


def _shown(steps: Sequence[Step], number: int) -> dict[str, Any]:
    step = steps[number - 1]
    phase = steps[number - 2].record["phase"] if number > 1 else ""
    words, _ = told(step.event, phase)
    return {
        "event": step.event,
        "words": words,
        "phase": step.record["phase"],
        "changed": [_change(each) for each in step.changed] if number > 1 else [],
        "record": json.dumps(step.record, indent=2, ensure_ascii=False),
    }


def _change(each: Difference) -> dict[str, str]:
    return {"path": each.path, "before": _text(each.before), "after": _text(each.after)}


def _text(value: Any) -> str:
    return "" if value is ABSENT else shortened(encode(value), _LONGEST)
