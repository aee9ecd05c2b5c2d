"""What the hooks of Claude Code cost as whole processes, beside the bare interpreter."""

from __future__ import annotations

import json
import os
from typing import Any

from agent_session.core.hosts import host_of
from agent_session.wiring import wire
from benchmarks.bench import Bench
from benchmarks.filling import agent, fill, metadata, without_syncs
from benchmarks.programs import Program, bare, environment
from benchmarks.results import Measured, Row
from benchmarks.rounds import Samples, Subject, interleave, ratio, summary_of, unrest

FLOOR = "python3 -I -S -c pass"
DELEGATED = "a delegation, nothing to go on with"
DELEGATED_PLUGIN = "the same through the plugin's own start"
BASH = "a Bash call, no guard anywhere"
BASH_GUARDS = "a Bash call that none of the guards is about"
BASH_PLUGIN = "the same through the plugin's own start, no guard"
PROMPT = "a prompt, nothing waits"
STOP = "the end of a turn of main"
WAKE = "a message that wakes a paused agent: judged, claimed, briefed"
START = "a subagent's start: its session begins, claimed"
AIMS = {
    **dict.fromkeys((DELEGATED, BASH, BASH_GUARDS), 1.3),
    **dict.fromkeys((DELEGATED_PLUGIN, BASH_PLUGIN, PROMPT, STOP, START)),
    WAKE: 4.0,
}
GUARDS = [
    {"tool": "Bash", "match": match, "files": ["*.tf"]}
    for match in (
        "terraform apply *",
        "terraform destroy *",
        "kubectl delete *",
        "helm upgrade *",
    )
]


def measure(bench: Bench) -> Measured:
    many, rounds = bench.pick(10_000, 2_000), bench.pick(400, 60)
    project = bench.folder("project")
    os.makedirs(f"{project}/.claude")
    fill(f"{project}/.claude/session", finished=many, live=0)
    hooks = _Hooks(bench, project)
    subjects: dict[str, Subject] = {FLOOR: Program(bare(bench.python), hooks.environment).run}
    subjects |= {name: each.run for name, each in hooks.silent().items()}
    subjects |= {WAKE: hooks.wakes(rounds + 10), START: hooks.starts(rounds + 10)}
    bench.settle()
    samples = interleave(subjects, rounds, seconds=bench.seconds)
    notes = [
        f"{many} finished sessions in the store, twenty agents in each conversation. The last "
        "two are durable writes as well; the plugin's own start is a POSIX shell that hands "
        "over to the Python it remembers."
    ]
    times = {name: summary_of(each) for name, each in samples.items()}
    return Measured(rows=_rows(samples), times=times, notes=notes, unrest=unrest(samples))


def _rows(samples: Samples) -> list[Row]:
    return [ratio(samples, name, name, FLOOR, aim) for name, aim in AIMS.items()]


class _Hooks:
    """The hook in *project*, as a client that runs it would call it."""

    def __init__(self, bench: Bench, project: str) -> None:
        self.bench, self.project = bench, project
        self.environment = {**environment(project), "CLAUDE_PID": str(os.getpid())}
        self.guarded = {**self.environment, "HOME": self._home_with_guards()}
        self.plugged = {
            **self.environment,
            "CLAUDE_PLUGIN_ROOT": bench.tree,
            "CLAUDE_PLUGIN_DATA": bench.folder("data"),
            "PATH": f"{os.path.dirname(bench.python)}:{os.defpath}",
        }

    def _home_with_guards(self) -> str:
        folder = f"{self.bench.folder('home')}/.config/agent-session"
        os.makedirs(folder)
        with open(f"{folder}/config.json", "w", encoding="utf-8") as file:
            json.dump({"guards": GUARDS}, file)
        return folder.removesuffix("/.config/agent-session")

    def silent(self) -> dict[str, Program]:
        """Those that have nothing to say, as most."""
        delegation = self._payload("PreToolUse", tool_name="Agent", tool_input=_DELEGATION)
        command = {"command": "git status --short && npm test", "description": "look"}
        bash = self._payload("PreToolUse", tool_name="Bash", tool_input=command)
        found = {
            DELEGATED: self._program(delegation),
            DELEGATED_PLUGIN: self._plugged(delegation),
            BASH: self._program(bash, closed=True),
            BASH_GUARDS: self._program(bash, closed=True, variables=self.guarded),
            BASH_PLUGIN: self._plugged(bash, closed=True),
            PROMPT: self._program(self._payload("UserPromptSubmit", prompt="Go on.")),
            STOP: self._program(self._payload("Stop", stop_hook_active=False)),
        }
        for name, program in found.items():
            if program.output():
                raise RuntimeError(f"{name}: the hook has something to say")
        return found

    def wakes(self, runs: int) -> Subject:
        """Each time another paused agent."""
        programs = iter([self._wake(number) for number in range(runs)])
        if "brief" not in next(programs).output():
            raise RuntimeError("the agent is not woken")
        return lambda: next(programs).run()

    def _wake(self, number: int) -> Program:
        agent_id = f"a{number:016x}"
        sessions = wire("bench", store=f"files:{self.project}/.claude/session").sessions
        session_id = _conversation(number)
        host = host_of("claude-code", session_id, agent_id)
        with without_syncs():
            made = sessions.create(agent(0), metadata=metadata(number), host=host)
            sessions.update(made["agent_id"], "planning")
        self._keep_transcript(session_id, agent_id)
        said = {"to": agent_id, "summary": "go on", "message": "Go on."}
        where = {
            "session_id": session_id,
            "transcript_path": f"{self.project}/{session_id}.jsonl",
        }
        payload = self._payload("PreToolUse", tool_name="SendMessage", tool_input=said, **where)
        return self._program(payload, closed=True)

    def _keep_transcript(self, session_id: str, agent_id: str) -> None:
        folder = f"{self.project}/{session_id}/subagents"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/agent-{agent_id}.jsonl", "w", encoding="utf-8"):
            pass

    def starts(self, runs: int) -> Subject:
        """Each time another agent."""
        programs = iter([self._start(number) for number in range(runs)])
        if "keeps your work" not in next(programs).output():
            raise RuntimeError("the agent has no session")
        return lambda: next(programs).run()

    def _start(self, number: int) -> Program:
        who = {
            "session_id": _conversation(number),
            "agent_id": f"b{number:016x}",
            "agent_type": "explorer",
        }
        return self._program(self._payload("SubagentStart", **who))

    # --- payloads and programs ----------------------------------------------------------------

    def _payload(self, event: str, **more: Any) -> str:
        folder = f"{self.project}/payloads"
        os.makedirs(folder, exist_ok=True)
        path = f"{folder}/{len(os.listdir(folder))}.json"
        told = {
            "session_id": "conversation",
            "transcript_path": f"{self.project}/conversation.jsonl",
            "cwd": self.project,
            "permission_mode": "default",
            "hook_event_name": event,
            "tool_use_id": "toolu_7fe7885be141465689db5139",
            **more,
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(told, file)
        return path

    def _program(
        self, payload: str, *, closed: bool = False, variables: dict[str, str] | None = None
    ) -> Program:
        start = f"{self.bench.tree}/src/agent_session/surfaces/hooks/start.py"
        words = [self.bench.python, "-I", "-S", start, "claude-code", *["closed"] * closed]
        return Program(words, variables or self.environment, payload)

    def _plugged(self, payload: str, *, closed: bool = False) -> Program:
        words = [f"{self.bench.tree}/hooks/run", "claude-code", *["closed"] * closed]
        return Program(words, self.plugged, payload)


def _conversation(number: int) -> str:
    """A conversation has twenty agents of each kind."""
    return f"conversation-{number // 20}"


_DELEGATION = {
    "description": "plan the VPC",
    "prompt": "Plan the change of the VPC and ask before you apply it.",
    "subagent_type": "gitops-operator",
    "run_in_background": False,
}
