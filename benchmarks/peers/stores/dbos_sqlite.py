"""DBOS on SQLite: a session is a workflow that waits in a queue; what it is told is a message.

Only a workflow that runs has a state of its own, and one that runs takes a thread: so a session
here is one that is enqueued, with its input, and an update is a durable message to it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from typing import Any

from dbos import DBOS, DBOSClient, SetWorkflowID

from benchmarks.peers.work import LISTED

_NAME, _QUEUE = "session", "sessions"


class Store:
    def __init__(self, folder: str) -> None:
        self.path = f"{folder}/dbos.db"
        self.url = f"sqlite:///{self.path}"
        if not os.path.exists(self.path):
            self._launch()  # which makes the tables
            DBOS.destroy()
        self.client: Any = DBOSClient(system_database_url=self.url)

    def _launch(self) -> None:
        DBOS(
            config={
                "name": "bench",
                "system_database_url": self.url,
                "run_admin_server": False,
                "log_level": "CRITICAL",
            }
        )
        DBOS.launch()

    def create(self, session_id: str, state: dict[str, Any]) -> str:
        self.client.enqueue(
            {"workflow_name": _NAME, "queue_name": _QUEUE, "workflow_id": session_id}, state
        )
        return session_id

    def pause(self, session_id: str) -> None:
        pass

    def update(self, session_id: str, state: dict[str, Any]) -> None:
        self.client.send(session_id, {"step": state["step"]}, topic="update")

    def decide(self, session_id: str) -> bool:
        status = self.client.retrieve_workflow(session_id).get_status()
        return bool(status.input["args"][0]["phase"] == "approval")

    def list_newest(self) -> int:
        return len(self.client.list_workflows(limit=LISTED, sort_desc=True))

    make_old = create

    def delete_old(self, session_ids: list[str]) -> None:
        self.client.delete_workflows(session_ids)

    def note(self, session_id: str, writer: str) -> None:
        self.client.send(session_id, {"writer": writer}, topic="note")

    def noted(self, session_id: str) -> int:
        """Nothing in it counts messages that nobody has received yet: so its table is asked."""
        with sqlite3.connect(self.path) as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM notifications WHERE destination_uuid = ? AND topic = ?",
                (session_id, "note"),
            ).fetchone()
        connection.close()
        return int(count)

    def wait_to_be_woken(self, workflow_id: str, is_asleep: threading.Event) -> float:
        """When, by the monotonic clock, a workflow went on that a message was sent to."""

        def waits() -> float:
            is_asleep.set()
            DBOS.recv("decision", timeout_seconds=60)
            return time.monotonic()

        workflow: Any = DBOS.workflow()(waits)
        self._launch()
        with SetWorkflowID(workflow_id):
            return float(workflow())

    def decision(self, workflow_id: str) -> None:
        self.client.send(workflow_id, "approved", topic="decision")
