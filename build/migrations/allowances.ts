/**
 * What a migration does although it locks or breaks, and why that is right there. A migration is never edited once it is
 * merged, so the reasons stand here.
 */
import type { Allowances } from "./lintMigrations.ts"

const EMPTY = "Older than every database that is to be upgraded: its tables are empty when it runs."
const ONE_TRANSACTION =
  "Migrations run in one transaction, where CONCURRENTLY cannot be; docs/operations.md names the lock."

export const allowances: Allowances = {
  "0002_queue.sql": {
    "require-concurrent-index-deletion": EMPTY,
    "require-concurrent-index-creation": EMPTY,
    "ban-create-domain-with-constraint":
      "The check of a domain is made when an id is written, not with each update of its row.",
    "changing-column-type": EMPTY,
    "ban-drop-column": EMPTY,
    "constraint-missing-not-valid": EMPTY
  },
  "0007_fast_paths.sql": { "require-concurrent-index-creation": EMPTY },
  "0012_acting_as_members.sql": { "require-concurrent-index-creation": EMPTY },
  "0016_board.sql": { "require-concurrent-index-creation": EMPTY },
  "0018_ai_and_data.sql": { "require-concurrent-index-creation": EMPTY },
  "0019_own_jobs.sql": { "require-concurrent-index-creation": EMPTY },
  "0020_keys_of_schedules.sql": {
    "require-concurrent-index-creation": ONE_TRANSACTION,
    "ban-drop-not-null":
      "The version before writes job_id always, and reads by key: it never meets the keys without one.",
    "adding-foreign-key-constraint": "The column is new and empty: there is nothing to look up.",
    "constraint-missing-not-valid": "idempotency_keys holds a day of keys at most; read once, it takes a moment."
  },
  "0021_reads_in_one.sql": { "require-concurrent-index-creation": ONE_TRANSACTION },
  "0027_bounded_looks.sql": { "require-concurrent-index-creation": ONE_TRANSACTION },
  "0031_lean_creates.sql": {
    "ban-alter-domain-with-add-constraint": "NOT VALID: no row is read, and the rule says what it said."
  },
  "0035_retries_apart.sql": { "require-concurrent-index-creation": ONE_TRANSACTION },
  "0051_tries_of_webhooks.sql": { "require-concurrent-index-creation": ONE_TRANSACTION }
}
