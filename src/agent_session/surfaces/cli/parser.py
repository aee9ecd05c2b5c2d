"""The command line in argparse's words: help, completion, and what to say about a mistake."""

from __future__ import annotations

import argparse
import textwrap

from agent_session import __version__

from .arguments import EVERYWHERE, Call, UsageError
from .render import terminal_width
from .verbs import VERBS, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, NoReturn

    from .arguments import Argument

PROGRAM = "agent-session"
_ABOUT = (
    "Sessions of AI agents that outlive the process: create, update, resume, finalize;\n"
    "and the answers of people to what agents are about to do: request-approval, approve, use."
)
_LONGEST_VERB = 4 + max(map(len, VERBS))
_EPILOGUE = """\
example:
  agent-session create --agent terraform-architect --purpose approval_workflow
  agent-session list --active-only

Each verb has its own --help.
Status: 0 done, 1 the answer is no, 2 usage, 3 the store failed.
"""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Asks the terminal for its width itself, because argparse imports shutil to do so."""

    def __init__(self, prog: str, **settings: Any) -> None:
        super().__init__(prog, **{**settings, "width": terminal_width() - 2})
        self._action_max_length = _LONGEST_VERB  # argparse forgets that verbs are indented


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse prints its usage and exits; nothing is abbreviated."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Formatter, **settings)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def build(
    filled: Iterable[str] = VERBS,
    when_added: Callable[[Argument, argparse.Action], None] = lambda *_: None,
) -> Parser:
    """The parser of every verb; only those in *filled* are imported and know their arguments.

    *when_added* is told of each argument with what argparse has made of it.
    """
    parser = Parser(prog=PROGRAM, description=_ABOUT, epilog=_EPILOGUE)
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    _add(parser, EVERYWHERE, when_added)
    verbs = parser.add_subparsers(
        dest="verb", metavar="VERB", required=True, title="verbs", parser_class=Parser
    )
    for verb, (_, about) in VERBS.items():
        if verb in filled:
            parser_of_verb = verbs.add_parser(verb, help=about, **_description(verb))
            _add(parser_of_verb, load(verb).ARGUMENTS, when_added)
            # Suppressed, so that it does not forget what was said before the verb.
            _add(parser_of_verb, EVERYWHERE, when_added, default=argparse.SUPPRESS)
        else:
            verbs.add_parser(verb, help=about, add_help=False)
    return parser


def _description(verb: str) -> dict[str, Any]:
    module = load(verb)
    about = VERBS[verb][1]
    sentence = f"{about[0].upper()}{about[1:]}."
    return {
        "description": f"{sentence}\n{textwrap.fill(module.DETAIL, terminal_width() - 2)}",
        "epilog": "\n".join(("example:", *(f"  {line}" for line in module.EXAMPLES))),
    }


def _add(
    parser: argparse.ArgumentParser,
    arguments: Iterable[Argument],
    when_added: Callable[[Argument, argparse.Action], None],
    **more: Any,
) -> None:
    for each in arguments:
        when_added(each, parser.add_argument(*_names(each), **_settings(each), **more))


def _names(argument: Argument) -> tuple[str, ...]:
    return argument.names or (argument.keyword,)


def _settings(argument: Argument) -> dict[str, Any]:
    settings: dict[str, Any] = {"help": argument.meaning}
    if argument.names:
        settings["dest"] = argument.keyword
    if argument.is_flag:
        return {**settings, "action": "store_true"}
    if argument.is_optional:
        settings["nargs"] = "?"
    if argument.choices:
        settings["choices"] = argument.choices
    if argument.is_repeatable:
        settings |= {"action": _AddToTuple, "default": argument.default}
    return {**settings, "metavar": argument.shown, "type": _type_of(argument)}


class _AddToTuple(argparse.Action):
    """Not `append`, whose list would be another type than the reader of plain lines gives."""

    def __call__(
        self, _: argparse.ArgumentParser, found: argparse.Namespace, value: Any, *__: Any
    ) -> None:
        setattr(found, self.dest, (*(getattr(found, self.dest, None) or ()), value))


def _type_of(argument: Argument) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return argument.convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def parse(argv: Sequence[str]) -> Call:
    """What *argv* asks for; UsageError; SystemExit once the help or the version is printed."""
    verb = _verb_in(argv)
    if verb is not None and verb not in VERBS:
        raise UsageError(f"there is no verb {verb!r}{_meant(verb)}; see {PROGRAM} --help")
    found = vars(build([] if verb is None else [verb]).parse_args(argv))
    return Call(found.pop("verb"), found)


def _verb_in(argv: Sequence[str]) -> str | None:
    """The first word that is no option, and no option's value."""
    words = iter(argv)
    for word in words:
        if any(word in each.names for each in EVERYWHERE):
            next(words, None)
        elif word[:1] != "-":
            return word
    return None


def _meant(verb: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(verb, VERBS, 1)
    return f" (did you mean {close[0]}?)" if close else ""
