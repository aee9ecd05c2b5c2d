-- What SQLite says in its own way; sql/statements.sql has the rest. BEGIN IMMEDIATE has locked all
-- other writers out before the first of a change, so none here locks a row. Whoever watches looks
-- at the file, so none is told.

-- name: lock_session
SELECT number, agent_id, revision, record, line
FROM sessions LEFT JOIN events ON session = number AND seq = revision WHERE agent_id = :agent_id;

-- name: sessions_numbered
SELECT number, agent_id, revision, record, line
FROM sessions LEFT JOIN events ON session = number AND seq = revision
WHERE number IN (SELECT value FROM json_each(:numbers));

-- name: live_of_agent
SELECT 1 FROM sessions WHERE live = 1 AND agent_name = :agent_name LIMIT 1;

-- name: pending_of_any
SELECT 1 FROM sessions WHERE pending = 1 LIMIT 1;

-- name: known_by
SELECT 1 FROM host_keys WHERE host_key = :host_key LIMIT 1;

-- name: enter_change
UPDATE sessions SET agent_name = :agent_name, task_id = :task_id, phase = :phase, live = :live,
    resume_ready = :resume_ready, pending = :pending, last_updated = :last_updated,
    revision = :revision, record = :record
WHERE number = :number;
INSERT INTO events (session, seq, line) VALUES (:number, :revision, :line);

-- name: old_finished
SELECT number, agent_id, last_updated, digest_of(CAST(record AS BLOB)) = (
    SELECT json_extract(line, '$.state') FROM events WHERE session = number AND seq = revision
) FROM sessions
WHERE live = 0 AND last_updated <= :until AND (last_updated, number) > (:since, :after)
ORDER BY last_updated, number LIMIT :size;

-- name: remove_finished
INSERT INTO removed (line) SELECT json_object(
    'removed_at', :at, 'agent_id', agent_id, 'agent_name', json_extract(record, '$.agent_name'),
    'phase', phase, 'created_at', json_extract(record, '$.created_at'),
    'last_updated', last_updated, 'revision', revision
) FROM sessions WHERE number IN (SELECT value FROM json_each(:numbers));
DELETE FROM events WHERE session IN (SELECT value FROM json_each(:numbers));
DELETE FROM approvals WHERE session IN (SELECT value FROM json_each(:numbers));
DELETE FROM host_keys WHERE session IN (SELECT value FROM json_each(:numbers));
DELETE FROM sessions WHERE number IN (SELECT value FROM json_each(:numbers));

-- name: tell_of_pending
UPDATE store SET pending_changes = pending_changes + 1;

-- name: state_of_pending
SELECT pending_changes FROM store;
