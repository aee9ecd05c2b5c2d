"""`settings`: what is in force, and who has said so."""

from __future__ import annotations

import sys

from agent_session.core.codec import encode
from agent_session.core.visible import one_line
from agent_session.settings import TABLE
from agent_session.surfaces.cli.arguments import AS_JSON
from agent_session.surfaces.cli.render import is_terminal, say_json_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.settings import Setting
    from agent_session.wiring import Wiring

DETAIL = (
    "In a pipe, one line each: key, value, where it is from, what it means.  The project and\n"
    "the environment may only tighten what concerns approvals and claims."
)
EXAMPLES = ("agent-session settings", "agent-session settings --json")
ARGUMENTS = (AS_JSON,)


def run(wiring: Wiring, *, as_json: bool) -> int:
    if as_json:
        say_json_lines([_as_json(wiring, each) for each in TABLE])
    elif is_terminal(sys.stdout):
        _show([_row(wiring, each) for each in TABLE])
    else:
        for each in TABLE:
            sys.stdout.write("\t".join(map(one_line, _row(wiring, each))) + "\n")
    return 0


def _as_json(wiring: Wiring, setting: Setting) -> dict[str, object]:
    return {
        "key": setting.key,
        "value": wiring.settings[setting.key],
        "source": wiring.settings.sources[setting.key],
        "meaning": setting.meaning,
        "variable": setting.variable,
    }


def _row(wiring: Wiring, setting: Setting) -> Sequence[str]:
    value = wiring.settings[setting.key]
    shown = "-" if value is None else value if isinstance(value, str) else encode(value)
    return setting.key, shown, wiring.settings.sources[setting.key], setting.meaning


def _show(rows: Sequence[Sequence[str]]) -> None:
    from agent_session.surfaces.cli.tables import Column, print_table

    columns = (
        Column("SETTING", lambda _: "bold"),
        Column("VALUE", gives_way=True),
        Column("FROM", lambda cell: "dim" if cell == "default" else "yellow", gives_way=True),
        Column("MEANING", wraps=True),
    )
    print_table(columns, rows)
