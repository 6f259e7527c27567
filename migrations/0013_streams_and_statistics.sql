-- Keys are kept for 24 hours, also when their job stays longer: the oldest are found without reading the others.
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at)
