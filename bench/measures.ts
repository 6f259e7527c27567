/** The measurements of one system, each in a process of its own. */
import { readFileSync } from "node:fs"
import { quantile } from "./quantile.ts"
import { postgresLoad, type ServerLoad } from "./ServerLoad.ts"
import type { Queue, Servers, SystemName } from "./systems/System.ts"

export type Figures = Readonly<Record<string, number>>

export interface Task {
  readonly system: SystemName
  readonly measure: keyof typeof measures
  readonly servers: Servers
  /** How many jobs, or for how many seconds. */
  readonly amount: number
}

/** Callers that enqueue at once, each one job after the other. */
const CALLERS = 8

/** Jobs that are not measured: connections are opened and code is compiled meanwhile. */
const WARM_UP = 100
const WARM_UP_ONE_BY_ONE = 20

/** Between two looks for whether all is settled. */
const LOOK_EVERY_MS = 2

/** What a worker does in its first seconds is not idling. */
const SETTLE_MS = 5_000

const secondsSince = (start: number): number => (performance.now() - start) / 1_000

const enqueueAll = async (queue: Queue, count: number): Promise<void> => {
  let next = 0
  const caller = async () => {
    while (next < count) await queue.enqueue(next++)
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
}

const loadOf = async ({ servers, system }: Task): Promise<ServerLoad> =>
  system === "bullmq" ? (await import("./RedisLoad.ts")).redisLoad(servers.redis!) : postgresLoad(servers.postgres)

/** CPU time tells the same on a busy machine; elapsed time does not. */
const metered = async (count: number, task: Task, work: () => Promise<unknown>): Promise<Figures> => {
  const serverBefore = await loadOf(task)
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  await work()
  const perSecond = count / secondsSince(start)
  const cpu = process.cpuUsage(cpuBefore)
  const serverAfter = await loadOf(task)
  return {
    perSecond,
    workerCpuMicros: (cpu.user + cpu.system) / count,
    serverCpuMicros: ((serverAfter.cpuSeconds - serverBefore.cpuSeconds) * 1_000_000) / count
  }
}

/** Twice: a new process spends much of the first jobs compiling, one that serves has done that. */
const enqueue = async (queue: Queue, count: number, task: Task): Promise<Figures> => {
  await enqueueAll(queue, WARM_UP)
  const atFirst = await metered(count, task, () => enqueueAll(queue, count))
  const later = await metered(count, task, () => enqueueAll(queue, count))
  return { ...later, atFirstPerSecond: atFirst.perSecond }
}

const bulk = async (queue: Queue, count: number, task: Task): Promise<Figures> => {
  await enqueueAll(queue, WARM_UP)
  return metered(count, task, () => queue.enqueueMany(count))
}

/** Jobs for `drain`, and nothing else. */
const seed = async (queue: Queue, count: number): Promise<Figures> => {
  await queue.enqueueMany(count)
  return {}
}

const untilSettled = async (queue: Queue): Promise<void> => {
  while (!(await queue.isSettled())) await Bun.sleep(LOOK_EVERY_MS)
}

/** The kernel's high-water mark of this process, where it tells. */
const peakMegabytes = (): number => {
  if (process.platform !== "linux") return Number.NaN
  const kilobytes = /^VmHWM:\s+(\d+) kB/mu.exec(readFileSync("/proc/self/status", "utf8"))?.[1]
  return Number(kilobytes) / 1_024
}

/** From before the worker starts until the last job is recorded as finished. Each job has to run exactly once. */
const drain = async (queue: Queue, count: number, task: Task): Promise<Figures> => {
  const seen = new Set<number>()
  const all = Promise.withResolvers<void>()
  const figures = await metered(count, task, async () => {
    await queue.startWorker((number) => {
      if (seen.has(number)) all.reject(new Error(`job ${number} ran twice`))
      if (seen.add(number).size === count) all.resolve()
    })
    await all.promise
    await untilSettled(queue)
  })
  return { ...figures, peakMegabytes: peakMegabytes() }
}

/** One job at a time, from the call that enqueues it to the first line of its handler. */
const latency = async (queue: Queue, count: number): Promise<Figures> => {
  let started: (at: number) => void = () => undefined
  await queue.startWorker(() => started(performance.now()))
  const once = async (number: number) => {
    const { promise, resolve } = Promise.withResolvers<number>()
    started = resolve
    // Not in step with any timer of the worker.
    await Bun.sleep(10 + Math.random() * 50)
    const before = performance.now()
    await queue.enqueue(number)
    return (await promise) - before
  }
  const times: Array<number> = []
  for (let number = 0; number < count + WARM_UP_ONE_BY_ONE; number++) times.push(await once(number))
  const measured = times.slice(-count)
  return { p50: quantile(measured, 0.5), p99: quantile(measured, 0.99) }
}

const idle = async (queue: Queue, seconds: number, task: Task): Promise<Figures> => {
  await queue.startWorker(() => undefined)
  await Bun.sleep(SETTLE_MS)
  const before = await loadOf(task)
  const cpuBefore = process.cpuUsage()
  await Bun.sleep(seconds * 1_000)
  const cpu = process.cpuUsage(cpuBefore)
  const after = await loadOf(task)
  return {
    workerCpuSeconds: (cpu.user + cpu.system) / 1_000_000,
    serverCpuSeconds: after.cpuSeconds - before.cpuSeconds,
    statements: after.statements - before.statements
  }
}

/** Lets the system finish one job, and copies it. */
const fillHistory = async (queue: Queue, count: number): Promise<Figures> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  await queue.enqueue(0)
  await queue.startWorker(() => resolve())
  await promise
  await untilSettled(queue)
  await queue.fillHistory?.(count)
  return { finished: queue.fillHistory === undefined ? 0 : count }
}

export const measures = { enqueue, bulk, seed, drain, latency, idle, fillHistory }
