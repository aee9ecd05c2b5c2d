"""What a tool takes, as a table: the schema that a client is shown is made of it, and what a
call gives is held to it.

Not left to the SDK: it would take a plan that happens to be JSON apart, turn "5" into 5, and
let a misspelt argument pass.
"""

from __future__ import annotations

from agent_session.core.errors import InvalidValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_LARGEST_TOKEN = 10**15


class Kind:
    """A type of argument: its *name* in a sentence, its JSON schema, and what it *holds*."""

    __slots__ = ("holds", "name", "schema")

    def __init__(
        self, name: str, schema: Mapping[str, Any], holds: Callable[[object], bool]
    ) -> None:
        self.name = name
        self.schema = schema
        self.holds = holds


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_token(value: object) -> bool:
    return type(value) is int and 0 <= value < _LARGEST_TOKEN


TEXT = Kind("text", {"type": "string"}, _is_text)
TEXTS = Kind("a list of texts", {"type": "array", "items": {"type": "string"}}, _are_texts)
OBJECT = Kind("a JSON object", {"type": "object"}, _is_object)
TOKEN_NUMBER = Kind("a whole number", {"type": "integer", "minimum": 0}, _is_token)


class Argument:
    """One argument; *words* are those that it may be, which the services hold it to."""

    __slots__ = ("is_required", "keyword", "kind", "meaning", "words")

    def __init__(
        self,
        keyword: str,
        meaning: str,
        kind: Kind = TEXT,
        *,
        words: Sequence[str] = (),
        is_required: bool = False,
    ) -> None:
        self.keyword = keyword
        self.meaning = meaning
        self.kind = kind
        self.words = words
        self.is_required = is_required

    @property
    def schema(self) -> dict[str, Any]:
        words = {"enum": [*self.words]} if self.words else {}
        return {**self.kind.schema, **words, "description": self.meaning}


def schema_of(arguments: Sequence[Argument]) -> dict[str, Any]:
    """The JSON schema of what a call gives."""
    return {
        "type": "object",
        "properties": {each.keyword: each.schema for each in arguments},
        "required": [each.keyword for each in arguments if each.is_required],
        "additionalProperties": False,
    }


def read(arguments: Sequence[Argument], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every argument by its keyword, None where it is not given; InvalidValueError."""
    known = {each.keyword for each in arguments}
    for keyword in given:
        if keyword not in known:
            told = ", ".join(each.keyword for each in arguments)
            raise InvalidValueError(
                f"there is no argument {ascii(keyword)[:40]}; known: {told}"
            )
    return {each.keyword: _value_of(each, given.get(each.keyword)) for each in arguments}


def _value_of(argument: Argument, value: Any) -> Any:
    # null is how many clients say that an argument is left out.
    if value is None:
        if argument.is_required:
            raise InvalidValueError(f"{argument.keyword} is missing: {argument.meaning}")
        return None
    if not argument.kind.holds(value):
        raise InvalidValueError(f"{argument.keyword} must be {argument.kind.name}")
    return value
