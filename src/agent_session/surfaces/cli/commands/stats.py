"""`stats`: whether resuming works: the measures, with their targets and how they went."""

from __future__ import annotations

import sys

from agent_session.core.figures import TARGETS, Target, figure
from agent_session.surfaces.cli.arguments import AS_JSON, Argument, UsageError
from agent_session.surfaces.cli.bounds import A_TIME, bound
from agent_session.surfaces.cli.render import say, say_json, say_text
from agent_session.telling.figures import FIGURES, Told, shown, sparkline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from agent_session.wiring import Wiring

DETAIL = (
    "Sessions count with the time of their creation, approvals with that of their request, "
    "delegations with that of their check; what was removed meanwhile counts on."
)
EXAMPLES = (
    "agent-session stats",
    "agent-session stats --agent terraform-architect --since 7d --json",
    "agent-session stats --prometheus > /var/lib/node_exporter/agent_session.prom",
)
ARGUMENTS = (
    Argument("since", f"from then on: {A_TIME}", "--since", shown="T"),
    Argument("until", "before then", "--until", shown="T"),
    Argument("agent_name", "of this agent alone", "--agent", shown="NAME"),
    AS_JSON,
    Argument(
        "prometheus",
        "print the text that Prometheus reads; needs the extra `prometheus`",
        "--prometheus",
        is_flag=True,
    ),
)


def run(
    wiring: Wiring,
    *,
    since: str | None,
    until: str | None,
    agent_name: str | None,
    as_json: bool,
    prometheus: bool,
) -> int:
    if as_json and prometheus:
        raise UsageError("give --json or --prometheus, not both")
    now = wiring.now()
    begin, end = bound("--since", since, now), bound("--until", until, now)
    report = wiring.measures.report(begin, end, agent_name)
    if as_json:
        say_json(report)
    elif prometheus:
        from agent_session.telling.prometheus import exposition

        say_text(exposition(report).decode())
    else:
        _show(report)
    return 0


def _show(report: Mapping[str, Any]) -> None:
    from agent_session.surfaces.cli.tables import Column, print_table

    columns = [
        Column("MEASURE"),
        Column("VALUE"),
        Column("TARGET", _verdict_style),
        Column("OF"),
    ]
    if _is_utf8():
        columns.append(Column(f"BY {report['trends']['unit'].upper()}", lambda _: "cyan"))
    print_table(columns, [row[: len(columns)] for row in _rows(report)])
    say("")
    say(f"Approvals: {_by_status(report['approvals'])}")


def _rows(report: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for told in FIGURES:
        value = figure(report, told.name)
        trend = [
            figure(each, told.name) for each in report["trends"]["periods"] if told.has_trend
        ]
        yield (
            told.words,
            shown(value, told.unit),
            _against(TARGETS.get(told.name), value, told),
            told.of.format_map(report["counts"] | report),
            sparkline(trend),
        )


def _against(target: Target | None, value: float | None, told: Told) -> str:
    if target is None:
        return ""
    is_met = target.is_met(value)
    verdict = "" if is_met is None else ", met" if is_met else ", missed"
    return f"{'>' if target.more else '<'} {shown(target.bound, told.unit)}{verdict}"


def _verdict_style(cell: str) -> str | None:
    return {"met": "green", "missed": "red"}.get(cell.rpartition(" ")[2])


def _by_status(approvals: Mapping[str, Mapping[str, int]]) -> str:
    told = [
        f"{sum(by_strength.values())} {status}"
        + (
            f" ({', '.join(f'{count} {each}' for each, count in answered.items())})"
            if answered
            else ""
        )
        for status, by_strength in approvals.items()
        for answered in [{each: count for each, count in by_strength.items() if each != "none"}]
    ]
    return ", ".join(told) or "none"


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
