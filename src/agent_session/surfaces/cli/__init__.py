"""The command line: each verb parses, calls one service, and renders.

Status: 0 done, 1 the answer is no, 2 usage, 3 the store failed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run `agent-session ARGV`, by default those of this process; the exit status."""
    try:
        from .program import run

        return run(_of_this_process() if argv is None else argv)
    except KeyboardInterrupt:
        return 130  # as a shell tells that SIGINT ended a program


def _of_this_process() -> Sequence[str]:
    import sys

    return sys.argv[1:]
