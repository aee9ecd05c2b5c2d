"""What tests of stores call again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_session.core.store import Query
from tests.examples import created

if TYPE_CHECKING:
    from agent_session.core.chain import Draft
    from agent_session.core.state import Record
    from agent_session.core.store import Store


def always(_: Record) -> bool:
    return True


def never(_: Record) -> bool:
    return False


class UnforeseenError(Exception):
    """What a change may raise that no store knows."""


def add(store: Store, agent_id: str, minutes: float = 0, **data: Any) -> Record:
    return store.add(agent_id, [created(agent_id, minutes, **data)])


def change(store: Store, agent_id: str, *drafts: Draft) -> Record:
    return store.update(agent_id, lambda _: drafts)


def ids(store: Store, **conditions: Any) -> list[str]:
    return [record["agent_id"] for record in store.scan(Query(**conditions))]
