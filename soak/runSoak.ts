/** One run: Callboard as users start it, with its own PostgreSQL, a page, jobs in blocks, and a reading after each. */
import { chmodSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { ownerOf } from "../src/runtime/ProcessOwner.ts"
import { findMarked, killMarked, memoryOf } from "../src/runtime/ProcessSweep.ts"
import { hasProc, residentBytes } from "../src/runtime/ProcStat.ts"
import { identityOf } from "../src/runtime/ThisWorker.ts"
import {
  type RunningCallboard,
  type SeenJob,
  startCallboard,
  temporaryDirectory
} from "../test/support/CallboardProcess.ts"
import { filesLeft } from "./filesLeft.ts"
import type { Ending } from "./jobTypes.ts"
import { type Block, planOf } from "./plan.ts"
import { openSite } from "./site.ts"

/** Jobs between two readings. */
export const BLOCK = 20

const BROWSERS = 2

export interface Reading {
  /** Ended so far. */
  readonly jobs: number
  /** Bytes in RAM. */
  readonly callboard: number
  readonly chromium: number
  readonly processes: number
}

export interface SoakOptions {
  readonly jobs: number
  readonly kills: number
  /** How much more memory may be used at the end than after the first block; without it, memory is not judged. */
  readonly mostGrowth?: number
  readonly onReading?: (reading: Reading) => Effect.Effect<void>
}

export interface Verdict {
  readonly readings: ReadonlyArray<Reading>
  readonly ends: ReadonlyMap<string, number>
  readonly kills: number
  readonly left: { readonly processes: number; readonly files: ReadonlyArray<string> }
  /** Empty: all is well. */
  readonly broken: ReadonlyArray<string>
}

interface Run {
  readonly callboard: RunningCallboard
  readonly worker: string
  readonly url: string
}

const isWorking = (job: SeenJob): boolean => job.status === "in_progress" && job.progress.stepName === "work"

/** Cancels a job in the middle of its work; `kills` first kills the browser under it, so that it has to begin again. */
const disturb = ({ callboard, worker }: Run, id: string, kills: boolean) =>
  Effect.gen(function* () {
    yield* callboard.jobWhen(id, isWorking)
    if (kills) {
      yield* killMarked(worker)
      yield* callboard.jobWhen(id, (job) => job.attempts > 1 && isWorking(job))
    }
    yield* callboard.post(`/api/jobs/${id}/cancel`, {})
  })

interface Ended {
  readonly ending: Ending
  readonly job: SeenJob
}

const create = ({ callboard, url }: Run, ending: Ending) =>
  Effect.map(callboard.create("soak", { url, ending }), ({ id }) => ({ id, ending }))

const runBlock = (run: Run, { endings, kills, together }: Block) =>
  Effect.gen(function* () {
    const first = endings.indexOf("cancelled")
    const jobs = yield* Effect.forEach(endings, (ending) => create(run, ending))
    const ended = yield* Effect.forEach(
      jobs,
      ({ ending, id }, index) =>
        Effect.gen(function* () {
          if (ending === "cancelled") yield* disturb(run, id, kills && index === first)
          return { ending, job: yield* run.callboard.jobEnded(id) } satisfies Ended
        }),
      { concurrency: "unbounded" }
    )
    const last = yield* Effect.replicateEffect(create(run, "together"), together)
    const met = yield* Effect.forEach(last, ({ ending, id }) =>
      Effect.map(run.callboard.jobEnded(id), (job): Ended => ({ ending, job }))
    )
    return [...ended, ...met]
  })

const look = ({ callboard, worker }: Run, jobs: number) =>
  Effect.gen(function* () {
    const chromium = yield* memoryOf(worker)
    const { length: processes } = yield* findMarked(worker)
    return { jobs, callboard: residentBytes(callboard.pid), chromium, processes } satisfies Reading
  })

/** Of a few looks the smallest figures: what a browser uses for a moment, while it opens or closes a page, is no growth. */
const read = (run: Run, jobs: number) =>
  Effect.map(Effect.replicateEffect(Effect.delay(look(run, jobs), "200 millis"), 5), (looks): Reading => {
    const least = (of: (each: Reading) => number) => Math.min(...looks.map(of))
    return {
      jobs,
      callboard: least(({ callboard }) => callboard),
      chromium: least(({ chromium }) => chromium),
      processes: least(({ processes }) => processes)
    }
  })

const endOf = ({ error, status }: SeenJob): string => (status === "failed" ? `${error?.code}` : status)

const EXPECTED: Readonly<Record<Ending, string>> = {
  well: "completed",
  together: "completed",
  failed: "ELEMENT_NOT_FOUND",
  cancelled: "cancelled"
}

const wrongEnds = (ended: ReadonlyArray<Ended>): ReadonlyArray<string> =>
  ended
    .filter(({ ending, job }) => endOf(job) !== EXPECTED[ending])
    .map(({ ending, job }) => `${job.jobId} should have ended ${ending}, and ended ${endOf(job)}`)

const growth = (readings: ReadonlyArray<Reading>, mostGrowth: number): ReadonlyArray<string> =>
  (["callboard", "chromium"] as const).flatMap((whose) => {
    const [first, last] = [readings[0]![whose], readings.at(-1)![whose]]
    return last > first * (1 + mostGrowth) ? [`${whose} uses ${last} bytes at the end, and used ${first}`] : []
  })

const count = (words: ReadonlyArray<string>): ReadonlyMap<string, number> =>
  new Map([...new Set(words)].toSorted().map((word) => [word, words.filter((each) => each === word).length]))

export const runSoak = ({ jobs, kills, mostGrowth, onReading = () => Effect.void }: SoakOptions) =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const [dataDirectory, temporary] = [join(directory, "data"), join(directory, "tmp")]
    mkdirSync(temporary)
    // PostgreSQL runs under another account when root starts it.
    chmodSync(temporary, 0o1777)
    const url = yield* openSite(BROWSERS)
    const callboard = yield* startCallboard({
      dataDirectory,
      env: {
        CALLBOARD_CONFIG: join(import.meta.dir, "jobTypes.ts"),
        CALLBOARD_BROWSER_SESSIONS: `${BROWSERS}`,
        TMPDIR: temporary,
        LOG_LEVEL: "warn"
      }
    })
    const worker = identityOf(dataDirectory, true).name
    const run: Run = { callboard, worker, url }

    const ended: Array<Ended> = []
    const readings: Array<Reading> = []
    for (const block of planOf(jobs, BLOCK, kills, BROWSERS)) {
      ended.push(...(yield* runBlock(run, block)))
      const reading = yield* read(run, ended.length)
      readings.push(reading)
      yield* onReading(reading)
    }

    const owner = ownerOf(callboard.pid)
    const exitCode = yield* callboard.signal("SIGTERM")
    const left = { processes: (yield* findMarked(worker)).length, files: yield* filesLeft(temporary, owner) }
    const killed = ended.filter(({ ending, job }) => ending === "cancelled" && job.attempts > 1).length
    const broken = [
      ...wrongEnds(ended),
      ...(exitCode === 0 ? [] : [`Callboard ended with ${exitCode}`]),
      ...(killed === kills ? [] : [`${killed} of ${kills} killed browsers had a job that began again`]),
      ...(left.processes === 0 ? [] : [`${left.processes} processes are left`]),
      ...left.files.map((file) => `${file} is left of the temporary files`),
      ...(mostGrowth === undefined || !hasProc ? [] : growth(readings, mostGrowth))
    ]
    return { readings, ends: count(ended.map(({ job }) => endOf(job))), kills: killed, left, broken } satisfies Verdict
  })
