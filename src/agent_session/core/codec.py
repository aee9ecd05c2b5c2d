"""Strict JSON: what may be said, how it is written, and the digests over it.

Refused on the way in and out: NaN and infinities, duplicate and non-string keys, lone
surrogates, nesting beyond 64, a string beyond 256 KiB, a record beyond 1 MiB. There is no
fallback and no revival of objects. The C parts of `json` are used alone, because `json`
itself would cost a hook process as much as the interpreter.
"""

from __future__ import annotations

import sys
from _json import encode_basestring_ascii, make_encoder, make_scanner

from . import Late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from . import errors

    JsonValue = Any
    JsonObject = dict[str, Any]
else:
    errors = Late("agent_session.core.errors")

LARGEST_RECORD = 1 << 20
LONGEST_STRING = 256 << 10
DEEPEST_NESTING = 64
_BLANK = " \t\n\r"


_sha256: Any = None
_digests = 0
_SHORT_LIFE = 16


def digest(data: bytes) -> str:
    """sha256 in hex."""
    global _digests, _sha256
    _digests += 1
    if _sha256 is None or _digests == _SHORT_LIFE:
        _sha256 = _small_sha256() if _digests < _SHORT_LIFE else _fast_sha256()
    found: str = _sha256(data).hexdigest()
    return found


def _small_sha256() -> Any:
    """The C module alone: a hook makes few digests, and OpenSSL takes longer to load."""
    if sys.version_info >= (3, 12):  # pragma: no cover - each version has one of the two
        import _sha2 as module
    else:  # pragma: no cover
        import _sha256 as module
    return module.sha256


def _fast_sha256() -> Any:
    """OpenSSL's, some four times as fast: for a process that goes on."""
    import hashlib

    return hashlib.sha256


# --- reading ----------------------------------------------------------------------------------


def _object_of(pairs: Iterable[tuple[str, JsonValue]]) -> JsonObject:
    found: JsonObject = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"duplicate key {ascii(key)[:60]}")
        found[key] = value
    return found


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0.0:
        raise ValueError(f"{text[:40]} is out of range")
    return number


def _refuse_constant(word: str) -> JsonValue:
    raise ValueError(f"{word} is not JSON")


class _Strict:
    strict = True
    object_hook = None
    object_pairs_hook = staticmethod(_object_of)
    parse_float = staticmethod(_finite)
    parse_int = int
    parse_constant = staticmethod(_refuse_constant)


_scan: Any = make_scanner(_Strict())  # type: ignore[arg-type]


def parse(text: str) -> JsonValue:
    """The value that *text* says; only what this package itself has written may be used
    unchecked.
    """
    start = len(text) - len(text.lstrip(_BLANK))
    try:
        value, end = _scan(text, start)
    except StopIteration:
        raise errors.InvalidJSONError("not JSON: a value is missing or cut off") from None
    except RecursionError:
        raise errors.LimitExceededError("not accepted: nested too deeply") from None
    except ValueError as error:
        raise errors.InvalidJSONError(f"not JSON: {error}") from None
    except SystemError:  # pragma: no cover - only in a process that has not loaded `json`
        raise errors.InvalidJSONError(f"not JSON: {_words_for(text, start)}") from None
    if text[end:].strip(_BLANK):
        raise errors.InvalidJSONError(
            f"not JSON: something follows the value at character {end}"
        )
    return value


def _words_for(text: str, start: int) -> str:  # pragma: no cover - see above
    """What is wrong: the C module of Python 3.11 takes its words from `json`, once loaded."""
    import json.decoder  # noqa: F401

    try:
        _scan(text, start)
    except ValueError as error:
        return str(error)
    return "a value is missing or cut off"


def decode(data: bytes) -> JsonValue:
    """The checked value in UTF-8 *data*, which may come from anybody."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise errors.InvalidJSONError(f"not UTF-8 at byte {error.start}") from None
    return checked(parse(text))


def decode_object(data: bytes) -> JsonObject:
    value = decode(data)
    if not isinstance(value, dict):
        raise errors.InvalidJSONError("a JSON object is needed")
    return value


def checked(value: JsonValue, where: str = "value", depth: int = 0) -> JsonValue:
    """A copy of *value* made of plain JSON types; InvalidJSONError names the place of what is
    none.
    """
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return _checked_string(value, where)
    if isinstance(value, int):
        return _checked_int(value, where)
    if isinstance(value, float):
        return _checked_float(value, where)
    if depth >= DEEPEST_NESTING:
        raise errors.LimitExceededError(f"{where[:80]}: nested deeper than {DEEPEST_NESTING}")
    if isinstance(value, dict):
        return {
            _checked_key(key, where): checked(item, f"{where}.{key}", depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [checked(item, f"{where}[{at}]", depth + 1) for at, item in enumerate(value)]
    raise errors.InvalidJSONError(f"{where[:80]}: {type(value).__name__} is not JSON")


def _checked_string(text: str, where: str) -> str:
    if len(text) > LONGEST_STRING:
        raise errors.LimitExceededError(
            f"{where[:80]}: a string of {len(text)} characters; at most {LONGEST_STRING}"
        )
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise errors.InvalidJSONError(
                f"{where[:80]}: a lone surrogate is not text"
            ) from None
    return str.__str__(text)


def _checked_key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise errors.InvalidJSONError(
            f"{where[:80]}: the key {ascii(key)[:40]} is not a string"
        )
    return _checked_string(key, where)


def _checked_int(number: int, where: str) -> int:
    if number.bit_length() > 1024:
        raise errors.LimitExceededError(
            f"{where[:80]}: an integer of {number.bit_length()} bits; at most 1024"
        )
    return int(number)


def _checked_float(number: float, where: str) -> float:
    if number - number != 0.0:
        raise errors.InvalidJSONError(f"{where[:80]}: NaN and infinities are not JSON")
    return float(number)


# --- writing ----------------------------------------------------------------------------------


def _refuse_type(value: object) -> JsonValue:
    raise TypeError(f"{type(value).__name__} is not JSON")


def _encoder(*, sort_keys: bool) -> Any:
    return make_encoder(
        None, _refuse_type, encode_basestring_ascii, None, ":", ",", sort_keys, False, False
    )


_canonical_chunks = _encoder(sort_keys=True)
_chunks = _encoder(sort_keys=False)


def canonical(value: JsonValue) -> str:
    """The one spelling that is hashed: sorted keys, no blanks, ASCII."""
    return _join(_canonical_chunks, value)


def encode(value: JsonValue) -> str:
    """One line of ASCII, keys in their own order."""
    return _join(_chunks, value)


def _join(chunks: Any, value: JsonValue) -> str:
    try:
        return "".join(chunks(value, 0))
    except (ValueError, TypeError) as error:
        raise errors.InvalidJSONError(f"not JSON: {error}") from None
    except RecursionError:
        raise errors.LimitExceededError("not accepted: nested too deeply") from None


def _spell(value: JsonValue) -> str:
    """As `encode`, but at once for the plain values that most fields have."""
    if value is None:
        return "null"
    if type(value) is str:
        return encode_basestring_ascii(value)
    return encode(value)


_labels: dict[str, str] = {}
_MOST_LABELS = 100


def _label(field: str) -> str:
    """How a field's line begins; spelled once, for every write spells them all."""
    label = _labels.get(field)
    if label is None:
        label = f"  {encode(field)}: "
        if len(_labels) < _MOST_LABELS:
            _labels[field] = label
    return label


def encode_record(record: Mapping[str, JsonValue]) -> bytes:
    """`state.json` of *record*: a field a line, so that people can read and edit it; at most 1
    MiB.
    """
    lines = [_label(field) + _spell(value) for field, value in record.items()]
    data = ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    if len(data) > LARGEST_RECORD:
        raise errors.LimitExceededError(
            f"a record of {len(data)} bytes; at most {LARGEST_RECORD}"
        )
    return data
