/** What the measurements ask of a job queue. Each system has one file in this folder, and a process of its own. */

export const systemNames = ["callboard", "graphile-worker", "pg-boss", "bullmq"] as const
export type SystemName = (typeof systemNames)[number]

export interface PostgresAddress {
  /** The directory of the Unix socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly username: string
}

export interface Servers {
  readonly postgres: PostgresAddress
  /** The Unix socket of Redis; absent when there is none. */
  readonly redis?: string
}

/** Called once per run of a job, with the number that the job was given. */
export type OnJob = (number: number) => void

export interface Queue {
  /** Resolves when the job is stored as safely as the system stores it. */
  readonly enqueue: (number: number) => Promise<unknown>
  /** Jobs 0 to `count - 1`, the fastest way that the system has. */
  readonly enqueueMany: (count: number) => Promise<unknown>
  /** Resolves when the worker takes jobs, or is about to. */
  readonly startWorker: (onJob: OnJob) => Promise<unknown>
  /** Nothing waits and nothing runs, as stored. */
  readonly isSettled: () => Promise<boolean>
  /** Copies the one finished job that is there. Absent: the system keeps no finished jobs. */
  readonly fillHistory?: (count: number) => Promise<unknown>
  readonly close: () => Promise<unknown>
}

export interface System {
  /** Connects, and makes the tables when they are missing. */
  readonly open: (servers: Servers) => Promise<Queue>
}
