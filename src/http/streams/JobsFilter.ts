/** Which jobs a stream of many tells of. The same words as in `GET /api/jobs`. */
import { DateTime, Effect, Option, Schema, SchemaTransformation } from "effect"
import type { Job } from "../../domain/Job.ts"
import type { JobFilter } from "../../domain/JobFilter.ts"
import { parseJobRef } from "../../domain/JobId.ts"
import { ShownStatus, shownStatus } from "../../domain/JobStatus.ts"
import { Lane } from "../../domain/Lane.ts"
import { StorableText } from "../../domain/Storable.ts"
import { BatchId, StatusList, storedAs } from "../api/JobListQuery.ts"

/** A page shows fewer jobs; each is read by itself when news were lost. */
const MOST_IDS = 100

const text = (description: string) =>
  Schema.optionalKey(StorableText.check(Schema.isMinLength(1))).annotateKey({ description })

/** As jobs have it: what is told is compared as text, and some platforms write UUIDs in capitals. */
const asStored = SchemaTransformation.transform({
  decode: (value: string): string => Option.getOrElse(parseJobRef(value), () => value),
  encode: (value: string) => value
})

const JobRefText = Schema.String.check(
  Schema.makeFilter((value: string) => parseJobRef(value)._tag === "Some" || "Expected the id of a job")
).pipe(Schema.decodeTo(Schema.String, asStored))

export const JobsFilter = Schema.Struct({
  status: Schema.optionalKey(Schema.Array(ShownStatus)).annotateKey({
    description:
      "Any of these. A job that leaves them is told once more. `pending` and `in_progress` mean the stored status."
  }),
  jobType: text("Name of a job type."),
  lane: Schema.optionalKey(Lane),
  restaurantId: text("The restaurant that the jobs belong to."),
  batchId: Schema.optionalKey(BatchId.pipe(Schema.decodeTo(Schema.String, asStored))).annotateKey({
    description: "The batch that they were created in."
  }),
  label: text("A label that the jobs have."),
  ids: Schema.optionalKey(Schema.Array(JobRefText).check(Schema.isMaxLength(MOST_IDS))).annotateKey({
    description: `These jobs, by either id: at most ${MOST_IDS}.`
  })
}).annotate({ identifier: "StreamFilter" })
export type JobsFilter = typeof JobsFilter.Type

const RefList = Schema.Array(Schema.String)
  .annotate({ description: `These jobs, by either id, comma separated or repeated: at most ${MOST_IDS}.` })
  .pipe(
    Schema.decodeTo(
      Schema.Array(JobRefText).check(Schema.isMaxLength(MOST_IDS)),
      SchemaTransformation.transform({
        decode: (values: ReadonlyArray<string>) =>
          values.flatMap((value) => value.split(",")).filter(Boolean) as ReadonlyArray<string>,
        encode: (values: ReadonlyArray<string>) => values
      })
    )
  )

/** The same as it is written in a query string. */
export const JobsFilterQuery = Schema.Struct({
  ...JobsFilter.fields,
  status: Schema.optionalKey(StatusList),
  ids: Schema.optionalKey(RefList)
})

const SAME = ["jobType", "lane", "restaurantId", "batchId"] as const

/** Everything but the status, which changes. */
const isMeant = (filter: JobsFilter, job: Job): boolean =>
  SAME.every((field) => filter[field] === undefined || filter[field] === job[field]) &&
  (filter.label === undefined || job.labels.includes(filter.label)) &&
  (filter.ids === undefined || filter.ids.includes(job.id) || filter.ids.includes(job.jobId))

const hasStatus = ({ status }: JobsFilter, job: Job, now: DateTime.Utc): boolean => {
  if (status === undefined || status.length === 0) return true
  const { prompt, retryCount, runAt } = job
  const facts = { status: job.status, runAtMs: runAt.epochMilliseconds, retryCount, openPrompts: prompt ? 1 : 0 }
  return storedAs(status).includes(shownStatus(facts, now.epochMilliseconds))
}

/** `left`: it is one of those that are meant, with another status now. */
export const fit = (filter: JobsFilter, job: Job) =>
  Effect.map(DateTime.now, (now): "fits" | "left" | "other" => {
    if (!isMeant(filter, job)) return "other"
    return hasStatus(filter, job, now) ? "fits" : "left"
  })

/** For reads of the list, whatever the status: those that left have to be found too. */
export const toListFilter = ({ ids: _, status: __, ...same }: JobsFilter): JobFilter => same
