"""The roles of a shared database: `python3 -m agent_session.stores.postgres.roles` prints the
script; with a URL it makes the tables and runs the script, as their owner.
"""

from __future__ import annotations

import sys

from psycopg import Error

from agent_session.core.errors import AgentSessionError

from . import connections, refusals

_SCRIPT = f"{__file__.rpartition('/')[0]}/roles.sql"
_PATIENCE_SECONDS = 30.0


def script() -> str:
    with open(_SCRIPT, encoding="ascii") as file:
        return file.read()


def make_roles(url: str) -> None:
    """Make the tables where there are none, and the roles; StoreError, InvalidValueError."""
    settings = connections.settings_of(url, _PATIENCE_SECONDS)
    try:
        with connections.connect(settings, _PATIENCE_SECONDS) as connection:
            connections.migrate(connection)
            with connection.transaction():
                connection.execute(script().encode())
    except Error as error:
        raise refusals.refused(error) from None


def main(arguments: list[str]) -> int:
    if not arguments:
        sys.stdout.write(script())
        return 0
    try:
        make_roles(arguments[0])
    except AgentSessionError as error:
        sys.stderr.write(f"agent-session: {error}\n")
        return 3
    sys.stderr.write("agent-session: made agent_session_agent, _approver and _auditor\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
