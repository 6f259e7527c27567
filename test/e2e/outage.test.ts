import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Duration, Effect } from "effect"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import {
  eventually,
  processesNaming,
  type RunningCallboard,
  startCallboard,
  temporaryDirectory
} from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { startPgProxy } from "../support/PgProxy.ts"
import { freezePostgres, postmasterOf } from "../support/PostgresProcesses.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/job-types.ts")

const OUTAGE = Duration.seconds(20)

/** A gateway that waits for 10 s gets its answer from us. */
const LONGEST_ANSWER_MS = 10_000

const timed = <E, R>(effect: Effect.Effect<{ readonly status: number }, E, R>) =>
  Effect.map(Effect.timed(effect), ([duration, { status }]) => ({ ms: Duration.toMillis(duration), status }))

/** A script in a page and one without; they end when the file `gate` is there. */
const createTwo = (callboard: RunningCallboard, journal: string, gate: string) =>
  Effect.gen(function* () {
    const jobs = [yield* callboard.create("gated", { journal, gate }), yield* callboard.create("remembering", { gate })]
    for (const { id } of jobs) yield* callboard.jobWhen(id, (job) => job.progress.percent === 50)
    return jobs.map((job) => job.id)
  })

/** Waits until the leases are about to be renewed: that is when an outage is worst. */
const awaitOldLeases = (dataDirectory: string) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* eventually(
      sql`SELECT 1 FROM script_jobs WHERE lease_expires_at < now() + interval '27.3 seconds'`.pipe(
        Effect.map((rows) => (rows.length > 0 ? true : undefined))
      )
    )
  }).pipe(
    Effect.provide(
      PgClient.layer(
        clientOptions({
          host: join(dataDirectory, "postgres-socket"),
          port: 5432,
          database: "callboard",
          username: "callboard"
        })
      )
    )
  )

it.live(
  "loses nothing but time when its PostgreSQL hangs for 20 seconds, or dies again and again",
  () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const dataDirectory = join(directory, "data")
      const [journal, gate, laterGate] = ["journal", "gate", "later"].map((name) => join(directory, name))
      const callboard = yield* startCallboard({ dataDirectory, env: { CALLBOARD_CONFIG } })
      const first = yield* createTwo(callboard, journal!, gate!)
      const second = yield* createTwo(callboard, journal!, laterGate!)

      yield* awaitOldLeases(dataDirectory)
      const thaw = yield* freezePostgres(dataDirectory)
      yield* Effect.addFinalizer(() => thaw)
      const frozenAt = performance.now()
      const answers = yield* Effect.all(
        [
          callboard.json(`/api/jobs/${first[0]}`),
          callboard.json("/api/jobs"),
          callboard.post("/api/jobs", { jobType: "gated", input: { journal, gate } }),
          callboard.json("/readyz")
        ].map((answer) => timed(answer)),
        { concurrency: "unbounded" }
      )
      // Two scripts end while nothing can be written; two go on.
      writeFileSync(gate!, "")
      yield* Effect.sleep(Duration.millis(Duration.toMillis(OUTAGE) - (performance.now() - frozenAt)))
      yield* thaw

      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503])
      for (const { ms } of answers) expect(ms).toBeLessThan(LONGEST_ANSWER_MS)
      const [gated, remembering] = yield* Effect.forEach(first, callboard.jobEnded)
      expect(gated).toMatchObject({ status: "completed", attempts: 1, retryCount: 0 })
      expect(remembering).toMatchObject({ status: "completed", attempts: 1, retryCount: 0, result: "kept" })

      for (let death = 0; death < 3; death++) {
        const postmaster = postmasterOf(dataDirectory)
        process.kill(postmaster, "SIGKILL")
        yield* eventually(
          Effect.map(callboard.json("/readyz"), ({ status }) =>
            status === 200 && postmasterOf(dataDirectory) !== postmaster ? true : undefined
          )
        )
      }
      writeFileSync(laterGate!, "")
      const ended = yield* Effect.forEach(second, callboard.jobEnded)

      expect(ended.map((job) => [job.status, job.attempts, job.retryCount])).toEqual([
        ["completed", 1, 0],
        ["completed", 1, 0]
      ])
      expect(ended[1]?.result).toBe("kept")
      expect(callboard.output()).not.toContain("nothing waits for")
    }),
  120_000
)

it.live("ends when it is stopped while the database is silent", () =>
  Effect.gen(function* () {
    const proxy = yield* startPgProxy(yield* TestPostgres.freshDatabase())
    const { address } = proxy
    const dataDirectory = yield* temporaryDirectory
    const DATABASE_URL = `postgres://${address.username}@${address.host}:${address.port}/${address.database}`
    const env = { CALLBOARD_CONFIG, DATABASE_URL, CALLBOARD_SHUTDOWN_GRACE: "1 second" }
    const callboard = yield* startCallboard({ dataDirectory, env })
    const [journal, gate] = [join(dataDirectory, "journal"), join(dataDirectory, "gate")]
    yield* createTwo(callboard, journal, gate)

    yield* proxy.silence
    // It waits for the answer to its BEGIN, which the client lets nobody interrupt.
    const request = callboard.post("/api/jobs", { jobType: "gated", input: { journal, gate } })
    yield* Effect.forkDetach(Effect.ignoreCause(request), { startImmediately: true })
    expect((yield* callboard.json("/readyz")).status).toBe(503)
    const askedAt = performance.now()

    expect(yield* callboard.signal("SIGTERM")).toBe(0)
    // The grace 1 s, then 13 s at most: claims under way (2 s), what runs is stopped (6 s), nobody hears the farewell (2 s),
    // what cannot be stopped (1 s), the connections of two pools (1 s each).
    expect(performance.now() - askedAt).toBeLessThan(16_000)
    expect(processesNaming(dataDirectory)).toEqual([])
  })
)
