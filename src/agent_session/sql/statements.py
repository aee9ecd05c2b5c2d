"""SQL from a file: each statement stands below a line `-- name: what_it_does`.

Values are named `:name` in every dialect; what surrounds a statement is a comment.
"""

from __future__ import annotations

from agent_session.core import Late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

_MARK = "-- name: "
_COMMON = f"{__file__.rpartition('/')[0]}/statements.sql"


def read_sql(path: str) -> str:
    """The text of a file of ours; StoreUnavailableError."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise errors.StoreUnavailableError(
            error.errno, f"cannot read {path!r}: {error.strerror}"
        ) from None


def read_statements(path: str) -> Mapping[str, str]:
    """The statements of a dialect by their names: those in the file at *path*, beside those
    that every dialect says alike.
    """
    return {**_named_in(_COMMON), **_named_in(path)}


def _named_in(path: str) -> Mapping[str, str]:
    named = (part.partition("\n") for part in read_sql(path).split(_MARK)[1:])
    return {name.strip(): sql.strip().rstrip(";") for name, _, sql in named}
