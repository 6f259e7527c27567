-- Of which webhook a try was, so that the newest one is found however many deliveries wait behind it. Older versions write it
-- not: their tries are shown with their deliveries, and not counted as the webhook's last.
ALTER TABLE webhook_attempts ADD COLUMN webhook_id uuid

-- next statement

UPDATE webhook_attempts a SET webhook_id = d.webhook_id FROM webhook_deliveries d WHERE d.id = a.delivery_id

-- next statement

CREATE INDEX webhook_attempts_of_webhook ON webhook_attempts (webhook_id, at)

-- next statement

-- Somebody asked for it by hand, and it was not tried since: it waits for no other delivery.
ALTER TABLE webhook_deliveries ADD COLUMN asked boolean NOT NULL DEFAULT false
