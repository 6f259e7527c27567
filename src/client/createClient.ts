/** Callboard's JSON API as functions, with the types of a team's own jobs. Needs nothing but `fetch`. */
import { type EventsOptions, events } from "./events.ts"
import { ask, type FollowOptions, follow, persist } from "./follow.ts"
import { makeKey } from "./makeKey.ts"
import { asIs, asJson, type Connection, connect, type Sending } from "./send.ts"
import type {
  AnyJobs,
  Artifact,
  CreatedBatch,
  CreateOptions,
  Job,
  JobDetails,
  JobEvent,
  JobFilter,
  JobStatusView,
  JobType,
  LogLine
} from "./wire.ts"

interface Call {
  readonly signal?: AbortSignal
}

interface KeyedCall extends Call {
  /** The same key gives the same job, however often it is sent. Default: one made for this call. */
  readonly idempotencyKey?: string
}

type NameOf<Jobs> = Extract<keyof Jobs, string>
type JobOf<Jobs, Name extends NameOf<Jobs>> = Jobs[Name] extends { input: infer Input; result: infer Result }
  ? Job<Input, Result>
  : Job
type InputOf<Jobs, Name extends NameOf<Jobs>> = Jobs[Name] extends { input: infer Input } ? Input : unknown

export type JobRequest<Jobs> = {
  readonly [Name in NameOf<Jobs>]: { readonly jobType: Name; readonly input: InputOf<Jobs, Name> } & CreateOptions
}[NameOf<Jobs>]

const jobPath = (id: string, rest = ""): string => `/jobs/${encodeURIComponent(id)}${rest}`

export const createClient = <Jobs extends { readonly [K in keyof Jobs]: AnyJobs[string] } = AnyJobs>(
  connection: Connection = {}
) => {
  const send = connect(connection)

  const data = async <A>(method: string, path: string, sending?: Sending): Promise<A> =>
    (await send(method, path, asJson<{ readonly data: A }>, sending)).data

  const keyed = ({ idempotencyKey = makeKey(), signal }: KeyedCall) => ({
    headers: { "idempotency-key": idempotencyKey },
    signal,
    // The key makes it so.
    repeatable: true
  })

  const list = (filter: JobFilter = {}, { signal }: { readonly signal?: AbortSignal | undefined } = {}) =>
    send("GET", "/jobs", asJson<{ readonly data: ReadonlyArray<Job>; readonly nextCursor?: string }>, {
      query: filter,
      signal
    })

  return {
    /** Creates a job; it runs in the background. `id` of the answer is what everything else takes. */
    create: <Name extends NameOf<Jobs>>(
      jobType: Name,
      input: InputOf<Jobs, Name>,
      { idempotencyKey, signal, ...options }: CreateOptions & KeyedCall = {}
    ) =>
      data<JobOf<Jobs, Name>>("POST", "/jobs", {
        ...keyed({ ...(idempotencyKey && { idempotencyKey }), ...(signal && { signal }) }),
        body: { jobType, input, ...options }
      }),

    /** Up to 1,000 jobs, all or none. */
    batch: (jobs: ReadonlyArray<JobRequest<Jobs>>, call: KeyedCall = {}) =>
      data<CreatedBatch>("POST", "/jobs/batch", { ...keyed(call), body: { jobs } }),

    get: <Name extends NameOf<Jobs> = NameOf<Jobs>>(id: string, { signal }: Call = {}) =>
      data<JobOf<Jobs, Name> & JobDetails>("GET", jobPath(id), { signal }),

    /** The small answer for those who poll. */
    status: async (id: string, { signal }: Call = {}): Promise<JobStatusView> =>
      (await ask(send, id, { signal })).status,

    list,

    /** All jobs that match, page by page. */
    listAll: async function* (filter: JobFilter = {}, { signal }: Call = {}): AsyncGenerator<Job, void> {
      let cursor = filter.cursor
      do {
        const page = await list({ ...filter, ...(cursor && { cursor }) }, { signal })
        yield* page.data
        cursor = page.nextCursor
      } while (cursor)
    },

    types: ({ signal }: Call = {}) => data<ReadonlyArray<JobType>>("GET", "/jobs/types", { signal }),

    /** A waiting job ends at once; a running one is asked to stop. */
    cancel: (id: string, { signal }: Call = {}) => data<Job>("POST", jobPath(id, "/cancel"), { signal }),

    /**
     * Runs a failed or cancelled job again: from its last finished step (the default), the start (the default with an
     * `input`, for which nothing is done yet), or a named step.
     */
    retry: (
      id: string,
      {
        signal,
        ...plan
      }: Call & { readonly from?: "start" | "checkpoint" | (string & {}); readonly input?: unknown } = {}
    ) => data<Job>("POST", jobPath(id, "/retry"), { body: plan, signal }),

    /** Answers what the job asks (`prompt` of the job). */
    answer: (id: string, promptId: string, value: string | boolean, { signal }: Call = {}) =>
      data<Job>("POST", jobPath(id, "/input"), { body: { promptId, value }, signal }),

    /** Removes a job that has ended; any other is cancelled. */
    remove: async (id: string, { signal }: Call = {}): Promise<void> => {
      await send("DELETE", jobPath(id), asIs, { signal })
    },

    logs: (id: string, { signal, ...page }: Call & { readonly after?: number; readonly limit?: number } = {}) =>
      data<ReadonlyArray<LogLine>>("GET", jobPath(id, "/logs"), { query: page, signal }),

    artifacts: (id: string, { signal }: Call = {}) =>
      data<ReadonlyArray<Artifact>>("GET", jobPath(id, "/artifacts"), { signal }),

    /** The bytes of a file, as they come. */
    artifact: (id: string, name: string, { signal }: Call = {}): Promise<Response> =>
      send("GET", jobPath(id, `/artifacts/${encodeURIComponent(name)}`), asIs, { headers: { accept: "*/*" }, signal }),

    /** Waits until the job has ended and gives it whole, whatever became of it: look at its `status`. */
    waitFor: async <Name extends NameOf<Jobs> = NameOf<Jobs>>(id: string, options: FollowOptions = {}) => {
      await follow(send, id, options)
      const { onBreak, signal } = options
      return persist(() => data<JobOf<Jobs, Name> & JobDetails>("GET", jobPath(id), { signal }), signal, onBreak)
    },

    /** Everything that happens to the job, until it ends. */
    events: (id: string, options?: EventsOptions): AsyncGenerator<JobEvent, void> => events(send, id, options)
  }
}

export type CallboardClient<Jobs extends { readonly [K in keyof Jobs]: AnyJobs[string] } = AnyJobs> = ReturnType<
  typeof createClient<Jobs>
>
