"""`patterns`: what goes wrong again and again, with counts and examples."""

from __future__ import annotations

from agent_session.core.visible import shortened
from agent_session.surfaces.cli.arguments import AS_JSON, Argument
from agent_session.surfaces.cli.bounds import A_TIME, bound
from agent_session.surfaces.cli.progress import watched
from agent_session.surfaces.cli.render import complain, say, say_json
from agent_session.surfaces.cli.tables import Column, print_table
from agent_session.telling.words import span_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from agent_session.wiring import Wiring

DETAIL = (
    "Where agents fail, errors by their shape, slow phases, resumes that came to nothing, "
    "approvals that were not given or not used; of the sessions that are still in the store."
)
EXAMPLES = (
    "agent-session patterns --since 7d",
    "agent-session patterns --agent terraform-architect --json",
)
ARGUMENTS = (
    Argument("since", f"of sessions active since then: {A_TIME}", "--since", shown="T"),
    Argument("agent_name", "of this agent alone", "--agent", shown="NAME"),
    Argument("whole", "all of each kind, not the ten most frequent", "--all", is_flag=True),
    AS_JSON,
)
_MOST_SHOWN = 10
_LONGEST = 60


def run(
    wiring: Wiring,
    *,
    since: str | None,
    agent_name: str | None,
    whole: bool,
    as_json: bool,
) -> int:
    found = wiring.insights.patterns(
        bound("--since", since, wiring.now()),
        agent_name,
        progress=watched("Looking through sessions"),
        unreadable=lambda error: complain(str(error)),
    )
    if as_json:
        say_json(found)
        return 0
    say(f"Sessions looked at: {found['sessions']}")
    for key, (title, headings, cells) in _KINDS.items():
        _show(title, headings, [cells(row) for row in found[key]], whole=whole)
    return 0


def _show(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, whole: bool
) -> None:
    if not rows:
        return
    say("")
    shown = rows if whole else rows[:_MOST_SHOWN]
    left = len(rows) - len(shown)
    say(title + (f" ({left} more: --all)" if left else ""))
    columns = [Column(each) for each in headings]
    print_table([*columns[:-1], Column(headings[-1], wraps=True)], shown)


def _examples(row: Mapping[str, Any]) -> str:
    return ", ".join(row["examples"])


def _of(*words: str) -> Callable[[Mapping[str, Any]], Sequence[str]]:
    """The cells of a row: its count, what these *words* name, and its examples."""
    return lambda row: (
        str(row["count"]),
        *(shortened(str(row[word]), _LONGEST) for word in words),
        _examples(row),
    )


def _slow(row: Mapping[str, Any]) -> Sequence[str]:
    times = span_of(row["median_seconds"]), span_of(row["p95_seconds"])
    return str(row["count"]), row["phase"], *times, _examples(row)


def _asked(row: Mapping[str, Any]) -> Sequence[str]:
    share = f"{row['count']} of {row['of']}"
    return share, row["status"], row["agent"], row["what"], _examples(row)


_KINDS: Mapping[
    str, tuple[str, Sequence[str], Callable[[Mapping[str, Any]], Sequence[str]]]
] = {
    "failures": (
        "Where agents fail",
        ("COUNT", "AGENT", "PHASE", "EXAMPLES"),
        _of("agent", "phase"),
    ),
    "errors": ("Errors by their shape", ("COUNT", "ERROR", "EXAMPLES"), _of("shape")),
    "slow_phases": ("Where time goes", ("COUNT", "PHASE", "MEDIAN", "95 %", "LONGEST"), _slow),
    "resumes_refused": (
        "Sessions that were found and not resumed",
        ("COUNT", "REASON", "EXAMPLES"),
        _of("reason"),
    ),
    "resumes_failed": (
        "Resumed, and failed all the same",
        ("COUNT", "AGENT", "OUTCOME", "EXAMPLES"),
        _of("agent", "outcome"),
    ),
    "approvals": (
        "Asked, and came to nothing",
        ("COUNT", "STATUS", "AGENT", "WHAT", "EXAMPLES"),
        _asked,
    ),
}
