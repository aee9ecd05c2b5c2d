"""Settings of Claude Code as people have them, and what of ours is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agent_session.core.registering import START

THEIRS = {"type": "command", "command": "./lint.sh  --fast"}
BASH = {"matcher": "Bash", "hooks": [THEIRS]}
BEFORE = "settings.json.before-agent-session"

# Settings that people have, each with what is particular about it.
MERGED = {
    "an empty file": b"",
    "blanks alone": b"\n\n",
    "an empty object": b"{}",
    "an object with a line": b"{\n}\n",
    "no hooks": b'{\n  "model": "opus"\n}\n',
    "one line": b'{"model":"opus","permissions":{"allow":["Bash(ls)"]}}',
    "four spaces": b'{\n    "z": 1,\n    "a": {\n        "b": [1, 2]\n    }\n}\n',
    "tabs": b'{\n\t"z": 1,\n\t"hooks": {\n\t\t"Stop": []\n\t}\n}\n',
    "no final newline": b'{\n  "hooks": {},\n  "model": "opus"\n}',
    "CRLF": b'{\r\n  "model": "opus",\r\n  "hooks": {\r\n  }\r\n}\r\n',
    "a byte order mark": b'\xef\xbb\xbf{\n  "model": "opus"\n}\n',
    "not ASCII": '{\n  "sprache": "Größe \\u00fc 日本"\n}\n'.encode(),
    "numbers as typed": b'{"a": 1.0, "b": 1e2, "c": 12345678901234567890123}\n',
    "same events and matchers": json.dumps(
        {
            "hooks": {
                "SubagentStop": [{"hooks": [THEIRS]}, {"matcher": "", "hooks": [THEIRS]}],
                "PreToolUse": [BASH, {"matcher": "^(Agent|Task)$", "hooks": [THEIRS, THEIRS]}],
                "Notification": [{"hooks": [THEIRS]}],
            },
            "env": {"A": "1"},
        },
        indent=1,
    ).encode(),
    "all hooks on": b'{"disableAllHooks": false}',
}


def ours_in(value: Any) -> list[Any]:
    return [
        handler
        for groups in value["hooks"].values()
        for group in groups
        for handler in group["hooks"]
        if any(word.endswith(START) for word in handler.get("args", []))
    ]


def without_ours(value: dict[str, Any]) -> dict[str, Any]:
    """What is left, with neither empty groups nor empty events."""
    hooks = {
        event: [group for group in groups if not ours_in({"hooks": {event: [group]}})]
        for event, groups in value.get("hooks", {}).items()
    }
    return {**value, "hooks": {event: groups for event, groups in hooks.items() if groups}}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def written_at(path: Path) -> tuple[int, int]:
    """Which file it is and when it was written; not when it was read."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns
