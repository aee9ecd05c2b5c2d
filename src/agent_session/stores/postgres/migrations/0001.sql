-- What an agent's name, task or host key is too long or odd for, a digest stands for.
CREATE TABLE sessions (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id TEXT COLLATE "C" NOT NULL UNIQUE,
    agent_name TEXT COLLATE "C" NOT NULL,
    task_id TEXT COLLATE "C",
    phase TEXT COLLATE "C" NOT NULL,
    live SMALLINT NOT NULL,
    resume_ready SMALLINT NOT NULL,
    pending SMALLINT NOT NULL,
    last_updated TEXT COLLATE "C" NOT NULL,
    -- The number of the last event, which names the digest of the record.
    revision INTEGER NOT NULL,
    record TEXT NOT NULL
);

-- The newest of an agent, and what is active, whatever lies finished beside them.
CREATE INDEX live_sessions ON sessions (agent_name, last_updated) WHERE live = 1;
CREATE INDEX pending_sessions ON sessions (last_updated) WHERE pending = 1;
-- What cleanup takes; one that is live moves in none but the first.
CREATE INDEX finished_sessions ON sessions (last_updated) WHERE live = 0;

CREATE TABLE events (
    session BIGINT NOT NULL,
    seq INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (session, seq)
);

CREATE TABLE approvals (
    approval_id TEXT COLLATE "C" NOT NULL,
    session BIGINT NOT NULL,
    PRIMARY KEY (approval_id, session)
);
CREATE INDEX approvals_of_session ON approvals (session);

CREATE TABLE host_keys (
    host_key TEXT COLLATE "C" NOT NULL,
    session BIGINT NOT NULL,
    PRIMARY KEY (host_key, session)
);
CREATE INDEX host_keys_of_session ON host_keys (session);

-- The columns beside the line are what is measured of it.
CREATE TABLE delegations (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line TEXT NOT NULL,
    at TEXT COLLATE "C",
    agent_name TEXT COLLATE "C",
    decision TEXT COLLATE "C",
    reason TEXT COLLATE "C"
);
CREATE INDEX delegations_by_time ON delegations (at, agent_name, decision, reason);
CREATE TABLE removed (number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line TEXT NOT NULL);

-- What is measured of every session and approval that there ever was: removals take none of it.
CREATE TABLE measured_sessions (
    created_at TEXT COLLATE "C" NOT NULL,
    session BIGINT NOT NULL,
    agent_name TEXT COLLATE "C" NOT NULL,
    ended SMALLINT NOT NULL,
    completed SMALLINT NOT NULL,
    resumed SMALLINT NOT NULL,
    had_errors SMALLINT NOT NULL,
    duration DOUBLE PRECISION,
    PRIMARY KEY (created_at, session)
);
CREATE TABLE measured_approvals (
    requested_at TEXT COLLATE "C" NOT NULL,
    approval_id TEXT COLLATE "C" NOT NULL,
    session BIGINT NOT NULL,
    agent_name TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    ends_at TEXT COLLATE "C" NOT NULL,
    strength TEXT COLLATE "C",
    seconds DOUBLE PRECISION,
    PRIMARY KEY (requested_at, approval_id, session)
);

-- Two sessions that might begin for the same agent of a host begin one after the other.
CREATE TABLE birth_locks (slot SMALLINT PRIMARY KEY);
INSERT INTO birth_locks (slot) SELECT generate_series(0, 63);

CREATE TABLE store (id TEXT NOT NULL, schema_version INTEGER NOT NULL);
INSERT INTO store (id, schema_version) VALUES (replace(gen_random_uuid()::text, '-', ''), 0);
