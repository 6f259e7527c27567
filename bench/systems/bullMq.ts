/** BullMQ on Redis, with its defaults: finished jobs are kept. */
import { Queue as BullQueue, Worker } from "bullmq"
import { Redis } from "ioredis"
import { HISTORY_CHUNK, inChunks, numbers } from "./connect.ts"
import type { OnJob, Queue, Servers, System } from "./System.ts"

const QUEUE = "bench"
const BULK_CHUNK = 1_000
/** More takes more memory and drains little faster; less drains more slowly. */
const CONCURRENCY = 300

interface Input {
  readonly number: number
}

/** Copies a finished job under the names `history-<from>` and so on. */
const COPY_JOBS = `
  for n = ARGV[2], ARGV[2] + ARGV[3] - 1 do
    local id = string.format('history-%d', n)
    redis.call('COPY', KEYS[1] .. ARGV[1], KEYS[1] .. id)
    redis.call('ZADD', KEYS[1] .. 'completed', ARGV[4], id)
  end`

const open = async ({ redis: path }: Servers): Promise<Queue> => {
  if (path === undefined) throw new Error("BullMQ needs a Redis.")
  // Workers block on their connection for as long as they like; BullMQ asks for this.
  const connection = { path, maxRetriesPerRequest: null }
  const redis = new Redis(connection)
  const queue = new BullQueue<Input>(QUEUE, { connection })
  await queue.waitUntilReady()
  let worker: Worker<Input> | undefined

  return {
    enqueue: (number) => queue.add(QUEUE, { number }),
    enqueueMany: (count) =>
      inChunks(count, BULK_CHUNK, (size, from) =>
        queue.addBulk(numbers(size, from).map((number) => ({ name: QUEUE, data: { number } })))
      ),
    startWorker: async (onJob: OnJob) => {
      worker = new Worker<Input>(QUEUE, async (job) => onJob(job.data.number), { connection, concurrency: CONCURRENCY })
      await worker.waitUntilReady()
    },
    isSettled: async () => {
      const counts = await queue.getJobCounts("waiting", "active", "delayed", "prioritized")
      return Object.values(counts).every((count) => count === 0)
    },
    fillHistory: async (count) => {
      const [job] = await queue.getCompleted(0, 0)
      const prefix = `bull:${QUEUE}:`
      await inChunks(count, HISTORY_CHUNK, (size, from) =>
        redis.eval(COPY_JOBS, 1, prefix, job?.id ?? "", from, size, job?.finishedOn ?? 0)
      )
    },
    close: async () => {
      await worker?.close()
      await queue.close()
      await redis.quit()
    }
  }
}

export const system: System = { open }
