/**
 * `GET /jobs/:ref/live`: the browser of a running job as a page, and the part of it that changes; `live.mjpeg` and
 * `live.jpg` are its pictures. Asking for any of them counts as watching, for some seconds.
 */
import { Clock, Effect, Option, Schedule, Stream } from "effect"
import { type Context, Hono } from "hono"
import type { JobRef } from "../../domain/JobId.ts"
import { Jobs, jobRefOf } from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { type LiveSize, LiveView } from "../../domain/LiveView.ts"
import { LargeLive, LONGEST_WATCH_MS, SmallLive } from "../../views/JobLive.tsx"
import { JobLivePage } from "../../views/JobLivePage.tsx"
import { jobName, showJob } from "../../views/ShownJob.ts"
import { goneOf } from "../callerOf.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { keepOpen } from "./eventsRoute.ts"
import { MULTIPART_TYPE, multipartOf } from "./multipart.ts"
import { needs } from "./needs.ts"
import { fragmentResponse, pageResponse, securityHeaders, wantsFragment } from "./page.tsx"

/** Streams of one process. Each costs a connection and some statements a second. */
const MOST_STREAMS = 16

/** How long a single picture is waited for: nobody may have watched yet. */
const FIRST_PICTURE = "4 seconds"

const PICTURE_HEADERS = {
  ...securityHeaders,
  "cache-control": "no-store",
  // No other site may show what a browser of ours sees.
  "cross-origin-resource-policy": "same-origin"
}

/** An image that fails shows a broken sign, and the console complains; a job may end between a page and its picture. */
const NO_PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="225"><text x="200" y="117" font-family="sans-serif" font-size="14" text-anchor="middle" fill="gray">No picture</text></svg>`

const sizeOf = (c: Context, otherwise: LiveSize): LiveSize => {
  const size = c.req.query("size")
  return size === "small" || size === "large" ? size : otherwise
}

const look = (ref: JobRef, size: LiveSize | undefined) =>
  Effect.gen(function* () {
    const job = yield* (yield* Jobs).get(ref)
    const type = Option.getOrUndefined((yield* JobTypes).find(job.jobType))
    const runs = job.status === "in_progress" && job.lane === "browser"
    const now = runs && size !== undefined ? yield* (yield* LiveView).look(job.id, size) : Option.none()
    return { shown: showJob(job, type, yield* Clock.currentTimeMillis), now: Option.getOrUndefined(now) }
  })

/** The newest picture, as soon as there is one. None when the job does not run, or shows none in time. */
const newestPicture = (ref: JobRef, size: LiveSize) =>
  look(ref, size).pipe(
    Effect.repeat({
      until: ({ now }) => now === undefined || now.picture !== undefined || now.condition !== "starting",
      schedule: Schedule.spaced("200 millis")
    }),
    Effect.map(({ now }) => now?.picture),
    Effect.timeoutOrElse({ duration: FIRST_PICTURE, orElse: () => Effect.succeed(undefined) })
  )

const showPicture = (c: Context, board: Board): Promise<Response> => {
  const load = Effect.flatMap(jobRefOf(c.req.param("ref") ?? ""), (ref) => newestPicture(ref, sizeOf(c, "small")))
  return answer(c, board, {
    load,
    show: (picture) =>
      picture === undefined
        ? c.body(NO_PICTURE, 200, { ...PICTURE_HEADERS, "content-type": "image/svg+xml" })
        : c.body(picture.jpeg, 200, { ...PICTURE_HEADERS, "content-type": "image/jpeg" })
  })
}

const showPage = (c: Context, board: Board): Promise<Response> => {
  const size = sizeOf(c, "large")
  const asked = Number(c.req.query("since"))
  const isPart = wantsFragment(c)
  const load = Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const sinceMs = isPart && asked > 0 && asked <= nowMs ? asked : nowMs
    // The page itself does not look yet: it may be open in a tab that nobody sees.
    const looks = isPart && nowMs - sinceMs <= LONGEST_WATCH_MS
    const ref = yield* jobRefOf(c.req.param("ref") ?? "")
    return { sinceMs, ...(yield* look(ref, looks ? size : undefined)) }
  })
  return answer(c, board, {
    load,
    show: (props) => {
      if (isPart) return fragmentResponse(c, size === "small" ? <SmallLive {...props} /> : <LargeLive {...props} />)
      return pageResponse(c, board.info, {
        title: `Live: ${jobName(props.shown)}`,
        here: `/jobs/${props.shown.job.jobId}/live`,
        content: <JobLivePage {...props} />
      })
    }
  })
}

export const liveRoutes = (board: Board) => {
  let streams = 0
  const counted = Effect.acquireRelease(
    Effect.sync(() => streams++),
    () => Effect.sync(() => streams--)
  )

  const streamOf = (ref: JobRef, size: LiveSize, gone: Effect.Effect<void>) =>
    Effect.gen(function* () {
      const { now, shown } = yield* look(ref, size)
      if (now === undefined) return undefined
      const view = yield* LiveView
      const pictures = Stream.map(view.pictures(shown.job.id, size), ({ jpeg }) => jpeg)
      const limited = multipartOf(pictures).pipe(
        Stream.interruptWhen(Effect.raceAllFirst([board.closing, gone, Effect.sleep(LONGEST_WATCH_MS)]))
      )
      return yield* Stream.toReadableStreamEffect(Stream.unwrap(Effect.as(counted, limited)))
    })

  return new Hono()
    .get("/jobs/:ref/live", needs("read"), (c) => showPage(c, board))
    .get("/jobs/:ref/live.jpg", needs("read"), (c) => showPicture(c, board))
    .get("/jobs/:ref/live.mjpeg", needs("read"), async (c) => {
      const headers = { ...PICTURE_HEADERS, "content-type": MULTIPART_TYPE, "x-accel-buffering": "no" }
      // Hono answers HEAD by the GET route and drops the body: nobody would ever end a stream made here.
      if (c.req.method === "HEAD") return c.body(null, 200, headers)
      if (streams >= MOST_STREAMS) {
        return c.text("Too many people watch just now.", 503, { ...PICTURE_HEADERS, "retry-after": "10" })
      }
      keepOpen(c)
      const load = Effect.flatMap(jobRefOf(c.req.param("ref")), (ref) => streamOf(ref, sizeOf(c, "large"), goneOf(c)))
      return answer(c, board, {
        load,
        show: (body) =>
          body === undefined
            ? c.text("No browser of this job runs now.", 404, PICTURE_HEADERS)
            : c.body(body, 200, headers)
      })
    })
}
