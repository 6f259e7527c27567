/** The stream of many jobs: each as it is after a change, and a word when a change may not have been told. */
import { Effect, Stream } from "effect"
import type { Job } from "../../domain/Job.ts"
import { parseJobRef } from "../../domain/JobId.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { storedAs } from "../api/JobListQuery.ts"
import { getOwn } from "./isOwn.ts"
import { type JobsEvent, jobChanged, reset } from "./JobsEvent.ts"
import { type FeedItem, JobsFeeds } from "./JobsFeeds.ts"
import { fit, type JobsFilter, toListFilter } from "./JobsFilter.ts"
import { untilItWorks } from "./serverSentEvents.ts"

/** Jobs that are looked at when news were lost: the newest ones. */
const PAGE = { limit: 200 }

/** Times are those of statements, which may become visible in another order, and clocks differ: by less than this. */
const OUT_OF_ORDER_MS = 10_000

/** Under load there are many gaps in a second. */
const BETWEEN_LOOKS_MS = 2_000

/** Jobs whose last revision is remembered, so that a look tells nothing twice. */
const MOST_KNOWN = 2_000

const TOGETHER = 200
const WITHIN = "100 millis"

/** The time up to which everything was told is the whole id: what changed since can be found by anybody. */
const idAt = (ms: number) => `t${ms.toString(36)}`
const timeOf = (id: string | undefined) =>
  id !== undefined && /^t[0-9a-z]{1,9}$/u.test(id) ? Number.parseInt(id.slice(1), 36) : undefined

export const jobsEvents = (filter: JobsFilter, lastEventId: string | undefined) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { items } = yield* JobsFeeds
      const reports = yield* JobReports
      const resumed = timeOf(lastEventId)
      // A process whose clock is ahead, or was, must not tell that all was told that is to come.
      let told = Math.min(resumed ?? Number.POSITIVE_INFINITY, yield* untilItWorks(reports.nowMs))
      let isFirst = true
      let lookedAt = Number.NEGATIVE_INFINITY
      const known = new Map<string, number>()

      const remember = ({ id, revision }: Job) => {
        known.delete(id)
        known.set(id, revision)
        if (known.size > MOST_KNOWN) known.delete(known.keys().next().value ?? "")
      }

      /** A job that leaves the filter is told once more, so that who shows it can take it away. */
      const tell = Effect.fnUntraced(function* (job: Job, atLeft: "known" | "all" = "known") {
        const fits = yield* fit(filter, job)
        const before = known.get(job.id)
        if (fits === "other" || (before ?? 0) >= job.revision) return []
        if (fits === "left" && before === undefined && atLeft === "known") return []
        remember(job)
        told = Math.max(told, job.updatedAt.epochMilliseconds)
        return [jobChanged(job, idAt(told))]
      })

      const named = (ids: ReadonlyArray<string>) =>
        Effect.forEach(
          ids.flatMap((text) => parseJobRef(text).pipe((ref) => (ref._tag === "Some" ? [ref.value] : []))),
          (ref) =>
            Effect.matchEffect(getOwn(ref), {
              onSuccess: (job) => Effect.succeed([job]),
              onFailure: (error) => (error._tag === "JobNotFound" ? Effect.succeed([]) : Effect.fail(error))
            }),
          { concurrency: 4 }
        ).pipe(Effect.map((found) => ({ jobs: found.flat(), whole: true })))

      const newest = reports.list(toListFilter(filter), PAGE).pipe(
        Effect.catchTag("InvalidCursor", Effect.die),
        Effect.map(({ jobs, nextCursor }) => ({ jobs, whole: nextCursor === undefined }))
      )

      const look = Effect.gen(function* () {
        yield* Effect.sleep(Math.max(0, lookedAt + BETWEEN_LOOKS_MS - (yield* monotonicMs)))
        const since = told - OUT_OF_ORDER_MS
        const { jobs, whole } = yield* untilItWorks(filter.ids === undefined ? newest : named(filter.ids))
        lookedAt = yield* monotonicMs
        const changed = jobs
          .filter(({ updatedAt }) => updatedAt.epochMilliseconds >= since)
          .toSorted((a, b) => a.updatedAt.epochMilliseconds - b.updatedAt.epochMilliseconds)
        const news = (yield* Effect.forEach(changed, (job) => tell(job, "all"))).flat()
        return whole ? news : [reset("gap", idAt(told)), ...news]
      })

      /** Whoever lists the jobs of a status shows these: when they leave it, that is news. */
      const expect = Effect.gen(function* () {
        const { ids, status, ...same } = filter
        if (status === undefined || status.length === 0 || ids !== undefined) return
        const shown = { ...same, status: storedAs(status) }
        const { jobs } = yield* untilItWorks(Effect.catchTag(reports.list(shown, PAGE), "InvalidCursor", Effect.die))
        for (const job of jobs) if (!known.has(job.id)) remember(job)
      })

      const onGap = Effect.gen(function* () {
        const begins = isFirst
        isFirst = false
        const news = begins && resumed === undefined ? [reset("start", idAt(told))] : yield* look
        if (begins) yield* expect
        return news
      })

      const update = Effect.fnUntraced(function* (news: ReadonlyArray<FeedItem>) {
        const latest = new Map(news.flatMap((item) => (item._tag === "Job" ? [[item.job.id, item.job] as const] : [])))
        const events: ReadonlyArray<JobsEvent> = (yield* Effect.forEach(latest.values(), (job) => tell(job))).flat()
        const gaps = news.some(({ _tag }) => _tag === "Gap") ? yield* onGap : []
        return [...gaps, ...events]
      })

      return items.pipe(Stream.groupedWithin(TOGETHER, WITHIN), Stream.mapEffect(update), Stream.flattenIterable)
    })
  )
