/** graphile-worker with the settings under which its own documentation measures it (worker.graphile.org, "Performance"). */
import { Logger, makeWorkerUtils, type Runner, run } from "graphile-worker"
import { connect, inChunks, numbers, settledBy } from "./connect.ts"
import type { OnJob, PostgresAddress, Queue, System } from "./System.ts"

const TASK = "bench"
const CONCURRENCY = 24
const BULK_CHUNK = 20_000

const silent = new Logger(() => () => undefined)

const urlOf = ({ database, host, port, username }: PostgresAddress): string =>
  `postgresql:///${database}?host=${encodeURIComponent(host)}&port=${port}&user=${username}`

const optionsFor = (address: PostgresAddress) => ({
  logger: silent,
  preset: {
    worker: {
      connectionString: urlOf(address),
      concurrentJobs: CONCURRENCY,
      maxPoolSize: CONCURRENCY + 1,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0
    }
  }
})

const open = async ({ postgres }: { readonly postgres: PostgresAddress }): Promise<Queue> => {
  const options = optionsFor(postgres)
  const utils = await makeWorkerUtils(options)
  await utils.migrate()
  const sql = connect(postgres)
  let runner: Runner | undefined
  const jobOf = (number: number) => ({ identifier: TASK, payload: { number } })

  return {
    enqueue: (number) => utils.addJob(TASK, { number }),
    enqueueMany: (count) => inChunks(count, BULK_CHUNK, (size, from) => utils.addJobs(numbers(size, from).map(jobOf))),
    startWorker: async (onJob: OnJob) => {
      const task = (payload: unknown) => onJob((payload as { readonly number: number }).number)
      runner = await run({ ...options, noHandleSignals: true, taskList: { [TASK]: task } })
    },
    isSettled: settledBy(sql, "SELECT NOT EXISTS (SELECT FROM graphile_worker.jobs) AS settled"),
    close: async () => {
      await runner?.stop()
      await utils.release()
      await sql.close()
    }
  }
}

export const system: System = { open }
