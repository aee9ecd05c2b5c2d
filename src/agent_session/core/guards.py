"""Guards: which tool calls need a person's approval for exactly that call.

Every call of a tool loads this module, so that it answers most with a look for one word;
`shell` takes a command apart only where that word occurs.
"""

from __future__ import annotations

from . import Late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from . import codec, registrations, shell, shell_globs, visible
else:
    codec = Late("agent_session.core.codec")
    registrations = Late("agent_session.core.registrations")
    shell = Late("agent_session.core.shell")
    shell_globs = Late("agent_session.core.shell_globs")
    visible = Late("agent_session.core.visible")

BASH = "Bash"
ANYTHING = "*"
_DELEGATING = frozenset(("Agent", "SendMessage", "Task"))

_KEYS = frozenset(("files", "match", "tool"))
_LONGEST_TOOL = 200
_LONGEST_GLOB = 1000
_MOST_FILES = 64
_BETWEEN_COMMANDS = frozenset(("&", "&&", ";", "|", "||"))

_PLAIN = frozenset("+,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz%")
# Where a program that is called by its name alone is looked for.
_USUAL_FOLDERS = frozenset(
    ("/bin", "/opt/homebrew/bin", "/sbin", "/usr/bin", "/usr/local/bin", "/usr/sbin")
)


class Guard:
    """Calls of *tool* that *match* need an approval, which binds the *files* too."""

    __slots__ = ("files", "match", "tool")

    def __init__(self, tool: str, match: str = ANYTHING, files: Sequence[str] = ()) -> None:
        self.tool = tool
        self.match = match
        self.files = [*files]


class Caught:
    """That *guard* caught a call, for its *statement*: the one simple command, spelt the same
    however it was written; the whole text of a command that cannot be told; or the input of
    another tool.
    """

    __slots__ = ("guard", "statement")

    def __init__(self, guard: Guard, statement: str) -> None:
        self.guard = guard
        self.statement = statement


def guards_of(values: Sequence[Mapping[str, Any]]) -> list[Guard]:
    """The guards that *values* say, about none of which there is a complaint."""
    return [
        Guard(each["tool"], each.get("match", ANYTHING), each.get("files", ()))
        for each in values
    ]


def is_plainly_one(value: object) -> bool:
    """True for what `guards_of` can take; whether it is all right is another matter."""
    return (
        isinstance(value, dict)
        and value.keys() <= _KEYS
        and isinstance(value.get("tool"), str)
        and " " not in value["tool"]
        and isinstance(value.get("match", ANYTHING), str)
    )


# --- what catches -----------------------------------------------------------------------------


def may_concern(guards: Sequence[Guard], tool: str, tool_input: Mapping[str, Any]) -> bool:
    """False where surely no guard catches the call."""
    return bool(_concerned(guards, tool, tool_input))


def caught(guards: Sequence[Guard], tool: str, tool_input: Mapping[str, Any]) -> Caught | None:
    """The first guard that catches the call; None where none does."""
    concerned = _concerned(guards, tool, tool_input)
    if not concerned:
        return None
    if tool == BASH:
        return _caught_command(concerned, _command_in(tool_input))
    texts = [text for text in tool_input.values() if isinstance(text, str)]
    for guard in concerned:
        glob = shell_globs.Glob(guard.match)
        if guard.match == ANYTHING or any(glob.matches(text) for text in texts):
            return Caught(guard, codec.canonical(bound_input(tool, tool_input)))
    return None


def bound_input(tool: str, tool_input: Mapping[str, Any]) -> dict[str, Any]:
    """What an approval binds: the input, without what the model merely says about it."""
    said = "description" if tool == BASH else None
    return {key: value for key, value in tool_input.items() if key != said}


def _concerned(
    guards: Sequence[Guard], tool: str, tool_input: Mapping[str, Any]
) -> list[Guard]:
    of_tool = [guard for guard in guards if _is_of(guard, tool)]
    if tool != BASH or not of_tool:
        return of_tool
    text = _unquoted(_command_in(tool_input))
    # What is spelt out in `$'...'` can be any word.
    return of_tool if "$'" in text else [guard for guard in of_tool if _word(guard) in text]


def _is_of(guard: Guard, tool: str) -> bool:
    if "*" not in guard.tool:
        return guard.tool == tool
    found: bool = shell_globs.Glob(guard.tool).matches(tool)
    return found


def _command_in(tool_input: Mapping[str, Any]) -> str:
    command = tool_input.get("command", "")
    return command if isinstance(command, str) else codec.encode(command)


def _unquoted(command: str) -> str:
    """As `_word` would be found in it; `$'` alone stays, for it hides more than a quote."""
    text = command.replace("\\\n", "").replace("\\", "").replace('$"', "").replace('"', "")
    return text.lower() if "$'" in text else text.replace("'", "").lower()


def _word(guard: Guard) -> str:
    """The name of the program that *guard* is about, as far as it is without wildcards."""
    name = guard.match.partition(" ")[0].rpartition("/")[2].lower()
    return name.partition("*")[0].partition("?")[0]


def _caught_command(guards: Sequence[Guard], command: str) -> Caught | None:
    found = shell.statements(command)
    if found is None:
        return Caught(guards[0], command)
    for guard in guards:
        glob = shell_globs.of_commands(guard.match)
        for words in found:
            if glob.matches_words(words):
                return Caught(guard, _spelt(words))
    return None


def _spelt(words: Sequence[str]) -> str:
    folder, _, name = words[0].rpartition("/")
    first = name if folder in _USUAL_FOLDERS else words[0]
    return " ".join(_quoted(word) for word in (first, *words[1:]))


def _quoted(word: str) -> str:
    if word and _PLAIN.issuperset(word):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"


# --- what is no guard -------------------------------------------------------------------------


def complaint_about(value: object) -> str | None:
    """Why *value*, one entry of the settings, is no guard; None where it is one."""
    if not isinstance(value, dict):
        return 'a guard is an object such as {"tool": "Bash", "match": "terraform apply *"}'
    unknown = [key for key in value if key not in _KEYS]
    if unknown:
        return f"{ascii(unknown[0])[:60]} is no key of a guard: it has tool, match and files"
    return (
        _complaint_about_tool(value.get("tool"))
        or _complaint_about_match(value)
        or _complaint_about_files(value.get("files", []))
    )


def _complaint_about_tool(tool: object) -> str | None:
    complaint = _complaint_about_text("tool", tool, _LONGEST_TOOL)
    if complaint or not isinstance(tool, str):
        return complaint
    if tool != BASH and tool.lower() == BASH.lower():
        return f"tool: the client's shell is called {BASH}, not {tool}"
    if " " in tool:
        return f"tool: the name {tool!a} has a blank in it, so no tool has it"
    if tool in _DELEGATING:
        return f"tool: {tool} is never guarded: to whom it delegates is guarded instead"
    if tool in registrations.READING:
        return f"tool: {tool} is never guarded: it only reads"
    return None


def _complaint_about_match(value: Mapping[str, Any]) -> str | None:
    if "match" not in value:
        bare = 'match is missing: say which commands, as in "terraform apply *"'
        return bare if value["tool"] == BASH else None
    match = value["match"]
    complaint = _complaint_about_text("match", match, _LONGEST_GLOB)
    if complaint is None and match.strip() != match:
        complaint = f"match: {match!a} begins or ends with a blank, and no command does"
    if complaint is None and value["tool"] == BASH:
        between = _BETWEEN_COMMANDS.intersection(match.split(" "))
        if between:
            complaint = f"match: {min(between)} stands between commands: guard each on its own"
    return complaint


def _complaint_about_files(files: object) -> str | None:
    if not isinstance(files, list) or len(files) > _MOST_FILES:
        return f"files: a list of at most {_MOST_FILES} globs is needed"
    for glob in files:
        complaint = _complaint_about_text("files", glob, _LONGEST_GLOB)
        if complaint is None and glob[0] in "/~":
            complaint = f"files: {glob!a} is not relative to the project's folder"
        if complaint:
            return complaint
    return None


def _complaint_about_text(key: str, text: object, longest: int) -> str | None:
    if not isinstance(text, str) or not text:
        return f"{key}: a text is needed"
    if len(text) > longest:
        return f"{key}: a text of {len(text)} characters; at most {longest}"
    if visible.one_line(text) != text:
        return f"{key}: {ascii(text)[:60]} has a character that nobody sees"
    return None
