-- Every statement of the store. `lock_...` keeps other writers of the row out until the
-- transaction ends; what is read after it is read anew, with what they have written.

-- name: find_session
SELECT number, agent_id, revision, record, line
FROM sessions LEFT JOIN events ON session = number AND seq = revision WHERE agent_id = :agent_id;

-- name: lock_session
SELECT number, agent_id, revision, record, line
FROM sessions LEFT JOIN events ON session = number AND seq = revision WHERE agent_id = :agent_id
FOR UPDATE OF sessions;

-- name: lock_row
SELECT 1 FROM sessions WHERE agent_id = :agent_id FOR UPDATE;

-- name: sessions_numbered
SELECT number, agent_id, revision, record, line
FROM sessions LEFT JOIN events ON session = number AND seq = revision WHERE number = ANY(:numbers);

-- name: lock_rows
SELECT 1 FROM sessions WHERE number = ANY(:numbers) ORDER BY number FOR UPDATE;

-- name: count_sessions
SELECT count(*) FROM sessions;

-- name: look_at_row
SELECT agent_name, task_id, phase, live, resume_ready, pending, last_updated, revision
FROM sessions WHERE number = :number;

-- name: add_session
INSERT INTO sessions (
    agent_id, agent_name, task_id, phase, live, resume_ready, pending, last_updated, revision,
    record
) VALUES (
    :agent_id, :agent_name, :task_id, :phase, :live, :resume_ready, :pending, :last_updated,
    :revision, :record
)
ON CONFLICT (agent_id) DO NOTHING RETURNING number;

-- name: enter_change
WITH changed AS (
    UPDATE sessions SET agent_name = :agent_name, task_id = :task_id, phase = :phase, live = :live,
        resume_ready = :resume_ready, pending = :pending, last_updated = :last_updated,
        revision = :revision, record = :record
    WHERE number = :number
), entered AS (
    INSERT INTO events (session, seq, line) VALUES (:number, :revision, :line)
)
SELECT pg_notify('agent_session', :agent_id);

-- name: remake_row
UPDATE sessions SET agent_name = :agent_name, task_id = :task_id, phase = :phase, live = :live,
    resume_ready = :resume_ready, pending = :pending, last_updated = :last_updated,
    revision = :revision, record = :record
WHERE number = :number;

-- name: remove_session
DELETE FROM sessions WHERE number = :number;

-- name: lock_birth
SELECT 1 FROM birth_locks WHERE slot = :slot FOR UPDATE;

-- name: add_event
INSERT INTO events (session, seq, line) VALUES (:session, :seq, :line);

-- name: events_after
SELECT line FROM events WHERE session = :session AND seq > :after ORDER BY seq;

-- name: remove_events
DELETE FROM events WHERE session = :session;

-- name: add_approval
INSERT INTO approvals (approval_id, session) VALUES (:approval_id, :session) ON CONFLICT DO NOTHING;

-- name: remove_approval
DELETE FROM approvals WHERE approval_id = :approval_id AND session = :session;

-- name: has_approval
SELECT 1 FROM approvals WHERE approval_id = :approval_id AND session = :session;

-- name: add_host_key
INSERT INTO host_keys (host_key, session) VALUES (:host_key, :session) ON CONFLICT DO NOTHING;

-- name: remove_host_key
DELETE FROM host_keys WHERE host_key = :host_key AND session = :session;

-- name: has_host_key
SELECT 1 FROM host_keys WHERE host_key = :host_key AND session = :session;

-- name: add_removed
INSERT INTO removed (line) VALUES (:line);

-- name: add_delegation
INSERT INTO delegations (line) VALUES (:line);

-- name: delegations_after
SELECT number, line FROM delegations WHERE number > :after ORDER BY number LIMIT 1000;

-- name: tell_of_session
SELECT pg_notify('agent_session', :agent_id);

-- name: tell_of_pending
SELECT pg_notify('agent_session', '*');

-- name: state_of_session
SELECT number, revision FROM sessions WHERE agent_id = :agent_id;

-- name: state_of_pending
SELECT number, revision FROM sessions WHERE pending = 1 ORDER BY number;

-- name: identity
SELECT id FROM store;

-- name: schema
SELECT schema_version FROM store;

-- name: now
SELECT clock_timestamp();
