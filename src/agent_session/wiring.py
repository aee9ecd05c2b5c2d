"""The one place that joins services, store, clock, randomness and settings."""

from __future__ import annotations

import posix

from agent_session.core import Late
from agent_session.core.instants import UTC, datetime, timedelta
from agent_session.core.resume import ResumePolicy

from .project import SESSIONS, absolute, environment, project_root
from .settings import load_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent_session.core import errors
    from agent_session.core.store import Store
    from agent_session.services.reports import Reports
    from agent_session.services.resumes import Resumes
    from agent_session.services.sessions import Sessions
    from agent_session.services.workflow import Workflow

    from .settings import Settings
else:
    errors = Late("agent_session.core.errors")


def _open_files(place: str) -> Store:
    from agent_session.stores.files.store import FileStore

    if not place:
        raise errors.InvalidValueError("name the folder of the store, as in files:PATH")
    return FileStore(absolute(place))


def _open_memory(_: str) -> Store:
    from agent_session.stores.memory import MemoryStore

    return MemoryStore()


STORES: Mapping[str, Callable[[str], Store]] = {"files": _open_files, "memory": _open_memory}


def open_store(url: str) -> Store:
    """The store that *url* names: `files:PATH`, or a plain path.

    InvalidValueError for a kind that is not known, and a place that cannot be.
    """
    if "\0" in url:
        raise errors.InvalidValueError("the place of a store cannot hold a NUL character")
    kind, colon, place = url.partition(":")
    if not colon or "/" in kind:
        return _open_files(url)
    if kind not in STORES:
        raise errors.InvalidValueError(
            f"unknown kind of store {ascii(kind)[:40]}; known: {', '.join(STORES)}"
        )
    return STORES[kind]("/" + place.lstrip("/") if place.startswith("///") else place)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Wiring:
    """Everything a surface needs, made when it is asked for; *actor* is who is entered in the
    journal.
    """

    def __init__(self, project: str, settings: Settings, url: str, actor: str) -> None:
        self.project = project
        self.settings = settings
        self.url = url
        self.now: Callable[[], datetime] = utc_now
        self.actor = actor
        self._store: Store | None = None
        self._sessions: Sessions | None = None
        self._process = -1

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = open_store(self.url)
        return self._store

    @property
    def policy(self) -> ResumePolicy:
        return ResumePolicy(
            timedelta(minutes=self.settings["resume.idle_minutes"]),
            self.settings["resume.max_errors"],
        )

    @property
    def sessions(self) -> Sessions:
        """Made once a process: a fork is another actor."""
        if self._sessions is None or self._process != posix.getpid():
            self._process = posix.getpid()
            self._sessions = self._make_sessions(f"{self.actor}[{self._process}]")
        return self._sessions

    def _make_sessions(self, actor: str) -> Sessions:
        from agent_session.services.sessions import Sessions

        is_set = self.settings.sources["history.kept"] != "default"
        return Sessions(
            self.store,
            now=lambda: self.now(),
            randomness=posix.urandom,
            policy=self.policy,
            actor=actor,
            history_kept=self.settings["history.kept"] if is_set else None,
        )

    @property
    def resumes(self) -> Resumes:
        from agent_session.services.resumes import Resumes

        return Resumes(self.store, now=self.now, policy=self.policy)

    @property
    def workflow(self) -> Workflow:
        from agent_session.services.workflow import Workflow
        from agent_session.stores.files.project_logs import ProjectLogs

        return Workflow(lambda: self.sessions, ProjectLogs(self.project), now=self.now)

    @property
    def reports(self) -> Reports:
        from agent_session.services.reports import Reports

        return Reports(self.store)


def wire(
    actor: str,
    *,
    store: str | None = None,
    project: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> Wiring:
    """Join everything for *project* (found where it is not named) and *store* (else the
    settings', else its own).
    """
    variables = environment() if variables is None else variables
    root = project_root(project, variables)
    settings = load_settings(root, variables)
    return Wiring(
        root, settings, store or settings["store"] or f"files:{root}/{SESSIONS}", actor
    )
