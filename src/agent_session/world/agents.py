"""Signs that this runs inside an agent's process tree, where no person is typing.

They are the names of programs above this one and the variables that agents set for what they
run. An agent that wants to can avoid them all: they stop a mistake, and prove nothing. Editors
are no signs, for people type in their terminals too; nor are variables that people set to
configure an agent (CODEX_HOME, AIDER_MODEL, COPILOT_GITHUB_TOKEN, GEMINI_API_KEY).
"""

from __future__ import annotations

from agent_session.project import environment

from . import proc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# By the name of the program. Left out, for other programs are called so too: agent, amp, cn,
# code, forge, grok, pi, vibe; and q and kiro-cli, which wrap the terminals of people as well
# (the agent in them is a process of its own).
PROGRAMS: Mapping[str, str] = {
    "aider": "Aider",
    "auggie": "Augment",
    "claude": "Claude Code",
    "cline": "Cline",
    "codebuddy": "CodeBuddy",
    "codex": "Codex",
    "copilot": "GitHub Copilot",
    "crush": "Crush",
    "cursor-agent": "Cursor",
    "devin": "Devin",
    "droid": "Factory Droid",
    "gemini": "Gemini CLI",
    "goose": "Goose",
    "gptme": "gptme",
    "iflow": "iFlow",
    "kimi": "Kimi CLI",
    "kiro-cli-chat": "Kiro",
    "opencode": "OpenCode",
    "openhands": "OpenHands",
    "plandex": "Plandex",
    "qchat": "Amazon Q",
    "qwen": "Qwen Code",
}

# By the package that an interpreter's script lies in, for those whose script is called cli.js.
PACKAGES: Mapping[str, str] = {
    "@anthropic-ai/claude-code": "Claude Code",
    "@augmentcode/auggie": "Augment",
    "@factory/cli": "Factory Droid",
    "@github/copilot": "GitHub Copilot",
    "@google/gemini-cli": "Gemini CLI",
    "@openai/codex": "Codex",
    "@qwen-code/qwen-code": "Qwen Code",
    "@sourcegraph/amp": "Amp",
    "opencode-ai": "OpenCode",
}

# Without the version that some carry in their names.
INTERPRETERS = frozenset(
    ("bash", "bun", "deno", "node", "nodejs", "pypy", "python", "ruby", "sh", "zsh")
)

# Set by an agent for what it runs. Not CURSOR_TRACE_ID, KIRO_AGENT_PATH, CLAUDE_CODE_SSE_PORT
# or GEMINI_CLI_IDE_SERVER_PORT: editors set them in the terminals of people.
VARIABLES: Mapping[str, str] = {
    "AI_AGENT": "an agent",
    "AMP_CURRENT_THREAD_ID": "Amp",
    "ANTIGRAVITY_AGENT": "Antigravity",
    "AUGMENT_AGENT": "Augment",
    "CLAUDECODE": "Claude Code",
    "CLAUDE_CODE_ENTRYPOINT": "Claude Code",
    "CLAUDE_CODE_SESSION_ID": "Claude Code",
    "CLINE_ACTIVE": "Cline",
    "CODEX_CI": "Codex",
    "CODEX_SANDBOX": "Codex",
    "CODEX_SANDBOX_NETWORK_DISABLED": "Codex",
    "CODEX_THREAD_ID": "Codex",
    "COPILOT_AGENT_SESSION_ID": "GitHub Copilot",
    "COPILOT_CLI": "GitHub Copilot",
    "CRUSH": "Crush",
    "CURSOR_AGENT": "Cursor",
    "GEMINI_CLI": "Gemini CLI",
    "GOOSE_TERMINAL": "Goose",
    "GROK_AGENT": "Grok",
    "IFLOW_CLI": "iFlow",
    "OPENCODE": "OpenCode",
    "PI_CODING_AGENT": "pi",
    "QWEN_CODE": "Qwen Code",
    "ROO_CODE_TASK_ID": "Roo Code",
}
_OFF = frozenset(("", "0", "false", "no", "off"))

# AGENT is a name that other programs use too, so it counts with these words alone.
AGENT_WORDS = frozenset(("amp", "claude", "codex", "crush", "gemini", "goose", "opencode"))


def agent_around() -> str | None:
    """Why this seems to run inside an agent's process tree, as a sentence; None where nothing
    says so.
    """
    why = agent_in(environment())
    if why:
        return why
    for ancestor in proc.ancestors():
        agent = agent_called(ancestor.name, ancestor.words)
        if agent:
            return f"this was started by {agent}, process {ancestor.pid}"
        named = _variable_in(ancestor.variables)
        if named:
            return (
                f"{named[0]} is set in process {ancestor.pid}, which started this, as "
                f"{named[1]} does for what it runs"
            )
    return None


def agent_in(variables: Mapping[str, str]) -> str | None:
    """Why *variables* seem to be those that an agent sets for what it runs."""
    named = _variable_in(f"{name}={value}" for name, value in variables.items())
    return f"{named[0]} is set, as {named[1]} does for what it runs" if named else None


def agent_called(name: str, words: list[str]) -> str | None:
    """The agent that a process with this *name* and command line is; None for any other."""
    program = _last_part(words[0]) if words else ""
    for each in (name, program):
        if each in PROGRAMS:
            return PROGRAMS[each]
    if program.rstrip("0123456789.") not in INTERPRETERS:
        return None
    script = next((word for word in words[1:] if word and not word.startswith("-")), "")
    return PROGRAMS.get(_last_part(script)) or _agent_of_package(script)


def _agent_of_package(script: str) -> str | None:
    _, found, inside = script.rpartition("/node_modules/")
    if not found:
        return None
    of_package = (PACKAGES[name] for name in PACKAGES if inside.startswith(f"{name}/"))
    return next(of_package, None)


def _last_part(path: str) -> str:
    return path.rpartition("/")[2]


def _variable_in(pairs: Iterable[str]) -> tuple[str, str] | None:
    """The first variable that is a sign, and whose it is."""
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name in VARIABLES and value.strip().lower() not in _OFF:
            return name, VARIABLES[name]
        if name == "AGENT" and value.lower() in AGENT_WORDS:
            return name, value
    return None
