-- What PostgreSQL says in its own way; sql/statements.sql has the rest. `lock_...` keeps other
-- writers of the row out until the transaction ends; what is read after it is read anew, with
-- what they have written.

-- name: lock_session
SELECT number, agent_id, revision, record, line
FROM sessions LEFT JOIN events ON session = number AND seq = revision WHERE agent_id = :agent_id
FOR UPDATE OF sessions;

-- name: sessions_numbered
SELECT number, agent_id, revision, record, line
FROM sessions LEFT JOIN events ON session = number AND seq = revision WHERE number = ANY(:numbers);

-- name: lock_rows
SELECT 1 FROM sessions WHERE number = ANY(:numbers) ORDER BY number FOR UPDATE;

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

-- name: size
SELECT coalesce(sum(pg_total_relation_size(relid)), 0) FROM pg_stat_user_tables
WHERE schemaname = 'agent_session';

-- name: lock_birth
SELECT 1 FROM birth_locks WHERE slot = :slot FOR UPDATE;

-- name: tell_of_session
SELECT pg_notify('agent_session', :agent_id);

-- name: tell_of_pending
SELECT pg_notify('agent_session', '*');

-- name: state_of_pending
SELECT number, revision FROM sessions WHERE pending = 1 ORDER BY number;

-- name: schema
SELECT schema_version FROM store;

-- name: now
SELECT clock_timestamp();
