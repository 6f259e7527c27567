/** What of a job is too long for a page: its log as text, its input and output as JSON. */
import { Effect, Option, Stream } from "effect"
import { type Context, Hono } from "hono"
import type { LogLine } from "../../domain/Attempt.ts"
import { JobDetails } from "../../domain/JobDetails.ts"
import { jobRefOf } from "../../domain/Jobs.ts"
import { type DataPart, dataParts } from "../../views/job/DataTab.tsx"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { loadShownJob } from "./loadJob.ts"
import { needs } from "./needs.ts"
import { securityHeaders } from "./page.tsx"

/** Lines of one read, and of a whole file; the API gives all of them. */
const LINES_AT_ONCE = 1_000
const MOST_LINES = 20_000

const fileHeaders = (name: string, type: string) => ({
  ...securityHeaders,
  "content-type": type,
  "content-disposition": `attachment; filename="${name}"`,
  "cache-control": "private, no-store"
})

const lineText = ({ at, attempt, level, message, step }: LogLine): string =>
  `${new Date(at.epochMilliseconds).toISOString()} try ${attempt} ${level.padEnd(5)} ${step === undefined ? "" : `[${step}] `}${message}\n`

const logText = (ref: string) =>
  Effect.gen(function* () {
    const { shown } = yield* loadShownJob(yield* jobRefOf(ref))
    const { lines } = yield* JobDetails
    const pages = Stream.paginate(undefined as number | undefined, (before) =>
      Effect.map(
        lines(shown.job.id, {}, { limit: LINES_AT_ONCE, ...(before !== undefined && { before }) }),
        (found) => [[found], found.length === LINES_AT_ONCE ? Option.some(found[0]?.id) : Option.none()] as const
      )
    )
    const all = yield* Stream.runCollect(Stream.take(pages, MOST_LINES / LINES_AT_ONCE))
    return { jobId: shown.job.jobId, text: all.toReversed().flat().map(lineText).join("") }
  })

const isPart = (text: string): text is DataPart => dataParts.some((part) => part === text)

const showPart = (c: Context, board: Board, part: DataPart) => {
  const load = Effect.flatMap(jobRefOf(c.req.param("ref") ?? ""), loadShownJob)
  return answer(c, board, {
    load,
    show: ({ shown: { job } }) => {
      const name = `${job.jobId}-${part}.json`
      return c.body(JSON.stringify(job[part] ?? null, null, 2), 200, fileHeaders(name, "application/json"))
    }
  })
}

export const jobFileRoutes = (board: Board) =>
  new Hono()
    .get("/jobs/:ref/log.txt", needs("read"), (c) =>
      answer(c, board, {
        load: logText(c.req.param("ref")),
        show: ({ jobId, text }) => c.body(text, 200, fileHeaders(`${jobId}-log.txt`, "text/plain; charset=utf-8"))
      })
    )
    .get("/jobs/:ref/data/:file{[a-z]+\\.json}", needs("read"), (c) => {
      const part = c.req.param("file").replace(".json", "")
      return isPart(part) ? showPart(c, board, part) : c.notFound()
    })
