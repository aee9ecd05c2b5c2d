"""An agent's client, the SDK's own, at a server in its own process; and people beside it."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters, stdio_client

from agent_session.services.decisions import Person
from agent_session.wiring import Wiring, wire
from tests.surfaces.cli.processes import environ

if TYPE_CHECKING:
    from mcp_types import CallToolResult

SERVER = ("-m", "agent_session", "mcp")
LONGEST_CALL_SECONDS = 30.0


class Agent:
    """A client in the project *folder*, whose calls wait for their answers."""

    def __init__(self, folder: Path, client: Client, portal: BlockingPortal) -> None:
        self.folder = folder
        self.client = client
        self.portal = portal

    # --- tools --------------------------------------------------------------------------------

    def told(self, tool: str, /, **given: object) -> CallToolResult:
        told: CallToolResult = self.portal.call(self.client.call_tool, tool, given)
        return told

    def call(self, tool: str, /, **given: object) -> dict[str, Any]:
        """What the tool answers, which it must."""
        told = self.told(tool, **given)
        assert not told.is_error, told
        answer: dict[str, Any] = told.structured_content
        assert json.loads(text_of(told)) == answer
        return answer

    def refused(self, tool: str, /, **given: object) -> str:
        """Why the tool refuses, which it must."""
        told = self.told(tool, **given)
        assert told.is_error, told
        return text_of(told)

    def create(self, **given: object) -> str:
        """The id of a new session."""
        return str(self.call("create_session", **given)["agent_id"])

    def request(self, agent_id: str, **given: object) -> str:
        """The id of a new request, for a plan unless something else is given."""
        action = {} if "tool" in given else {"plan": "the plan\n"}
        return str(
            self.call("request_approval", agent_id=agent_id, **{**action, **given})["id"]
        )

    def read(self, uri: str) -> Any:
        """What stands at *uri*; MCPError."""
        (content,) = self.portal.call(self.client.read_resource, uri).contents
        assert content.mime_type == "application/json"
        return json.loads(content.text)  # type: ignore[union-attr]

    # --- people -------------------------------------------------------------------------------

    @property
    def wiring(self) -> Wiring:
        """Another process's, as it were."""
        return wire("test", project=str(self.folder), variables={})

    def claim(self, agent_id: str, holder: str) -> int:
        """The token of a new claim."""
        claim = self.wiring.claims.claim(agent_id, holder)["claim"]
        assert claim is not None
        return int(claim["token"])

    def decide(self, approval_id: str, reason: str | None = None) -> None:
        """Let a person approve it, or reject it for a *reason*, away from any terminal."""
        wiring = self.wiring
        decisions = wiring.decisions
        decisions.agent_around = lambda: None
        approval = wiring.approvals.get(approval_id).approval
        if reason is None:
            decisions.approve(approval, Person("maria", "terminal"))
        else:
            decisions.reject(approval, Person("maria", "terminal"), reason)


def text_of(told: CallToolResult) -> str:
    (content,) = told.content
    return str(content.text)  # type: ignore[union-attr]


@contextmanager
def an_agent(folder: Path, mode: str = "auto", **variables: str) -> Iterator[Agent]:
    """A server that nobody else speaks to; on stderr it must have said nothing in the end."""
    parameters = StdioServerParameters(
        command=sys.executable, args=[*SERVER], env=environ(folder, **variables), cwd=folder
    )
    with tempfile.TemporaryFile("w+") as errors, start_blocking_portal() as portal:
        client = Client(
            stdio_client(parameters, errlog=errors),
            mode=mode,
            read_timeout_seconds=LONGEST_CALL_SECONDS,
        )
        with portal.wrap_async_context_manager(client):
            yield Agent(folder, client, portal)
        errors.seek(0)
        assert errors.read() == ""
