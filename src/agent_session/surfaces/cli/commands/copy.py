"""`copy`: bring all sessions of one store into another."""

from __future__ import annotations

from agent_session import places
from agent_session.surfaces.cli.arguments import AS_JSON, Argument, UsageError
from agent_session.surfaces.cli.progress import watched
from agent_session.surfaces.cli.render import complain, say, say_json
from agent_session.telling.words import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.services.copying import Copied
    from agent_session.wiring import Wiring

DETAIL = (
    "Each session comes with its whole chain of events; then each is held against its copy.\n"
    "The source is only read.  Broken off, it is called again and goes on; called later, it\n"
    "brings what has happened since.  Status 1 where a session could not be copied.\n"
    "Approvals that are open stay those of the store they were asked in: ask again in the new."
)
EXAMPLES = (
    "agent-session copy --from files:.claude/session --to sqlite:.claude/sessions.db",
    "agent-session copy --from sqlite:sessions.db --to postgresql://db.example/sessions",
)
ARGUMENTS = (
    Argument("source", "the store that is read", "--from", shown="URL"),
    Argument("target", "the store that is written", "--to", shown="URL"),
    AS_JSON,
)
_MOST_NAMED = 20


def run(wiring: Wiring, *, source: str | None, target: str | None, as_json: bool) -> int:
    if source is None or target is None:
        raise UsageError("say which store is read with --from, and which is written with --to")
    copying = wiring.copying(source, target)
    total = copying.source.count()
    copying.copy(watched("Copying sessions", total))
    copied = copying.verify(watched("Verifying copies", total))
    if as_json:
        _tell_json(copied)
    else:
        _tell(copied, target)
    return 1 if copied.failed else 0


def _tell_json(copied: Copied) -> None:
    say_json(
        {
            "copied": copied.new,
            "brought_up_to_date": copied.further,
            "unchanged": copied.same,
            "verified": copied.verified,
            "delegations": copied.delegations,
            "open_approvals": copied.open_approvals,
            "failed": copied.failed,
        }
    )


def _tell(copied: Copied, target: str) -> None:
    for agent_id, why in list(copied.failed.items())[:_MOST_NAMED]:
        complain(f"{agent_id}: {why}")
    if len(copied.failed) > _MOST_NAMED:
        complain(f"... and {len(copied.failed) - _MOST_NAMED} more")
    if copied.delegations is None:
        complain("the target has delegations of its own: those of the source were left out")
    if copied.open_approvals:
        complain(
            f"{counted(len(copied.open_approvals), 'approval')} still open: they count in the "
            "source alone; ask again in the new store with `agent-session ask-again`"
        )
    say(
        f"Copied to {places.without_password(target)}: {copied.new} new, "
        f"{copied.further} brought up to date, {copied.same} unchanged; "
        f"{copied.verified} verified, {len(copied.failed)} failed"
    )
