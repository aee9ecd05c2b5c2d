-- What every dialect says alike; what one says in its own way stands beside its store.

-- name: find_session
SELECT number, agent_id, revision, record, line
FROM sessions LEFT JOIN events ON session = number AND seq = revision WHERE agent_id = :agent_id;

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

-- name: remake_row
UPDATE sessions SET agent_name = :agent_name, task_id = :task_id, phase = :phase, live = :live,
    resume_ready = :resume_ready, pending = :pending, last_updated = :last_updated,
    revision = :revision, record = :record
WHERE number = :number;

-- name: remove_session
DELETE FROM sessions WHERE number = :number;

-- name: add_event
INSERT INTO events (session, seq, line) VALUES (:session, :seq, :line);

-- name: events_after
SELECT line FROM events WHERE session = :session AND seq > :after ORDER BY seq;

-- name: remove_event
DELETE FROM events WHERE session = :session AND seq = :seq;

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
INSERT INTO delegations (line, at, agent_name, decision, reason)
VALUES (:line, :at, :agent_name, :decision, :reason);

-- name: delegations_after
SELECT number, line FROM delegations WHERE number > :after ORDER BY number LIMIT 1000;

-- name: measure_session
INSERT INTO measured_sessions (
    created_at, session, agent_name, ended, completed, resumed, had_errors, duration
) VALUES (
    :created_at, :session, :agent_name, :ended, :completed, :resumed, :had_errors, :duration
)
ON CONFLICT (created_at, session) DO UPDATE SET ended = excluded.ended,
    completed = excluded.completed, had_errors = excluded.had_errors, duration = excluded.duration,
    resumed = CASE WHEN measured_sessions.resumed = 1 THEN 1 ELSE excluded.resumed END;

-- name: measure_approval
INSERT INTO measured_approvals (
    requested_at, approval_id, session, agent_name, status, ends_at, strength, seconds
) VALUES (
    :requested_at, :approval_id, :session, :agent_name, :status, :ends_at, :strength, :seconds
)
ON CONFLICT (requested_at, approval_id, session) DO UPDATE SET status = excluded.status,
    ends_at = excluded.ends_at, strength = excluded.strength, seconds = excluded.seconds;

-- name: earliest_measured
SELECT min(created_at) FROM measured_sessions UNION ALL
SELECT min(at) FROM delegations;

-- name: state_of_session
SELECT number, revision FROM sessions WHERE agent_id = :agent_id;

-- name: identity
SELECT id FROM store;
