/**
 * Watching on PostgreSQL: each process asks once for all its watchers of a job, and says by asking that it watches. The
 * worker, here or elsewhere, makes pictures as long as it is said.
 */
import { Duration, Effect, FiberMap, Latch, Layer, Option, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { JobId } from "../../domain/JobId.ts"
import type { JobsUnavailable } from "../../domain/Jobs.ts"
import { type LiveCondition, type LiveNow, type LivePicture, type LiveSize, LiveView } from "../../domain/LiveView.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { paces } from "../browser/Screencast.ts"
import { makeCallers } from "./asCaller.ts"
import { answered } from "./callFailures.ts"

/** How long one look counts as watching. */
const WATCHES_FOR_MS = 3_000

/** In the database; it is said again before that. */
const WANTED_FOR = "3 seconds"
const SAY_AGAIN_BEFORE = "1500 milliseconds"

/** The worker says at least every other second that the browser answers. */
const ANSWERED_WITHIN = "7 seconds"

/** A worker needs this long to hear that somebody watches, and for the first picture. */
const STARTING_MS = 8_000

/** A stream says the same again, so that those between know that it lives, and we that its reader does. */
const SAY_SAME_AFTER = Duration.seconds(10)

/** After a question that the database did not answer. */
const ASK_AGAIN_AFTER = Duration.seconds(1)

interface Row {
  readonly attempt: number
  readonly number: number
  readonly hidden: boolean | null
  readonly answers: boolean | null
  readonly takenAt: Date | null
  readonly frame: Uint8Array<ArrayBuffer> | null
}

/** What this process knows of one job that is watched here. */
interface Watch {
  readonly sinceMs: number
  readonly news: Latch.Latch
  smallUntilMs: number
  largeUntilMs: number
  now: LiveNow
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const callers = yield* makeCallers
  const asking = yield* FiberMap.make<JobId>()
  const watches = new Map<JobId, Watch>()

  // Who asked while the job ended may have said so after its worker had tidied up: the last question removes it.
  const ask = (id: JobId, large: boolean, known: string | undefined) => sql<Row>`
    WITH job AS (
      SELECT id, attempt FROM script_jobs WHERE id = ${id}::uuid AND status = 'in_progress' AND lane = 'browser'
    ), said AS (
      INSERT INTO live_views AS v (job_id, wanted_until, large_until)
      SELECT id, now() + ${WANTED_FOR}::interval,
        CASE WHEN ${large} THEN now() + ${WANTED_FOR}::interval ELSE '-infinity' END
      FROM job
      ON CONFLICT (job_id) DO UPDATE SET
        wanted_until = excluded.wanted_until, large_until = greatest(v.large_until, excluded.large_until)
      WHERE v.wanted_until < now() + ${SAY_AGAIN_BEFORE}::interval
        OR (${large} AND v.large_until < now() + ${SAY_AGAIN_BEFORE}::interval)
    ), over AS (
      DELETE FROM live_views WHERE job_id = ${id}::uuid AND NOT EXISTS (SELECT FROM job)
    )
    SELECT job.attempt, coalesce(v.number, 0) AS number, v.hidden, v.taken_at,
      v.answered_at > now() - ${ANSWERED_WITHIN}::interval AS answers,
      CASE WHEN job.attempt || '-' || v.number IS DISTINCT FROM ${known ?? null}::text THEN v.frame END AS frame
    FROM job LEFT JOIN live_views v ON v.job_id = job.id AND v.attempt = job.attempt`

  const conditionOf = (row: Row, watch: Watch, nowMs: number): LiveCondition => {
    const isYoung = nowMs - watch.sinceMs < STARTING_MS
    if (row.answers !== true) return isYoung ? "starting" : "lost"
    if (row.hidden === true) return "hidden"
    return watch.now.picture === undefined && row.frame === null ? "starting" : "live"
  }

  const take = (row: Row, watch: Watch, nowMs: number) => {
    const condition = conditionOf(row, watch, nowMs)
    const fresh: LivePicture | undefined =
      row.frame === null || row.takenAt === null
        ? undefined
        : { id: `${row.attempt}-${row.number}`, takenAtMs: row.takenAt.getTime(), jpeg: row.frame }
    const { picture: old } = watch.now
    const picture =
      row.hidden === true ? undefined : (fresh ?? (old?.id.startsWith(`${row.attempt}-`) ? old : undefined))
    watch.now = { condition, ...(picture !== undefined && { picture }) }
  }

  /** One question; true when it has to be asked again. */
  const turn = (id: JobId, watch: Watch) =>
    Effect.gen(function* () {
      const startMs = yield* monotonicMs
      if (startMs > Math.max(watch.smallUntilMs, watch.largeUntilMs)) return false
      const [row] = yield* answered("live view")(ask(id, startMs <= watch.largeUntilMs, watch.now.picture?.id))
      if (row === undefined) return false
      take(row, watch, yield* monotonicMs)
      yield* Latch.release(watch.news)
      yield* Effect.sleep(Duration.millis(paces[startMs <= watch.largeUntilMs ? "large" : "small"].everyMs))
      return true
    })

  /** What is shown stays, and grows old, until the database is back. */
  const onSilence = (watch: Watch) =>
    Effect.suspend(() => {
      watch.now = { ...watch.now, condition: "lost" }
      return Effect.as(Effect.sleep(ASK_AGAIN_AFTER), true)
    })

  const keepAsking = (id: JobId, watch: Watch) =>
    turn(id, watch).pipe(
      Effect.catch(() => onSilence(watch)),
      Effect.repeat({ while: (again) => again }),
      Effect.ensuring(
        Effect.suspend(() => {
          if (watches.get(id) === watch) watches.delete(id)
          return Latch.release(watch.news)
        })
      )
    )

  /** The watch of a job; the first one asks at once, so that there is an answer to begin with. */
  const watchOf = (id: JobId, size: LiveSize): Effect.Effect<Option.Option<Watch>, JobsUnavailable> =>
    Effect.gen(function* () {
      const nowMs = yield* monotonicMs
      const until = { [`${size}UntilMs`]: nowMs + WATCHES_FOR_MS }
      const present = watches.get(id)
      if (present !== undefined) return Option.some(Object.assign(present, until))
      const watch: Watch = {
        sinceMs: nowMs,
        news: Latch.makeUnsafe(false),
        smallUntilMs: 0,
        largeUntilMs: 0,
        now: { condition: "starting" },
        ...until
      }
      const [row] = yield* answered("live view")(ask(id, size === "large", undefined))
      if (row === undefined) return Option.none()
      take(row, watch, nowMs)
      // Two may have asked at once.
      const other = watches.get(id)
      if (other !== undefined) return Option.some(Object.assign(other, until))
      watches.set(id, watch)
      yield* FiberMap.run(asking, id, keepAsking(id, watch))
      return Option.some(watch)
    })

  /**
   * Whether the job exists for who asks. All its watchers share one watch, so the question that follows is Callboard's
   * own, whoever asked first.
   */
  const isSeen = (id: JobId) =>
    Effect.gen(function* () {
      if (Option.isNone(yield* CurrentCaller)) return true
      return (yield* sql`SELECT 1 AS one FROM script_jobs WHERE id = ${id}::uuid`).length > 0
    }).pipe(callers.reading("live view"), answered("live view"))

  const look: typeof LiveView.Service.look = (id, size) =>
    Effect.gen(function* () {
      if (!(yield* isSeen(id))) return Option.none()
      return Option.map(yield* callers.itself(watchOf(id, size)), (watch) => watch.now)
    })

  /** Waits for a picture that is not the last one, and gives that one again when there is no other for a while. */
  const next = (
    id: JobId,
    size: LiveSize,
    last: string | undefined
  ): Effect.Effect<LivePicture | undefined, JobsUnavailable> =>
    Effect.gen(function* () {
      const watch = yield* watchOf(id, size)
      if (Option.isNone(watch)) return undefined
      const { news, now } = watch.value
      if (now.picture !== undefined && now.picture.id !== last) return now.picture
      yield* Effect.timeoutOption(Latch.await(news), "1 second")
      return yield* next(id, size, last)
    })

  const nextOrSame = (id: JobId, size: LiveSize, last: LivePicture | undefined) =>
    last === undefined
      ? next(id, size, undefined)
      : Effect.timeoutOrElse(next(id, size, last.id), { duration: SAY_SAME_AFTER, orElse: () => Effect.succeed(last) })

  const pictures: typeof LiveView.Service.pictures = (id, size) =>
    Stream.unwrap(
      Effect.map(isSeen(id), (seen) =>
        seen
          ? Stream.unfold<LivePicture | undefined, LivePicture, JobsUnavailable, never>(undefined, (last) =>
              Effect.map(callers.itself(nextOrSame(id, size, last)), (picture) =>
                picture === undefined ? undefined : ([picture, picture] as const)
              )
            )
          : Stream.empty
      )
    )

  return LiveView.of({ look, pictures })
})

export const layer = Layer.effect(LiveView, make)
