-- Three roles, none of which logs in: grant them to those who do.
--
--   agent_session_agent     runs agents: creates, updates, asks, uses what was approved
--   agent_session_approver  answers what is asked, and cleans up
--   agent_session_auditor   reads
--
-- Whoever is only an agent can neither decide an approval nor change one that was asked for, and
-- has no right to what the journal has entered. Run by the owner of the tables; again harmless.

SET search_path = agent_session, pg_temp;

DO $$
DECLARE role_name TEXT;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'agent_session_agent', 'agent_session_approver', 'agent_session_auditor'
    ] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON ALL TABLES IN SCHEMA agent_session FROM PUBLIC;
GRANT USAGE ON SCHEMA agent_session
    TO agent_session_agent, agent_session_approver, agent_session_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA agent_session
    TO agent_session_agent, agent_session_approver, agent_session_auditor;
GRANT INSERT, UPDATE ON sessions, measured_sessions, measured_approvals TO agent_session_agent, agent_session_approver;
GRANT INSERT ON events, delegations TO agent_session_agent, agent_session_approver;
-- What leads to a session by another id; every one that is found is held against its record.
GRANT INSERT, DELETE ON approvals, host_keys TO agent_session_agent, agent_session_approver;
-- To lock a row is to be able to update it.
GRANT UPDATE ON birth_locks TO agent_session_agent, agent_session_approver;
GRANT INSERT ON removed TO agent_session_approver;
GRANT DELETE ON sessions, events TO agent_session_approver;

CREATE OR REPLACE FUNCTION may_approve() RETURNS BOOLEAN
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT pg_has_role(current_user, 'agent_session_approver', 'MEMBER')
$$;

-- The JSON in a record or an event. A NUL, which jsonb cannot hold, is shown as another sign.
CREATE OR REPLACE FUNCTION json_in(line TEXT) RETURNS JSONB
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT regexp_replace(line, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g')::jsonb
$$;

-- Whether an agent may make the approval `before` (NULL: there was none) into `after`.
CREATE OR REPLACE FUNCTION is_agents_change(before JSONB, after JSONB) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT CASE
        WHEN before IS NULL THEN
            after ->> 'status' = 'pending'
            AND after ->> 'decision' IS NULL AND after ->> 'grant' IS NULL
        ELSE
            -- What was asked, and what was answered, stays.
            after - '{status,grant,ended_at,drift}'::text[]
                = before - '{status,grant,ended_at,drift}'::text[]
            AND (
                after -> 'status' = before -> 'status'
                OR (before ->> 'status', after ->> 'status') IN (
                    ('pending', 'cancelled'), ('pending', 'expired'),
                    ('approved', 'used'), ('approved', 'expired'), ('approved', 'drifted')
                )
            )
            -- A grant may be taken up, which makes it no longer.
            AND (
                coalesce(after -> 'grant', 'null') = coalesce(before -> 'grant', 'null')
                OR (
                    before #>> '{grant,taken_up_at}' IS NULL
                    AND after #>> '{grant,expires_at}' <= before #>> '{grant,expires_at}'
                )
            )
    END
$$;

CREATE OR REPLACE FUNCTION guard_session() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path = pg_catalog, agent_session AS $$
DECLARE
    known JSONB := '[]';
    approval JSONB;
BEGIN
    IF agent_session.may_approve() THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.number, NEW.agent_id) <> (OLD.number, OLD.agent_id) THEN
            RAISE insufficient_privilege USING MESSAGE = 'a session keeps its id';
        END IF;
        known := agent_session.json_in(OLD.record) -> 'approvals';
    END IF;
    FOR approval IN
        SELECT * FROM jsonb_array_elements(agent_session.json_in(NEW.record) -> 'approvals')
    LOOP
        IF agent_session.is_agents_change(
            (SELECT each FROM jsonb_array_elements(known) AS each
             WHERE each -> 'id' = approval -> 'id' LIMIT 1),
            approval
        ) IS NOT TRUE THEN
            RAISE insufficient_privilege USING
                MESSAGE = 'only a member of agent_session_approver answers an approval';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

-- What a record is, where its row was damaged, its events tell: so they say no more than an agent
-- may. An agent asks, and takes up what was granted for as long as it was granted.
CREATE OR REPLACE FUNCTION guard_event() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path = pg_catalog, agent_session AS $$
DECLARE
    event JSONB := agent_session.json_in(NEW.line);
    is_allowed BOOLEAN;
BEGIN
    IF agent_session.may_approve() THEN
        RETURN NEW;
    END IF;
    is_allowed := CASE event ->> 'kind'
        WHEN 'approval_decided' THEN FALSE
        WHEN 'imported' THEN FALSE
        WHEN 'compacted' THEN FALSE
        WHEN 'edited' THEN FALSE
        WHEN 'approval_requested' THEN
            agent_session.is_agents_change(NULL, event #> '{data,approval}')
        WHEN 'approval_taken_up' THEN event #>> '{data,grant}' IS NULL OR EXISTS (
            SELECT 1 FROM agent_session.sessions AS kept, jsonb_array_elements(
                agent_session.json_in(kept.record) -> 'approvals'
            ) AS approval
            WHERE kept.number = NEW.session AND approval -> 'id' = event #> '{data,id}'
                AND event #>> '{data,grant,expires_at}' <= approval #>> '{grant,expires_at}'
        )
        ELSE TRUE
    END;
    IF is_allowed IS NOT TRUE THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'only a member of agent_session_approver answers an approval';
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS guard ON sessions;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION guard_session();
DROP TRIGGER IF EXISTS guard ON events;
CREATE TRIGGER guard BEFORE INSERT ON events
    FOR EACH ROW EXECUTE FUNCTION guard_event();
