/**
 * pg-boss with its options for throughput: a table of the queue's own, large batches, one after the other while they come
 * back full, and NOTIFY.
 */
import { PgBoss } from "pg-boss"
import { connect, HISTORY_CHUNK, inChunks, numbers, settledBy } from "./connect.ts"
import type { OnJob, PostgresAddress, Queue, System } from "./System.ts"

const QUEUE = "bench"
const BULK_CHUNK = 2_000

interface Input {
  readonly number: number
}

const WORK = {
  batchSize: 2_000,
  localConcurrency: 2,
  burstWhenBatchFull: true
}

const open = async ({ postgres }: { readonly postgres: PostgresAddress }): Promise<Queue> => {
  const { database, host, port, username: user } = postgres
  const boss = new PgBoss({ host, port, database, user, useListenNotify: true })
  await boss.start()
  await boss.createQueue(QUEUE, { notify: true, partition: true })
  const sql = connect(postgres)

  return {
    enqueue: (number) => boss.send(QUEUE, { number }),
    enqueueMany: (count) =>
      inChunks(count, BULK_CHUNK, (size, from) =>
        boss.insert(
          QUEUE,
          numbers(size, from).map((number) => ({ data: { number } }))
        )
      ),
    startWorker: (onJob: OnJob) =>
      boss.work<Input>(QUEUE, WORK, async (jobs) => {
        for (const job of jobs) onJob(job.data.number)
      }),
    isSettled: settledBy(
      sql,
      `SELECT NOT EXISTS (SELECT FROM pgboss.job WHERE name = '${QUEUE}' AND state < 'completed') AS settled`
    ),
    fillHistory: async (count) => {
      const [job] = await sql<
        ReadonlyArray<{ id: string }>
      >`SELECT id FROM pgboss.job WHERE state = 'completed' LIMIT 1`
      // Naming `n` makes the copy depend on it, so that each gets an id of its own.
      await inChunks(
        count,
        HISTORY_CHUNK,
        (size) => sql`
          INSERT INTO pgboss.job
          SELECT copy.* FROM pgboss.job j, generate_series(1, ${size}::int) n,
            LATERAL jsonb_populate_record(j, jsonb_build_object('id', gen_random_uuid(), 'n', n)) copy
          WHERE j.name = ${QUEUE} AND j.id = ${job?.id}::uuid`
      )
    },
    close: async () => {
      await boss.stop({ graceful: true })
      await sql.close()
    }
  }
}

export const system: System = { open }
