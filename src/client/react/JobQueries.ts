/**
 * The jobs of a page in its query cache. All components on one job share one observer, so the job is asked for once,
 * however many show it; TanStack Query would keep a timer for each of them.
 */
import { notifyManager, type Query, type QueryClient, QueryObserver, replaceEqualDeep } from "@tanstack/react-query"
import { CallboardError } from "../CallboardError.ts"
import { hasEnded, type Job } from "../wire.ts"
import { JobStream } from "./JobStream.ts"
import type { JobsClient } from "./JobsClient.ts"
import { jobKeys, jobQuery } from "./jobQuery.ts"
import { optimisticJob, type TrackedJob, trackedJob } from "./TrackedJob.ts"

type JobQuery = Query<TrackedJob, Error, TrackedJob, ReadonlyArray<string>>
type JobObserver = QueryObserver<TrackedJob, Error, TrackedJob, TrackedJob, ReadonlyArray<string>>

/** A job that this page creates: under way, created, or refused. */
interface LocalJob {
  readonly job?: Job
  readonly error?: Error
}

const MINUTE = 60_000

/** The pace of the server, which the page keeps while it cannot hear from it. */
const paceOf = (ageMs: number): number => (ageMs < MINUTE ? 2_000 : ageMs < 5 * MINUTE ? 5_000 : 10_000)

/** Jobs that nobody shows any more stay known, so that going back shows them at once; these many. */
const MOST_UNSEEN = 100

/** No answer can come that differs: the request was refused, not lost. */
export const isRefusal = (error: unknown): boolean => !(error instanceof CallboardError && error.isPassing)

const isEnded = ({ state: { data } }: JobQuery): boolean => data !== undefined && hasEnded(data.status)

const isOver = (query: JobQuery): boolean => {
  const { error } = query.state
  return isEnded(query) || (error !== null && isRefusal(error))
}

/** A token may have been renewed since: who looks again is told anew. */
const isSignedOut = (query: JobQuery): boolean => {
  const { error } = query.state
  return !isEnded(query) && error instanceof CallboardError && error.status === 401
}

export class JobQueries {
  readonly #observers = new Map<string, JobObserver>()
  readonly #streams = new Map<string, JobStream>()
  readonly #firstSeen = new Map<string, number>()
  readonly #local = new Map<string, LocalJob>()
  readonly #localListeners = new Set<() => void>()

  constructor(
    readonly client: JobsClient,
    readonly queryClient: QueryClient
  ) {
    // No timer is left behind by a page that shows no job any more.
    queryClient.setQueryDefaults(jobKeys.all, { gcTime: Number.POSITIVE_INFINITY })
  }

  /** One that asks (`isAsking`), or one that only listens to what is known. */
  observerOf(id: string, isAsking: boolean): JobObserver {
    const name = `${isAsking}:${id}`
    const known = this.#observers.get(name)
    if (known !== undefined) return known
    const observer = this.#observe(id, isAsking)
    this.#observers.set(name, observer)
    return observer
  }

  subscribe(id: string, isAsking: boolean, listener: () => void): () => void {
    const observer = this.observerOf(id, isAsking)
    const leave = observer.subscribe(notifyManager.batchCalls(listener))
    return () => {
      leave()
      if (!observer.hasListeners()) this.#forget(`${isAsking}:${id}`)
    }
  }

  streamOf(id: string): JobStream {
    const known = this.#streams.get(id)
    if (known !== undefined) return known
    const stream = new JobStream(this.client, id, {
      onProgress: (progress) =>
        this.queryClient.setQueryData<TrackedJob>(jobKeys.job(id), (job) => job && { ...job, progress }),
      onChange: () => void this.refetch(id)
    })
    this.#streams.set(id, stream)
    return stream
  }

  /** Asks now, also for a component that does not ask by itself. An older request that is under way is dropped. */
  async refetch(id: string): Promise<void> {
    const observer = this.#observers.get(`true:${id}`) ?? this.observerOf(id, false)
    await observer.refetch()
  }

  /** Forgets what is known of the job and asks anew. */
  async reset(id: string): Promise<void> {
    await this.queryClient.resetQueries({ queryKey: jobKeys.job(id), exact: true })
  }

  /** What the server said of a job in another answer. */
  learn(job: Job): void {
    this.queryClient.setQueryData<TrackedJob>(jobKeys.job(job.id), trackedJob(job, Date.now()))
    if (!hasEnded(job.status)) this.#streams.get(job.id)?.goOn()
  }

  /** Asks now, and opens a stream again that was refused before. */
  async tryAgain(id: string): Promise<void> {
    await this.refetch(id)
    const { data, error } = this.queryClient.getQueryState<TrackedJob>(jobKeys.job(id)) ?? {}
    if (error === null && data !== undefined && !hasEnded(data.status)) this.#streams.get(id)?.goOn()
  }

  begin(clientRef: string, jobType: string): void {
    this.queryClient.setQueryData(jobKeys.job(clientRef), optimisticJob(clientRef, jobType, Date.now()))
    this.#setLocal(clientRef, {})
  }

  created(clientRef: string, job: Job): void {
    this.learn(job)
    this.#setLocal(clientRef, { job })
  }

  refused(clientRef: string, error: Error): void {
    this.#setLocal(clientRef, { error })
  }

  localOf(ref: string): LocalJob | undefined {
    return this.#local.get(ref)
  }

  onLocal = (listener: () => void): (() => void) => {
    this.#localListeners.add(listener)
    return () => this.#localListeners.delete(listener)
  }

  #setLocal(ref: string, local: LocalJob): void {
    this.#local.set(ref, local)
    for (const listener of this.#localListeners) listener()
  }

  #observe(id: string, isAsking: boolean): JobObserver {
    const refetch = (query: JobQuery) => !isOver(query)
    const lookAgain = (query: JobQuery) => !isOver(query) || isSignedOut(query)
    return new QueryObserver(this.queryClient, {
      ...jobQuery(this.client, id),
      enabled: isAsking,
      staleTime: 0,
      gcTime: Number.POSITIVE_INFINITY,
      // The next poll is the next try, also while the browser believes to be offline.
      retry: false,
      networkMode: "always",
      refetchOnMount: refetch,
      refetchOnWindowFocus: lookAgain,
      refetchOnReconnect: lookAgain,
      refetchInterval: (query: JobQuery) => this.#pause(id, query),
      // An answer that was overtaken on its way is not news.
      structuralSharing: (old: unknown, next: unknown) => {
        const known = old as TrackedJob | undefined
        return known !== undefined && known.revision > (next as TrackedJob).revision ? old : replaceEqualDeep(old, next)
      }
    })
  }

  #pause(id: string, query: JobQuery): number | false {
    const { data, error } = query.state
    // A stream says what is new; what the last question was to bring, and did not, is asked for again.
    if (isOver(query) || (error === null && this.#streams.get(id)?.isLive)) return false
    const now = Date.now()
    if (!this.#firstSeen.has(id)) this.#firstSeen.set(id, now)
    const asked = error instanceof CallboardError ? (error.retryAfterMs ?? 0) : 0
    return Math.max(data?.pollAfterMs ?? 0, paceOf(now - this.#firstSeen.get(id)!), asked)
  }

  #forget(name: string): void {
    this.#observers.delete(name)
    const cache = this.queryClient.getQueryCache()
    const unseen = cache
      .findAll({ queryKey: jobKeys.all, predicate: (query) => query.getObserversCount() === 0 })
      .sort((one, other) => other.state.dataUpdatedAt - one.state.dataUpdatedAt)
    for (const query of unseen.slice(MOST_UNSEEN)) {
      cache.remove(query)
      const id = String(query.queryKey.at(-1))
      this.#firstSeen.delete(id)
      this.#streams.delete(id)
      for (const isAsking of [true, false]) this.#observers.delete(`${isAsking}:${id}`)
    }
  }
}

const known = new WeakMap<QueryClient, WeakMap<JobsClient, JobQueries>>()

/** The same for all providers with these two, so that they share what they ask. */
export const jobQueries = (client: JobsClient, queryClient: QueryClient): JobQueries => {
  const ofClient = known.get(queryClient) ?? new WeakMap<JobsClient, JobQueries>()
  known.set(queryClient, ofClient)
  const queries = ofClient.get(client) ?? new JobQueries(client, queryClient)
  ofClient.set(client, queries)
  return queries
}
