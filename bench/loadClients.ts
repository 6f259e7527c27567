/** Clients of the load: requests at a fixed rate, clients that poll, and streams. */
import { connect, type Socket } from "node:net"
import { quantile } from "./quantile.ts"

export interface Target {
  readonly url: URL
  /** Of a job that runs. */
  readonly running: ReadonlyArray<string>
}

export interface Latency {
  readonly count: number
  readonly errors: number
  readonly p50: number
  readonly p99: number
}

type Kind = "create" | "status" | "list"

/** Of ten requests: people look far more often than they create. */
const MIX: ReadonlyArray<Kind> = [
  ...(["create", "status", "status", "list", "status"] as const),
  ...(["create", "status", "status", "list", "status"] as const)
]

/** Created jobs wait for a time that does not come, so that only the two run. */
const NEW_JOB = JSON.stringify({
  jobType: "tick",
  input: {},
  runAt: "2099-01-01T00:00:00Z",
  expiresAt: "2099-02-01T00:00:00Z"
})

const EXPECTED: Readonly<Record<Kind, number>> = { create: 202, status: 200, list: 200 }

/** What came instead of the expected answer, and how often. */
export const failures = new Map<string, number>()

const fail = (what: string) => failures.set(what, (failures.get(what) ?? 0) + 1)

const send = ({ running, url }: Target, kind: Kind, number: number): Promise<Response> => {
  if (kind === "create") {
    const headers = { "Content-Type": "application/json" }
    return fetch(new URL("/api/jobs", url), { method: "POST", headers, body: NEW_JOB })
  }
  const path = kind === "list" ? "/api/jobs?limit=50" : `/api/jobs/${running[number % running.length]}/status`
  return fetch(new URL(path, url))
}

const latencyOf = (times: ReadonlyArray<number>, errors: number): Latency => ({
  count: times.length + errors,
  errors,
  p50: quantile(times, 0.5),
  p99: quantile(times, 0.99)
})

/**
 * Each request has its moment, and its time counts from that moment, so that one which had to wait for those before it
 * counts as slow.
 */
export const mixedLoad = async (target: Target, perSecond: number, seconds: number): Promise<Record<Kind, Latency>> => {
  const times: Record<Kind, Array<number>> = { create: [], status: [], list: [] }
  const errors: Record<Kind, number> = { create: 0, status: 0, list: 0 }
  const start = performance.now() + 100
  const one = async (number: number) => {
    const kind = MIX[number % MIX.length]!
    const due = start + (number * 1_000) / perSecond
    await Bun.sleep(Math.max(0, due - performance.now()))
    const response = await send(target, kind, number).catch(() => undefined)
    await response?.arrayBuffer()
    if (response?.status === EXPECTED[kind]) times[kind].push(performance.now() - due)
    else {
      errors[kind] += 1
      fail(`${kind}: ${response?.status ?? "no answer"}`)
    }
  }
  await Promise.all(Array.from({ length: perSecond * seconds }, (_, number) => one(number)))
  return {
    create: latencyOf(times.create, errors.create),
    status: latencyOf(times.status, errors.status),
    list: latencyOf(times.list, errors.list)
  }
}

const POLL_EVERY_MS = 2_000

/** Clients that ask for a status every two seconds, each with the ETag of its last answer; they do not ask together. */
export const polling = async (target: Target, clients: number, seconds: number): Promise<Latency> => {
  const times: Array<number> = []
  let errors = 0
  const end = performance.now() + seconds * 1_000
  const client = async (number: number) => {
    let etag = ""
    await Bun.sleep((number * POLL_EVERY_MS) / clients)
    while (performance.now() < end) {
      const before = performance.now()
      const path = `/api/jobs/${target.running[number % target.running.length]}/status`
      const response = await fetch(new URL(path, target.url), { headers: { "If-None-Match": etag } }).catch(
        () => undefined
      )
      await response?.arrayBuffer()
      if (response?.status === 200 || response?.status === 304) times.push(performance.now() - before)
      else {
        errors += 1
        fail(`poll: ${response?.status ?? "no answer"}`)
      }
      etag = response?.headers.get("ETag") ?? etag
      await Bun.sleep(Math.max(0, before + POLL_EVERY_MS - performance.now()))
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return latencyOf(times, errors)
}

export interface Streams {
  readonly open: number
  /** Of each stream that is open. */
  readonly updatesPerStream: number
  readonly withoutUpdates: number
}

const openStream = ({ running, url }: Target, number: number, onData: (text: string) => void) =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => {
      socket.write(`GET /events?job=${running[number % running.length]} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`)
      resolve(socket)
    })
    socket.on("data", (chunk) => onData(String(chunk)))
    socket.on("error", reject)
  })

/** Streams of the pages of running jobs, and how much each of them was told. `during` begins when all are open. */
export const streaming = async (target: Target, count: number, during: () => Promise<void>): Promise<Streams> => {
  const updates = Array.from({ length: count }, () => 0)
  const opened = new Set<number>()
  const sockets = await Promise.all(
    Array.from({ length: count }, (_, number) =>
      openStream(target, number, (text) => {
        if (text.includes("200 OK")) opened.add(number)
        if (/^data: /mu.test(text)) updates[number] = updates[number]! + 1
      })
    )
  )
  // What everybody gets at the start is not an update.
  for (let waited = 0; waited < 100 && updates.includes(0); waited++) await Bun.sleep(100)
  updates.fill(0)
  await during()
  for (const socket of sockets) socket.destroy()
  return {
    open: opened.size,
    updatesPerStream: updates.reduce((sum, each) => sum + each, 0) / count,
    withoutUpdates: updates.filter((each) => each === 0).length
  }
}
