"""The measures: figures with their targets, how they went, and the text for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from agent_session.core.errors import AgentSessionError
from agent_session.core.figures import TARGETS, figure
from agent_session.core.instants import moment
from agent_session.telling.figures import FIGURES, Told, shown
from agent_session.telling.prometheus import content_type, exposition

from .asked_times import require_short, time_in
from .pages import page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request

FIELDS = ("agent", "since", "until")
# What is drawn in one chart: its heading, and the figures by name.
CHARTS = (
    ("Sessions and delegations", ("counts.sessions", "delegations")),
    ("Resume rate", ("resume_rate",)),
    ("Resume success", ("resume_success_rate",)),
    ("Error rate", ("error_rate",)),
    ("Duration of sessions", ("duration_seconds.median", "duration_seconds.p95")),
    ("Time to a decision", ("time_to_decision_seconds.median", "time_to_decision_seconds.p95")),
)
TRENDS = tuple(told for told in FIGURES if told.has_trend)


def show_measures(request: Request) -> Response:
    """The address holds what is asked for; every chart is drawn from the table below them."""
    wiring = request.app.state.desk.wiring
    asked = {name: request.query_params.get(name, "").strip() for name in FIELDS}
    require_short(asked)
    now = wiring.now()
    report = wiring.measures.report(
        time_in("from", asked["since"], now),
        time_in("until", asked["until"], now),
        asked["agent"] or None,
    )
    return page(
        request,
        "measures.html",
        asked=asked,
        rows=[_row(told, report) for told in FIGURES],
        approvals=list(_approvals(report)),
        charts=list(map(_chart, *zip(*CHARTS, strict=True))),
        columns=TRENDS,
        unit=report["trends"]["unit"],
        trends=[_period(each) for each in report["trends"]["periods"]],
    )


def give_metrics(request: Request) -> Response:
    """What Prometheus asks for."""
    try:
        text = exposition(request.app.state.desk.wiring.measures.report())
    except AgentSessionError as error:
        return PlainTextResponse(f"{error}\n", 503)
    return Response(text, media_type=content_type())


# --- rows -------------------------------------------------------------------------------------


def _row(told: Told, report: Mapping[str, Any]) -> dict[str, Any]:
    value, target = figure(report, told.name), TARGETS.get(told.name)
    bound = "" if target is None else shown(target.bound, told.unit)
    return {
        "what": told.words,
        "value": shown(value, told.unit),
        "of": told.of.format_map(report["counts"] | report),
        "target": "" if target is None else f"{'more' if target.more else 'less'} than {bound}",
        "is_met": target.is_met(value) if target else None,
    }


def _approvals(report: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    for status, by_strength in report["approvals"].items():
        for strength, count in by_strength.items():
            yield status, strength, count


def _chart(words: str, names: tuple[str, ...]) -> dict[str, Any]:
    """The columns of the table that it draws, and the targets of those that have one."""
    columns = [each.name for each in TRENDS]
    targets = [TARGETS[name].bound for name in names if name in TARGETS]
    return {
        "words": words,
        "unit": TRENDS[columns.index(names[0])].unit,
        "columns": " ".join(str(columns.index(name)) for name in names),
        "targets": " ".join(map(str, targets)),
    }


def _period(each: Mapping[str, Any]) -> dict[str, Any]:
    cells = [(figure(each, told.name), told.unit) for told in TRENDS]
    return {
        "start": each["start"],
        "seconds": int(moment(each["start"]).timestamp()),
        "cells": [
            {"value": "" if value is None else value, "shown": shown(value, unit)}
            for value, unit in cells
        ],
    }
