"""`doctor`: look at the store, the settings and the hooks."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import AS_JSON
from agent_session.surfaces.cli.checks import check_all
from agent_session.surfaces.cli.render import say, say_json
from agent_session.surfaces.cli.tables import Column, print_table
from agent_session.telling.words import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.surfaces.cli.check import Check
    from agent_session.wiring import Wiring

DETAIL = (
    "Status 1 where something is wrong, with what to do about it.  Each hook that is\n"
    "registered for Claude Code is run just so, in a throw-away project."
)
EXAMPLES = ("agent-session doctor", "agent-session doctor --json")
ARGUMENTS = (AS_JSON,)

_VERDICTS = {True: "ok", False: "WRONG", None: "-"}
_STYLES = {"ok": "green", "WRONG": "bold red", "-": "dim"}


def run(wiring: Wiring, *, as_json: bool) -> int:
    found = list(check_all(wiring))
    wrong = [each for each in found if each.is_right is False]
    if as_json:
        say_json({"healthy": not wrong, "checks": [_as_json(each) for each in found]})
    else:
        columns = (
            Column(style_of=_STYLES.get),
            Column(style_of=lambda _: "bold"),
            Column(wraps=True),
        )
        print_table(columns, [_row(each) for each in found])
        _advise(wrong)
    return 1 if wrong else 0


def _as_json(check: Check) -> dict[str, object]:
    return {
        "what": check.what,
        "value": check.value,
        "is_right": check.is_right,
        "advice": check.advice,
    }


def _row(check: Check) -> Sequence[str]:
    return _VERDICTS[check.is_right], check.what, check.value


def _advise(wrong: Sequence[Check]) -> None:
    say("all is well" if not wrong else f"{counted(len(wrong), 'thing')} wrong:")
    for check in wrong:
        say(f"  {check.what}: {check.advice}")
