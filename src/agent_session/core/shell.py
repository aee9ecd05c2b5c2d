"""What a shell's command line would run: its simple commands, and those that these run in turn
(`bash -c`, `eval`, `sudo`, `xargs` ...).

It is a seat belt, not a jail: nothing is expanded, and no script or alias is looked into.
"""

from __future__ import annotations

from .shell_lists import simple_commands
from .shell_words import DEEPEST, Effort, UntoldError, Word
from .shell_wrappers import JOINING, SHELL, WRAPPERS, past_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import ClassVar

    Words = Sequence[Word]
    Fed = Sequence[str]

LONGEST = 64 << 10
_EFFORT = 4 * LONGEST
_MOST_STARTS = 12
_ANYTHING = "$@"
_ASKS = frozenset(("--help", "--version"))
_SHELLS = frozenset(["ash", "bash", "dash", "fish", "ksh", "mksh", "rbash", "sh", "zsh"])
_RUNS = frozenset(("exec", "run"))
_EXECS = frozenset(("-exec", "-execdir", "-ok", "-okdir"))


def statements(command: str) -> list[list[str]] | None:
    """The simple commands that *command* would run, each as its words after quotes are taken
    away, leading assignments dropped, inner commands (`bash -c`, `$( )`, `eval` ...) included;
    None where it cannot be told.

    A wrapper such as `sudo` comes after what it wraps, as a command of its own.
    """
    if len(command) > LONGEST:
        return None
    running = _Running()
    try:
        running.line(command, 0)
    except UntoldError:
        return None
    return running.found


def _split_string(word: str) -> str | None:
    """What *word* of `env`'s options gives to be split; None where it is another option."""
    if word.startswith("--split-string"):
        return word.removeprefix("--split-string").removeprefix("=")
    option, sign, text = word.partition("S")
    return text if sign and option[:1] == "-" and option[1:2] != "-" else None


def _joined(words: Words) -> str:
    return " ".join(word.text for word in words)


class _Running:
    """What is *found* to run."""

    __slots__ = ("_effort", "found")

    def __init__(self) -> None:
        self.found: list[list[str]] = []
        self._effort = Effort(_EFFORT)

    def line(self, text: str, depth: int) -> None:
        if depth > DEEPEST:
            raise UntoldError("nested too deeply")
        for each in simple_commands(text, self._effort, depth):
            self._command(each.words, each.fed, depth)

    def _command(self, words: Words, fed: Fed, depth: int) -> None:
        self._effort.spend(len(words))
        at = 0
        while at < len(words) and words[at].is_assignment:
            at += 1
        words = words[at:]
        if not words:
            return
        if depth > DEEPEST or not words[0].is_told:
            raise UntoldError("a command's name is not known, or nested too deeply")
        self._inner(words, fed, depth + 1)
        self.found.append([word.text for word in words])

    def _inner(self, words: Words, fed: Fed, depth: int) -> None:
        name = words[0].text.rpartition("/")[2]
        if name in _SHELLS:
            self._shell(words, fed, depth)
        elif name in self._SPECIAL:
            self._SPECIAL[name](self, words, fed, depth)
        elif name in WRAPPERS:
            self._command(WRAPPERS[name].inner(words), fed, depth)
        elif name in JOINING:
            self._joining(JOINING[name].inner(words), fed, depth)
        else:
            self._of_runner(words, depth)

    def _joining(self, words: Words, fed: Fed, depth: int) -> None:
        for text in (_joined(words), *fed):
            self.line(text, depth)

    # --- shells -------------------------------------------------------------------------------

    def _shell(self, words: Words, fed: Fed, depth: int) -> None:
        at = past_options(words, SHELL.takes_next)
        options = [word.text for word in words[1:at]]
        clusters = "".join(each for each in options if each[:2] != "--")
        if "c" in clusters and at < len(words):
            self.line(words[at].text, depth)
        elif at < len(words) and "s" not in clusters:
            self._command(words[at:], fed, depth)
        elif fed:
            self.line(fed[-1], depth)
        elif _ASKS.isdisjoint(options):
            raise UntoldError("what the shell is fed stands elsewhere")

    def _script(self, words: Words, _: Fed, depth: int) -> None:
        self._command(words[1:], (), depth)

    # --- wrappers with a manner of their own --------------------------------------------------

    def _lookup(self, words: Words, fed: Fed, depth: int) -> None:
        """`command`, which with -v or -V only tells of a command."""
        if len(words) > 1 and words[1].text not in {"-v", "-V", "-pv", "-pV"}:
            self._command(WRAPPERS["command"].inner(words), fed, depth)

    def _environment(self, words: Words, fed: Fed, depth: int) -> None:
        """`env`, which with -S splits a word as a shell would."""
        inner = WRAPPERS["env"].inner(words)
        for at in range(1, len(words) - len(inner)):
            text = _split_string(words[at].text)
            if text is not None:
                self.line(f"{text} {_joined(words[at + 1 :])}", depth)
                return
        self._command(inner, fed, depth)

    def _from_input(self, words: Words, _: Fed, depth: int) -> None:
        """`xargs`, whose command gets more words, from elsewhere."""
        inner = WRAPPERS["xargs"].inner(words)
        if inner:
            self._command([*inner, Word(_ANYTHING, is_open=True)], (), depth)

    def _locked(self, words: Words, fed: Fed, depth: int) -> None:
        inner = WRAPPERS["flock"].inner(words)
        if inner and inner[0].text in {"-c", "--command"}:
            self.line(_joined(inner[1:]), depth)
        else:
            self._command(inner, fed, depth)

    def _by_option(self, words: Words, fed: Fed, depth: int) -> None:
        """`su` and its like, of which one option takes a command line."""
        for at, word in enumerate(words):
            option, sign, text = word.text.partition("=")
            is_short = option[:1] == "-" and option[1:2] != "-" and option.endswith("c")
            if option == "--command" and sign:
                self.line(text, depth)
            elif option == "--command" or is_short:
                self.line(_joined(words[at + 1 : at + 2]), depth)
        if words[0].text.endswith("runuser"):
            self._command(WRAPPERS["runuser"].inner(words), fed, depth)

    def _for_each_found(self, words: Words, _: Fed, depth: int) -> None:
        """`find`, each -exec of which ends with `;` or `+`."""
        start = 0
        for at, word in enumerate(words):
            if word.text in _EXECS:
                start = at + 1
            elif start and word.text in {";", "+"}:
                self._command(words[start:at], (), depth)
                start = 0

    def _on_signal(self, words: Words, _: Fed, depth: int) -> None:
        self.line(_joined(words[1:][:1]), depth)

    def _of_runner(self, words: Words, depth: int) -> None:
        """`uv run`, `kubectl exec` and their like: any of the next words may begin one."""
        starts = [at for at, word in enumerate(words[1:3], 2) if word.text in _RUNS]
        for at in range(starts[0], len(words))[:_MOST_STARTS] if starts else ():
            try:
                self._command(() if words[at].is_option else words[at:], (), depth)
            except UntoldError:
                # A guess that cannot be told is none, unless it was the effort that ran out.
                self._effort.spend(0)

    _SPECIAL: ClassVar[Mapping[str, Callable[[_Running, Words, Fed, int], None]]] = {
        ".": _script,
        "command": _lookup,
        "env": _environment,
        "find": _for_each_found,
        "flock": _locked,
        "runuser": _by_option,
        "script": _by_option,
        "source": _script,
        "su": _by_option,
        "trap": _on_signal,
        "xargs": _from_input,
    }
