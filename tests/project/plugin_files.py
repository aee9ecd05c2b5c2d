"""The plugin's hooks.json, made from the table of registrations.

`PYTHONPATH=src python3 -m tests.project.plugin_files` writes it anew.
"""

from __future__ import annotations

import json
import os

from agent_session.core.registrations import CLAUDE_CODE, hooks_of
from tests.project.tree import ROOT

PATH = os.path.join(ROOT, "hooks", "hooks.json")
_ABOUT = "Sessions of subagents: paused, resumed and ended; and guarded calls, approved."


def hooks_json() -> str:
    hooks = hooks_of(CLAUDE_CODE, "${CLAUDE_PLUGIN_ROOT}/hooks/run", ["claude-code"])
    return json.dumps({"description": _ABOUT, "hooks": hooks}, indent=2) + "\n"


if __name__ == "__main__":
    with open(PATH, "w", encoding="utf-8") as file:
        file.write(hooks_json())
