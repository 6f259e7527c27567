/** `/failures`: kinds of failure, one of them with its note and its jobs, and the retry of all its jobs. */
import { Clock, Effect, Option } from "effect"
import { type Context, Hono } from "hono"
import { BulkJobs } from "../../domain/BulkJobs.ts"
import { FailureKinds, fingerprintOf } from "../../domain/FailureKinds.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { TeamNotes } from "../../domain/TeamNotes.ts"
import { KindRow, kindId } from "../../views/components/KindRow.tsx"
import type { TeamNoteProps } from "../../views/components/TeamNote.tsx"
import { ErrorPage } from "../../views/ErrorPage.tsx"
import { retriedCount } from "../../views/FailureKindText.ts"
import { FailurePage, RetryKindPage } from "../../views/FailurePage.tsx"
import {
  FailuresPage,
  type FailuresPageProps,
  type FailuresQuery,
  matchingKinds,
  NewKinds,
  parseFailuresQuery
} from "../../views/FailuresPage.tsx"
import { JobRow } from "../../views/JobRow.tsx"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import { needs } from "./needs.ts"
import { saveNote } from "./noteForm.ts"
import { fingerprintsIn, jobIdsIn, madeAtIn, type Parts } from "./PartsFeed.ts"
import { pageResponse } from "./page.tsx"
import { showJobs } from "./showJobs.ts"
import { inOrderOf, showKinds } from "./shownParts.ts"

const loadFailures = (query: FailuresQuery) =>
  Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const kinds = yield* showKinds(yield* (yield* FailureKinds).list(query.since))
    return { query, nowMs, kinds: matchingKinds(query, kinds, nowMs) } satisfies FailuresPageProps
  })

export const failuresChanges = (params: URLSearchParams): Parts => {
  const [query, fingerprints, madeAt] = [parseFailuresQuery(params), fingerprintsIn(params), madeAtIn(params)]
  return Effect.gen(function* () {
    const { kinds } = yield* loadFailures(query)
    const isNew = ({ kind }: (typeof kinds)[number]) =>
      !fingerprints.includes(kind.fingerprint) && kind.lastFailedAt.epochMilliseconds > madeAt
    return [
      ...inOrderOf(fingerprints, ({ kind }) => kind.fingerprint, kinds).map((shown) => ({
        id: kindId(shown),
        node: <KindRow shown={shown} />
      })),
      { id: "new-kinds", node: <NewKinds count={kinds.filter(isNew).length} query={query} /> }
    ]
  })
}

/** Rows of a table of jobs, as they are now. */
export const jobRows = (params: URLSearchParams): Parts => {
  const ids = jobIdsIn(params)
  return Effect.gen(function* () {
    const jobs = yield* showJobs(yield* (yield* JobReports).byIds(ids))
    return jobs.map((shown) => ({ id: `job-${shown.job.id}`, node: <JobRow shown={shown} /> }))
  })
}

const loadFailure = (fingerprint: string) =>
  Effect.gen(function* () {
    const found = Option.getOrUndefined(yield* (yield* FailureKinds).get(fingerprint))
    if (found === undefined) return undefined
    const [notes, jobs] = yield* Effect.all(
      [(yield* TeamNotes).history({ about: "failure", subject: fingerprint }), (yield* JobReports).byIds(found.jobs)],
      { concurrency: 2 }
    )
    const shown = yield* showKinds([found.kind])
    return {
      shown: shown[0]!,
      detail: found,
      notes,
      jobs: yield* showJobs(inOrderOf(found.jobs, ({ id }) => id, jobs)),
      unknownType: Option.isNone((yield* JobTypes).find(found.kind.jobType))
    }
  })

/** Texts that can be no fingerprint are not looked up. */
const findFailure = (text: string) =>
  Effect.gen(function* () {
    const fingerprint = Option.getOrUndefined(fingerprintOf(text))
    return fingerprint === undefined ? undefined : yield* loadFailure(fingerprint)
  })

type Failure = Exclude<Effect.Success<ReturnType<typeof loadFailure>>, undefined>

const isGone = (c: Context, { info }: Board): Response =>
  pageResponse(c, info, {
    title: "Unknown failure",
    status: 404,
    here: "/failures",
    content: (
      <ErrorPage
        heading="There is no such failure."
        text="Its jobs were removed, or the address is not complete."
        onward={{ href: "/failures", label: "All failures" }}
      />
    )
  })

const ofFailure = (c: Context, board: Board, show: (failure: Failure) => Response) =>
  answer(c, board, {
    load: findFailure(c.req.param("fingerprint") ?? ""),
    show: (failure) => (failure === undefined ? isGone(c, board) : show(failure))
  })

const titleOf = ({ shown: { kind } }: Failure) => (kind.message === "" ? kind.code : kind.message)

const showFailure = (c: Context, { info }: Board, failure: Failure, unsaved?: TeamNoteProps["unsaved"]) =>
  pageResponse(c, info, {
    title: titleOf(failure),
    live: true,
    here: `/failures/${failure.shown.kind.fingerprint}`,
    status: unsaved === undefined ? 200 : 409,
    content: <FailurePage {...failure} unsaved={unsaved} />
  })

const showRetry = (c: Context, { info }: Board, failure: Failure, changed = false) =>
  pageResponse(c, info, {
    title: "Retry",
    here: `/failures/${failure.shown.kind.fingerprint}/retry`,
    status: changed ? 409 : 200,
    content: <RetryKindPage {...failure} formKey={crypto.randomUUID()} changed={changed} />
  })

const retryAll = async (c: Context, board: Board): Promise<Response> => {
  const form = await formOf(c)
  const fingerprint = c.req.param("fingerprint") ?? ""
  const goTo = (path: string) => () => c.redirect(path, 303)
  const idempotencyKey = form.get("key")?.slice(0, 100) || crypto.randomUUID()
  const load = Effect.gen(function* () {
    const failure = yield* findFailure(fingerprint)
    if (failure === undefined) return () => isGone(c, board)
    const { detail, unknownType } = failure
    const count = retriedCount({ ...detail, unknownType })
    if (count === 0 || String(count) !== form.get("count")) return () => showRetry(c, board, failure, true)
    const filter = { status: ["failed" as const], fingerprint }
    const options = { idempotencyKey }
    return yield* (yield* BulkJobs).start({ action: "retry", filter }, options).pipe(
      Effect.map(({ job }) => goTo(`/bulk/${job.jobId}`)),
      // The same form was sent before: that retry goes on.
      Effect.catchTag("IdempotencyMismatch", () => Effect.succeed(goTo(`/failures/${fingerprint}`)))
    )
  })
  return answer(c, board, { load, show: (respond) => respond() })
}

const writeNote = async (c: Context, board: Board): Promise<Response> => {
  const fingerprint = c.req.param("fingerprint") ?? ""
  const save = await saveNote(c, { about: "failure", subject: fingerprint })
  return answer(c, board, {
    load: Effect.gen(function* () {
      const known = yield* findFailure(fingerprint)
      if (known === undefined) return () => isGone(c, board)
      const unsaved = yield* save
      if (unsaved === undefined) return () => c.redirect(`/failures/${fingerprint}`, 303)
      const { history } = yield* TeamNotes
      const notes = yield* history({ about: "failure", subject: fingerprint })
      return () => showFailure(c, board, { ...known, notes }, unsaved)
    }),
    show: (respond) => respond()
  })
}

export const failuresRoutes = (board: Board) =>
  new Hono()
    .get("/failures", needs("read"), (c) =>
      answer(c, board, {
        load: loadFailures(parseFailuresQuery(new URL(c.req.url).searchParams)),
        show: (props) =>
          pageResponse(c, board.info, { title: "Failures", live: true, content: <FailuresPage {...props} /> })
      })
    )
    .get("/failures/:fingerprint", needs("read"), (c) =>
      ofFailure(c, board, (failure) => showFailure(c, board, failure))
    )
    .post("/failures/:fingerprint/note", needs("operate"), (c) => writeNote(c, board))
    .get("/failures/:fingerprint/retry", needs("operate"), (c) =>
      ofFailure(c, board, (failure) => showRetry(c, board, failure))
    )
    .post("/failures/:fingerprint/retry", needs("operate"), (c) => retryAll(c, board))
