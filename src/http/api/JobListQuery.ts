/** The query string of `GET /api/jobs`. */
import { DateTime, Schema, SchemaTransformation } from "effect"
import type { JobFilter } from "../../domain/JobFilter.ts"
import type { PageRequest } from "../../domain/JobReports.ts"
import { ShownStatus } from "../../domain/JobStatus.ts"
import { Lane } from "../../domain/Lane.ts"
import { StorableText } from "../../domain/Storable.ts"
import { describedTime } from "./describedTime.ts"

/** `?status=failed,cancelled&status=pending`. */
export const StatusList = Schema.Array(Schema.String.annotate({ examples: [...ShownStatus.literals] }))
  .annotate({
    description:
      "Any of these, comma separated or repeated. `pending` and `in_progress` mean the stored status; " +
      "`scheduled`, `retry_wait` and `needs_input` choose among those jobs."
  })
  .pipe(
    Schema.decodeTo(
      Schema.Array(ShownStatus),
      SchemaTransformation.transform({
        decode: (values: ReadonlyArray<string>) =>
          values.flatMap((value) => value.split(",")).filter(Boolean) as ReadonlyArray<ShownStatus>,
        encode: (values: ReadonlyArray<string>) => values
      })
    )
  )

const text = (description: string) => Schema.optionalKey(StorableText).annotateKey({ description })

export const BatchId = Schema.String.check(Schema.isUUID())

const isBatchId = Schema.is(BatchId)

/** An empty text is no filter, as for the other parameters. */
const BatchIdOrNone = Schema.String.annotate({ format: "uuid" }).check(
  Schema.makeFilter((text) => text === "" || isBatchId(text) || "Expected a UUID")
)

export const JobListQuery = Schema.Struct({
  status: Schema.optionalKey(StatusList),
  jobType: text("Name of a job type."),
  lane: Schema.optionalKey(Lane).annotateKey({ description: "The lane that it runs in." }),
  restaurantId: text("The restaurant that the job belongs to."),
  createdBy: text("Who created the job."),
  batchId: Schema.optionalKey(BatchIdOrNone).annotateKey({
    description: "The batch that the job was created in."
  }),
  label: text("A label that the job has."),
  fingerprint: text("Failed in this way, as in GET /api/failures."),
  q: text("Text in the type, the readable id, the restaurant or the error message."),
  createdAfter: describedTime("Created after this ISO 8601 time."),
  createdBefore: describedTime("Created before this ISO 8601 time."),
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 200 }))).annotateKey({
    description:
      "Jobs per page, 1 to 200. Default: 50. A page whose jobs have more than 8 MiB ends before, with a nextCursor."
  }),
  cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(2_000))).annotateKey({
    description: "The nextCursor of the page before, with the same filters and order, which is not checked."
  }),
  order: Schema.optionalKey(Schema.Literals(["asc", "desc"])).annotateKey({
    description: "By time of creation. Default: desc."
  })
})
type JobListQuery = typeof JobListQuery.Type

const DEFAULT_LIMIT = 50

/** Callers see stored statuses in answers, so filtering by one gives every job that says it. */
const shownAs: Partial<Record<ShownStatus, ReadonlyArray<ShownStatus>>> = {
  pending: ["pending", "scheduled", "retry_wait"],
  in_progress: ["in_progress", "needs_input"]
}

export const storedAs = (statuses: ReadonlyArray<ShownStatus>): ReadonlyArray<ShownStatus> => [
  ...new Set(statuses.flatMap((each) => shownAs[each] ?? [each]))
]

export const toFilter = ({
  createdAfter,
  createdBefore,
  cursor,
  limit,
  order,
  status,
  ...same
}: JobListQuery): JobFilter => ({
  ...Object.fromEntries(Object.entries(same).filter(([, value]) => value !== "")),
  ...(status && { status: storedAs(status) }),
  ...(createdAfter && { createdAfter: DateTime.toDate(createdAfter) }),
  ...(createdBefore && { createdBefore: DateTime.toDate(createdBefore) })
})

export const toPage = ({ cursor, limit, order }: JobListQuery): PageRequest => ({
  limit: limit ?? DEFAULT_LIMIT,
  ...(cursor !== undefined && { cursor }),
  ...(order && { order })
})
