-- How often endpoints are used that will go away, so that nobody is surprised when they do.
CREATE TABLE deprecated_uses (
  organisation_id text NOT NULL,
  endpoint text NOT NULL,
  uses bigint NOT NULL,
  first_used_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organisation_id, endpoint)
)

-- next statement

SELECT callboard_keep_private('deprecated_uses')
