"""The token of a claim, as the verbs that write take it."""

from __future__ import annotations

from agent_session.wiring import token_of

from .arguments import Argument, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

TOKEN = Argument(
    "token",
    "the claim's token; else what AGENT_SESSION_TOKEN says",
    "--token",
    shown="N",
    convert=token_of,
)


def required_token(wiring: Wiring, token: int | None) -> int:
    """The *token* that was given, else the environment's; UsageError where there is neither."""
    presented = wiring.claimant(token=token).token
    if presented is None:
        raise UsageError("whose claim? give its token with --token, or in AGENT_SESSION_TOKEN")
    return presented
