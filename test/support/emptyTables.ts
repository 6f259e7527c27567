/** Takes all rows out of tables, and out of those that refer to them. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** From here on TRUNCATE is quicker: it makes new files for all tables and indexes, which takes some 20 times as long. */
const MUCH_BYTES = 2_000_000

/** Like TRUNCATE ... CASCADE it asks no trigger and no foreign key. */
const statementFor = (tables: ReadonlyArray<string>) => `
  DO $$
  DECLARE
    reached regclass[];
    each regclass;
  BEGIN
    WITH RECURSIVE found (name) AS (
      SELECT unnest('{${tables.join(",")}}'::regclass[])
      UNION SELECT c.conrelid::regclass FROM pg_constraint c JOIN found ON c.confrelid = found.name WHERE c.contype = 'f'
    ) SELECT array_agg(name) INTO reached FROM found;
    IF (SELECT sum(pg_relation_size(name)) FROM unnest(reached) name) > ${MUCH_BYTES} THEN
      TRUNCATE ${tables.join(",")} CASCADE;
    ELSE
      SET LOCAL session_replication_role = replica;
      FOREACH each IN ARRAY reached LOOP
        EXECUTE format('DELETE FROM %s', each);
      END LOOP;
    END IF;
  END $$`

export const emptyTables = (...tables: ReadonlyArray<string>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statementFor(tables)))
