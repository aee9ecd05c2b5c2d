"""The one place that joins services, store, clock, randomness and settings."""

from __future__ import annotations

import posix
import sys

from agent_session.core import Late
from agent_session.core.approvals import ApprovalPolicy
from agent_session.core.claims import Claimant, ClaimPolicy
from agent_session.core.instants import UTC, datetime, timedelta
from agent_session.core.resume import ResumePolicy

from . import places
from .project import SESSIONS, environment, is_there, project_root, users_folder
from .settings import OFF, ON, SESSION, STRICT, TOKEN, Settings, load_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agent_session.core import errors
    from agent_session.core.store import Store
    from agent_session.services.approvals import Approvals, World
    from agent_session.services.branches import Branches
    from agent_session.services.briefs import Briefs
    from agent_session.services.claims import Claims
    from agent_session.services.copying import Copying
    from agent_session.services.decisions import Decisions
    from agent_session.services.history import History
    from agent_session.services.hosts import Hosts
    from agent_session.services.insights import Insights
    from agent_session.services.measures import Measures
    from agent_session.services.pruning import Pruning
    from agent_session.services.reports import Reports
    from agent_session.services.resumes import Resumes
    from agent_session.services.sessions import Sessions
    from agent_session.services.vouching import Vouching
    from agent_session.services.workflow import Workflow
    from agent_session.world.surroundings import Surroundings
else:
    errors = Late("agent_session.core.errors")


def _open_files(place: str, _: Settings) -> Store:
    from agent_session.stores.files.store import FileStore

    if not place:
        raise errors.InvalidValueError("name the folder of the store, as in files:PATH")
    return FileStore(place)


def _open_sqlite(place: str, settings: Settings) -> Store:
    from agent_session.stores.sqlite.store import open_sqlite

    if not place:
        raise errors.InvalidValueError("name the file of the store, as in sqlite:PATH")
    return open_sqlite(place, wal={ON: True, OFF: False}.get(settings["sqlite.wal"]))


def _open_postgres(url: str, _: Settings) -> Store:
    if "site" not in sys.modules:  # a hook begins without the packages that are installed
        import site

        site.main()
    try:
        from agent_session.stores.postgres.store import open_postgres
    except ImportError as error:
        raise errors.InvalidValueError(
            f"{url.partition(':')[0]}: needs psycopg: pip install 'agent-session[postgres]' "
            f"for {sys.executable} ({error})"
        ) from None
    return open_postgres(url)


def _open_memory(_: str, __: Settings) -> Store:
    from agent_session.stores.memory import MemoryStore

    return MemoryStore()


SIGNERS = "allowed_signers"
_LONGEST_TOKEN = 16
STORES: Mapping[str, Callable[[str, Settings], Store]] = {
    places.FILES: _open_files,
    places.SQLITE: _open_sqlite,
    places.POSTGRES: _open_postgres,
    "memory": _open_memory,
}


def open_store(url: str, settings: Settings | None = None) -> Store:
    """The store that *url* names, as `places` reads it, kept as the *settings* say.

    InvalidValueError for a kind that is not known, and a place that cannot be.
    """
    if "\0" in url:
        raise errors.InvalidValueError("the place of a store cannot hold a NUL character")
    kind, place = places.kind_and_place(url)
    if kind not in STORES:
        raise errors.InvalidValueError(
            f"unknown kind of store {ascii(kind)[:40]}; known: {', '.join(STORES)}"
        )
    return STORES[kind](place, settings or Settings())


def utc_now() -> datetime:
    return datetime.now(UTC)


class Wiring:
    """Everything a surface needs, made when it is asked for; *actor* is who is entered in the
    journal.
    """

    def __init__(
        self,
        project: str,
        settings: Settings,
        url: str,
        actor: str,
        variables: Mapping[str, str],
        *,
        runs_git: bool = True,
    ) -> None:
        self.project = project
        self.runs_git = runs_git
        self.variables = variables
        self.settings = settings
        self.url = url
        self.now: Callable[[], datetime] = self._now
        self.actor = actor
        self._store: Store | None = None
        self._sessions: Sessions | None = None
        self._process = -1

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = open_store(self.url, self.settings)
        return self._store

    @property
    def has_store(self) -> bool:
        """False where nothing has the name of the store, on this disk."""
        path = places.path_of(self.url)
        return path is None or is_there(path)

    def remember_store(self) -> None:
        """Let `pending --all` find this store from everywhere."""
        from agent_session.world.known_stores import remember_store

        url = places.lasting(self.url)
        if url is not None:
            remember_store(self.store.identity(), url, self.variables)

    def _now(self) -> datetime:
        """By the clock that all users of the store share, where there is one."""
        return (self.store.clock or utc_now)()

    @property
    def policy(self) -> ResumePolicy:
        return ResumePolicy(
            timedelta(minutes=self.settings["resume.idle_minutes"]),
            self.settings["resume.max_errors"],
            fate_of,
        )

    @property
    def claim_policy(self) -> ClaimPolicy:
        return ClaimPolicy(
            timedelta(minutes=self.settings["claims.lease_minutes"]),
            timedelta(seconds=self.settings["claims.grant_seconds"]),
            require_token=self.settings["claims.require_token"],
            fate_of=fate_of,
        )

    @property
    def approval_policy(self) -> ApprovalPolicy:
        return ApprovalPolicy(
            timedelta(hours=self.settings["approval.expires_hours"]),
            timedelta(minutes=self.settings["approval.grant_minutes"]),
            strength=self.settings["approval.strength"],
        )

    @property
    def sessions(self) -> Sessions:
        """Made once a process: a fork is another actor."""
        if self._sessions is None or self._process != posix.getpid():
            self._process = posix.getpid()
            self._sessions = self._make_sessions(self._actor)
        return self._sessions

    def _make_sessions(self, actor: str) -> Sessions:
        from agent_session.services.sessions import Sessions

        return Sessions(
            self.store,
            now=lambda: self.now(),
            randomness=posix.urandom,
            policy=self.policy,
            actor=actor,
            limits=self._limits(),
            claim_policy=self.claim_policy,
            approval_policy=self.approval_policy,
        )

    def _limits(self) -> dict[str, int]:
        """What the settings say of how much a new record keeps, where they say anything."""
        kept = {"history": "history.kept", "turns": "turns.kept"}
        return {
            limit: self.settings[key]
            for limit, key in kept.items()
            if self.settings.sources[key] != "default"
        }

    @property
    def resumes(self) -> Resumes:
        from agent_session.services.resumes import Resumes

        return Resumes(
            self.store,
            now=self.now,
            policy=self.policy,
            claim_policy=self.claim_policy,
            actor=self._actor,
            vouching=lambda: self.vouching,
        )

    @property
    def hosts(self) -> Hosts:
        from agent_session.services.hosts import Hosts

        return Hosts(self.sessions, self.resumes)

    @property
    def claims(self) -> Claims:
        from agent_session.services.claims import Claims

        return Claims(self.store, now=self.now, policy=self.claim_policy, actor=self._actor)

    @property
    def approvals(self) -> Approvals:
        return self.approvals_in(self.surroundings)

    def approvals_in(self, world: World) -> Approvals:
        """The same, for whoever looks at the world in a way of their own."""
        from agent_session.services.approvals import Approvals

        return Approvals(
            self.store,
            world,
            self.vouching,
            now=self.now,
            randomness=posix.urandom,
            policy=self.approval_policy,
            claim_policy=self.claim_policy,
            actor=self._actor,
            git_is_strict=self.settings["approval.git"] == STRICT,
        )

    @property
    def decisions(self) -> Decisions:
        from agent_session.services.decisions import Decisions
        from agent_session.world.processes import agent_around

        return Decisions(
            self.store,
            self.vouching,
            now=self.now,
            policy=self.approval_policy,
            actor=self._actor,
            agent_around=agent_around,
        )

    @property
    def vouching(self) -> Vouching:
        from agent_session.services.vouching import Vouching
        from agent_session.world.signers import Signers

        named = self.settings["approval.allowed_signers"]
        signers = Signers(named or f"{users_folder(self.variables)}/{SIGNERS}", self.project)
        return Vouching(self.store, signers, self.approval_policy)

    @property
    def briefs(self) -> Briefs:
        from agent_session.services.briefs import Briefs

        return Briefs(lambda: self.surroundings, now=self.now, randomness=posix.urandom)

    @property
    def surroundings(self) -> Surroundings:
        from agent_session.world.surroundings import Surroundings

        return Surroundings(places.own_paths(self.url), runs_git=self.runs_git)

    def claimant(self, holder: str | None = None, token: int | None = None) -> Claimant:
        """Who writes: by the token that is given, else by that in AGENT_SESSION_TOKEN, which is
        of the session in AGENT_SESSION_ID, if there is one. InvalidValueError for no token.
        """
        if token is not None:
            return Claimant(holder, token)
        said, of = self.variables.get(TOKEN), self.variables.get(SESSION)
        return Claimant(
            holder, token_of(said) if said else None, is_ambient=True, of=of or None
        )

    @property
    def _actor(self) -> str:
        return f"{self.actor}[{posix.getpid()}]"

    @property
    def workflow(self) -> Workflow:
        from agent_session.services.workflow import Workflow
        from agent_session.stores.files.project_logs import ProjectLogs

        # What is logged beside the sessions needs no store, nor its clock.
        return Workflow(lambda: self.sessions, ProjectLogs(self.project), now=utc_now)

    def copying(self, source: str, target: str) -> Copying:
        from agent_session.services.copying import Copying

        path = places.path_of(source)
        if path is not None and not is_there(path):
            raise errors.InvalidValueError(f"there is no store at {path}")
        return Copying(open_store(source), open_store(target, self.settings))

    @property
    def history(self) -> History:
        from agent_session.services.history import History

        return History(self.store)

    @property
    def branches(self) -> Branches:
        from agent_session.services.branches import Branches

        return Branches(self.sessions, self.history)

    @property
    def insights(self) -> Insights:
        from agent_session.services.insights import Insights

        return Insights(self.store, self.resumes, now=self.now)

    @property
    def measures(self) -> Measures:
        from agent_session.services.measures import Measures

        return Measures(self.store, now=self.now)

    @property
    def pruning(self) -> Pruning:
        from agent_session.services.pruning import Pruning

        return Pruning(
            self.store, now=self.now, actor=self._actor, claim_policy=self.claim_policy
        )

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
    runs_git: bool = True,
) -> Wiring:
    """Join everything for *project* (found where it is not named) and *store* (else the
    settings', else its own); where it *runs_git*, what is not committed is known too.
    """
    variables = environment() if variables is None else variables
    root = project_root(project, variables)
    settings = load_settings(root, variables)
    in_settings = settings["store"]
    if in_settings and settings.sources["store"] not in variables:
        in_settings = places.located(in_settings, root)  # of a file that all folders share
    url = store or in_settings or f"{places.FILES}:{root}/{SESSIONS}"
    return Wiring(root, settings, url, actor, variables, runs_git=runs_git)


def token_of(text: str) -> int:
    """InvalidValueError for what is no claim's token."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < _LONGEST_TOKEN):
        raise errors.InvalidValueError(f"{ascii(text)[:40]} is no token: a claim prints one")
    return int(text)


def fate_of(process: Mapping[str, Any]) -> bool | None:
    """Whether the process of a claim's holder still runs, as far as this host can tell."""
    from agent_session.world import processes

    return processes.fate_of(process)
