-- What an agent's name, task or host key is too long or odd for, a digest stands for.
CREATE TABLE sessions (
    -- Never given twice: what is left of one that was removed by hand belongs to no other.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id TEXT NOT NULL UNIQUE,
    agent_name TEXT NOT NULL,
    task_id TEXT,
    phase TEXT NOT NULL,
    live INTEGER NOT NULL,
    resume_ready INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    last_updated TEXT NOT NULL,
    -- The number of the last event, which names the digest of the record.
    revision INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;

-- The newest of an agent, and what is active, whatever lies finished beside them.
CREATE INDEX live_sessions ON sessions (agent_name, last_updated) WHERE live = 1;
CREATE INDEX pending_sessions ON sessions (last_updated) WHERE pending = 1;
-- What cleanup takes; one that is live moves in none but the first.
CREATE INDEX finished_sessions ON sessions (last_updated) WHERE live = 0;

CREATE TABLE events (
    session INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
    approval_id TEXT NOT NULL,
    session INTEGER NOT NULL,
    PRIMARY KEY (approval_id, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_of_session ON approvals (session);

CREATE TABLE host_keys (
    host_key TEXT NOT NULL,
    session INTEGER NOT NULL,
    PRIMARY KEY (host_key, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX host_keys_of_session ON host_keys (session);

-- The columns beside the line are what is measured of it.
CREATE TABLE delegations (
    number INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    at TEXT,
    agent_name TEXT,
    decision TEXT,
    reason TEXT
) STRICT;
CREATE INDEX delegations_by_time ON delegations (at, agent_name, decision, reason);
CREATE TABLE removed (number INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT;

-- What is measured of every session and approval that there ever was: removals take none of it.
CREATE TABLE measured_sessions (
    created_at TEXT NOT NULL,
    session INTEGER NOT NULL,
    agent_name TEXT NOT NULL,
    ended INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    resumed INTEGER NOT NULL,
    had_errors INTEGER NOT NULL,
    duration REAL,
    PRIMARY KEY (created_at, session)
) STRICT, WITHOUT ROWID;
CREATE TABLE measured_approvals (
    requested_at TEXT NOT NULL,
    approval_id TEXT NOT NULL,
    session INTEGER NOT NULL,
    agent_name TEXT NOT NULL,
    status TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    strength TEXT,
    seconds REAL,
    PRIMARY KEY (requested_at, approval_id, session)
) STRICT, WITHOUT ROWID;

-- The store's id; and how often what is pending has changed, for those who watch it.
CREATE TABLE store (id TEXT NOT NULL, pending_changes INTEGER NOT NULL) STRICT;
INSERT INTO store (id, pending_changes) VALUES (lower(hex(randomblob(16))), 0);
