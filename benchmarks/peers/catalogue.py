"""The systems that are measured side by side, and what has to be said of each."""

from __future__ import annotations

from dataclasses import dataclass

OURS = "ours"


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """*module* is in `stores`, *pins* in `requirements` (none for ours), *statement* what a
    program begins with that uses it.
    """

    name: str
    module: str
    statement: str
    pins: str = ""
    lists: bool = True
    wakes: bool = False
    remark: str = ""

    @property
    def is_ours(self) -> bool:
        return self.module == OURS


FILES = "agent-session, files"
WAL = "agent-session, SQLite, write-ahead log"
ROLLBACK = "agent-session, SQLite, rollback journal"
POSTGRES = "agent-session, PostgreSQL"
_STATEMENT = "from agent_session import AgentSession"

PEERS = (
    System(
        name="LangGraph SqliteSaver",
        module="langgraph_saver",
        statement="from langgraph.checkpoint.sqlite import SqliteSaver",
        pins="langgraph",
        remark="An update adds a checkpoint of the whole state; a list is of checkpoints. It "
        "uses SQLite's write-ahead log whatever the version of SQLite.",
    ),
    System(
        name="OpenAI Agents SDK SQLiteSession",
        module="openai_agents",
        statement="from agents import SQLiteSession",
        pins="openai-agents",
        lists=False,
        remark="A session is a list of items that only grows, so writers cannot undo each "
        "other; nothing lists sessions.",
    ),
    System(
        name="Google ADK DatabaseSessionService",
        module="google_adk",
        statement="from google.adk.sessions import DatabaseSessionService",
        pins="google-adk",
        remark="A list is of all sessions of a user, with their states: it has no smaller "
        "part.",
    ),
    System(
        name="Strands FileSessionManager",
        module="strands_files",
        statement="from strands.session.file_session_manager import FileSessionManager",
        pins="strands",
        lists=False,
        remark="Files are replaced and never synced: a power cut may take what was written. "
        "Nothing lists sessions.",
    ),
    System(
        name="Agno SqliteDb",
        module="agno_sqlite",
        statement="from agno.db.sqlite import SqliteDb",
        pins="agno",
        remark="An update writes the whole session.",
    ),
    System(
        name="DBOS on SQLite",
        module="dbos_sqlite",
        statement="from dbos import DBOSClient",
        pins="dbos",
        wakes=True,
        remark="A session is a workflow that waits in a queue, and an update a message to it, "
        "so writers cannot undo each other.",
    ),
)


def ours(name: str) -> System:
    return System(name=name, module=OURS, statement=_STATEMENT, wakes=True)
