-- Who may call, who is signed in on the board, and what they did. All of it is for the engine alone: members see none of
-- these tables, and the board shows admins the rows of their organisation.

-- A key is 256 random bits, so a plain SHA-256 of it can neither be guessed nor turned back: slow hashes protect
-- passwords, which people choose. The row stays when the key is revoked, so that the audit trail keeps its name.
CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  role text NOT NULL CHECK (role IN ('viewer', 'member', 'operator', 'admin', 'service')),
  organisation_id text NOT NULL CHECK (organisation_id <> ''),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text
)

-- next statement

CREATE INDEX api_keys_of_organisation ON api_keys (organisation_id, id)

-- next statement

-- Who signed in with a key is who the key is now, and leaves with it. Of a token there is nothing to look up later, so
-- what it said is kept. The cookie's value changes from time to time; the former one is good for a moment longer,
-- because requests that were on their way still carry it.
CREATE TABLE board_sessions (
  id uuid PRIMARY KEY,
  hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
  former_hash bytea,
  started_at timestamptz NOT NULL DEFAULT now(),
  renewed_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  key_id uuid REFERENCES api_keys (id) ON DELETE CASCADE,
  subject text,
  name text,
  role text,
  organisation_id text,
  CONSTRAINT of_a_key_or_of_a_token CHECK (
    CASE WHEN key_id IS NULL THEN num_nulls(subject, name, role, organisation_id) = 0
    ELSE num_nonnulls(subject, name, role, organisation_id) = 0 END
  )
)

-- next statement

CREATE INDEX board_sessions_former ON board_sessions (former_hash) WHERE former_hash IS NOT NULL

-- next statement

CREATE INDEX board_sessions_of_key ON board_sessions (key_id) WHERE key_id IS NOT NULL

-- next statement

-- Never holds a secret, an answer or an input: what was done, on which thing, and how its state changed by it. Without an
-- organisation are those who were refused before anybody knew whose they are.
CREATE TABLE audit_log (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  organisation_id text,
  via text NOT NULL,
  subject text NOT NULL,
  name text NOT NULL,
  role text,
  action text NOT NULL,
  target text,
  reason text,
  before jsonb,
  after jsonb,
  reference text
)

-- next statement

CREATE INDEX audit_log_of_organisation ON audit_log (organisation_id, id)

-- next statement

CREATE INDEX audit_log_at ON audit_log (at)

-- next statement

SELECT callboard_keep_private('api_keys', 'board_sessions', 'audit_log')
