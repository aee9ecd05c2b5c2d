"""`verify`: weigh journals and snapshots; `--repair` rebuilds what is derived from journals."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import AS_JSON, Argument
from agent_session.surfaces.cli.progress import watched
from agent_session.surfaces.cli.render import say, say_json
from agent_session.telling.words import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.services.reports import Checked
    from agent_session.wiring import Wiring

DETAIL = (
    "Names the first bad line of a journal.  Status 1 where something is wrong, or stays wrong."
)
EXAMPLES = (
    "agent-session verify",
    "agent-session verify agent-20260108-180530-abc12345 --repair",
)
ARGUMENTS = (
    Argument(
        "agent_id", "one session; all of them where none is given", shown="ID", is_optional=True
    ),
    Argument(
        "repair", "rebuild snapshots and the index from the journals", "--repair", is_flag=True
    ),
    AS_JSON,
)


def run(wiring: Wiring, *, agent_id: str | None, repair: bool, as_json: bool) -> int:
    found = wiring.reports.verify(agent_id, watched("Verifying"))
    left = found
    if repair:
        wiring.reports.repair(agent_id)
        left = wiring.reports.verify(agent_id, watched("Verifying again"))
    if as_json:
        _tell_json(found, left, repair=repair)
    else:
        _tell(found, left, repair=repair)
    return 1 if left.flaws else 0


def _tell_json(found: Checked, left: Checked, *, repair: bool) -> None:
    repaired = sorted(found.flaws.keys() - left.flaws.keys())
    flaws = {agent_id: list(each) for agent_id, each in left.flaws.items()}
    say_json({"verified": found.count, "flaws": flaws, "repaired": repaired if repair else []})


def _tell(found: Checked, left: Checked, *, repair: bool) -> None:
    for agent_id, flaws in found.flaws.items():
        if agent_id not in left.flaws:
            say(f"{agent_id}: repaired: {'; '.join(flaws)}")
    for agent_id, flaws in left.flaws.items():
        for flaw in flaws:
            say(f"{agent_id}: {flaw}")
    still = "still " if repair else ""
    verdict = f"{len(left.flaws)} {still}flawed" if left.flaws else "all sound"
    say(f"Verified {counted(left.count, 'session')}: {verdict}")
