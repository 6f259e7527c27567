/** What the tabs of a job's page show: what they have in common, and what each of them needs besides. */
import { Effect, Option } from "effect"
import { AiCalls } from "../../domain/AiCalls.ts"
import { Artifacts } from "../../domain/Artifacts.ts"
import { AuditLog } from "../../domain/AuditLog.ts"
import { BULK_TYPE } from "../../domain/BulkJobs.ts"
import { currentCaller, localCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import { JobDetails } from "../../domain/JobDetails.ts"
import type { JobRef } from "../../domain/JobId.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { Jobs } from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { MASK, mapSecrets } from "../../domain/Secret.ts"
import { StepEvidences } from "../../domain/StepEvidence.ts"
import type { Recorded } from "../../views/JobBrowser.tsx"
import { checkedImport, startKey } from "../../views/JobImport.tsx"
import type { JobPageProps } from "../../views/JobPage.tsx"
import { type JobQuery, logFilterOf } from "../../views/job/JobQuery.ts"
import { showOne } from "./showJobs.ts"

/** Log lines that the overview starts with. */
export const LOG_LINES = 200

/** Log lines of a page of the log's own tab. */
const LOG_PAGE = 500

/** The names of job types that ask AI models begin alike, so that other pages cost no further look. */
const isAi = ({ jobType }: Job) => jobType.startsWith("ai_")

const DATA_TYPES = ["data_export", "bulk_import"]

/** Jobs whose result people read or take away, rather than programs. */
const isForPeople = (job: Job) => job.status === "completed" && (isAi(job) || DATA_TYPES.includes(job.jobType))

const loadFiles = ({ id }: Job) =>
  Effect.map(
    Effect.flatMap(Artifacts, ({ list }) => list(id)),
    (files) => files.filter(({ kind }) => kind === "file")
  )

/** The import that was started from a check. Who may start none is told nothing of it. */
const loadStarted = (job: Job) =>
  Effect.gen(function* () {
    if (checkedImport(job) === undefined) return {}
    const { madeWith } = yield* Jobs
    const started = yield* madeWith(startKey(job)).pipe(
      Effect.catchTag("NotAllowed", () => Effect.succeed(Option.none<Job>()))
    )
    return Option.isSome(started) ? { startedAs: started.value.jobId } : {}
  })

/** What the overview shows of jobs that ask AI models, and of those that make something for people. */
const loadMade = (job: Job) =>
  Effect.gen(function* () {
    const type = Option.getOrUndefined((yield* JobTypes).find(job.jobType))
    const ai = isAi(job) ? { aiUse: yield* (yield* AiCalls).use(job.id) } : {}
    const made =
      type !== undefined && isForPeople(job)
        ? { outcome: { files: yield* loadFiles(job), schema: type.resultSchema, ...(yield* loadStarted(job)) } }
        : {}
    return { ...ai, ...made }
  })

type Starter = Pick<JobPageProps, "startedBy">

/** The name of who made the job, where that is somebody else: the job itself knows only the id of their key. */
export const loadStarter = ({ batchId, createdBy, jobId, jobType, organisationId }: Job) =>
  Effect.gen(function* () {
    const reader = yield* currentCaller
    if (createdBy === undefined || [reader.subject, localCaller.subject].includes(createdBy)) return {}
    const { list } = yield* AuditLog
    const what = jobType === BULK_TYPE ? "bulk" : "create"
    const { entries } = yield* list(organisationId, { target: batchId ?? jobId, what }, { limit: 1 })
    const maker = entries.find(({ subject }) => subject === createdBy)
    return maker === undefined ? {} : { startedBy: maker.name }
    // The page is worth having without it.
  }).pipe(Effect.orElseSucceed((): Starter => ({})))

/** A job with its history, as pages show it. Secrets are masked by whoever stores jobs, and here once more. */
export const loadShownJob = (ref: JobRef) =>
  Effect.gen(function* () {
    const found = yield* (yield* Jobs).get(ref)
    const type = Option.getOrUndefined((yield* JobTypes).find(found.jobType))
    const masked = (schema: "inputSchema" | "resultSchema", value: unknown) =>
      (type ? mapSecrets(type[schema], value, () => MASK) : value) as typeof found.input
    const job = {
      ...found,
      input: masked("inputSchema", found.input),
      ...(found.result !== undefined && { result: masked("resultSchema", found.result) })
    }
    const { history, shown } = yield* Effect.all(
      { history: Effect.flatMap(JobReports, (reports) => reports.history(found.id)), shown: showOne(job) },
      { concurrency: 2 }
    )
    return { shown, history }
  })

const loadRecorded = ({ id }: Job) =>
  Effect.gen(function* () {
    const { list: listFiles } = yield* Artifacts
    const { list: listSteps } = yield* StepEvidences
    const [steps, files] = yield* Effect.all([listSteps(id), listFiles(id)], { concurrency: 2 })
    return { recorded: { steps, traces: files.filter(({ kind }) => kind === "trace") } satisfies Recorded }
  })

const loadLines = ({ id }: Job, query: JobQuery) =>
  Effect.gen(function* () {
    const { lines } = yield* JobDetails
    const before = query.before === undefined ? {} : { before: query.before }
    // One line more than shown tells whether there are older ones.
    const found = yield* lines(id, logFilterOf(query), { limit: LOG_PAGE + 1, ...before })
    return { log: found.slice(-LOG_PAGE), hasMoreLog: found.length > LOG_PAGE }
  })

/** Actions of a job that its history tells, the newest. */
const MOST_ACTIONS = 200

/** The audit trail is for admins; what was done to a job is for everybody who may see the job. */
const loadActions = ({ jobId, organisationId }: Job) =>
  Effect.gen(function* () {
    const { list } = yield* AuditLog
    const { entries } = yield* list(organisationId, { target: jobId }, { limit: MOST_ACTIONS }).pipe(
      // Only a cursor can be one, and there is none.
      Effect.catchTag("InvalidCursor", Effect.die)
    )
    return entries
  })

const loadOfTab = (job: Job, query: JobQuery) =>
  Effect.gen(function* () {
    const details = yield* JobDetails
    switch (query.tab) {
      case "overview":
        return {
          log: yield* (yield* JobReports).logs(job.id, { limit: LOG_LINES }),
          ...(yield* loadMade(job)),
          ...(yield* loadStarter(job))
        }
      case "steps":
        return {
          lineCounts: yield* details.lineCounts(job.id),
          ...(job.lane === "browser" && query.step !== undefined && (yield* loadRecorded(job)))
        }
      case "browser":
        return yield* loadRecorded(job)
      case "log":
        return yield* loadLines(job, query)
      case "data":
        return { checkpoints: yield* details.checkpoints(job.id), files: yield* (yield* Artifacts).list(job.id) }
      case "history":
        return { actions: yield* loadActions(job) }
    }
  })

export const loadJobPage = (ref: JobRef, query: JobQuery) =>
  Effect.gen(function* () {
    const job = yield* loadShownJob(ref)
    const page: JobPageProps = { ...job, query, ...(yield* loadOfTab(job.shown.job, query)) }
    return page
  })

/** As much of it as changes by sections: log lines come by themselves, and who started it stays as it is in `before`. */
export const loadJobParts = (ref: JobRef, query: JobQuery, before?: Starter) =>
  Effect.gen(function* () {
    if (query.tab !== "overview" && query.tab !== "log") return yield* loadJobPage(ref, query)
    const { history, shown } = yield* loadShownJob(ref)
    const page: JobPageProps = { history, shown, query }
    if (query.tab === "log") return page
    const { startedBy }: Starter = before ?? (yield* loadStarter(shown.job))
    return { ...page, ...(yield* loadMade(shown.job)), ...(startedBy !== undefined && { startedBy }) }
  })
