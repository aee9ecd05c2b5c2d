"""The tools as a client is told of them: tools.json.

`PYTHONPATH=src python3 -m tests.surfaces.mcp.tool_list` writes it anew.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.surfaces.mcp.agent import Agent, an_agent

GOLDEN = Path(__file__).with_name("tools.json")
REWRITE = "PYTHONPATH=src python3 -m tests.surfaces.mcp.tool_list"


def tools_told(agent: Agent) -> str:
    tools = agent.portal.call(agent.client.list_tools).tools
    told = [each.model_dump(by_alias=True, exclude_none=True) for each in tools]
    return json.dumps(told, indent=2) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, an_agent(Path(folder)) as agent:
        GOLDEN.write_text(tools_told(agent))
