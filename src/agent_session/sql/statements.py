"""SQL from a file: each statement stands below a line `-- name: what_it_does`.

Values are named `:name` in every dialect; what surrounds a statement is a comment.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MARK = "-- name: "


def read_statements(path: str) -> Mapping[str, str]:
    """The statements in the file at *path*, by their names."""
    with open(path, encoding="utf-8") as file:
        parts = file.read().split(_MARK)[1:]
    named = (part.partition("\n") for part in parts)
    return {name.strip(): sql.strip().rstrip(";") for name, _, sql in named}
