import { type UseMutationOptions, useMutation } from "@tanstack/react-query"
import { useCallback, useRef, useState } from "react"
import { CallboardError } from "../CallboardError.ts"
import { makeKey } from "../makeKey.ts"
import type { CreateOptions, Job } from "../wire.ts"
import { useJobQueries } from "./JobsProvider.tsx"
import { runMutation } from "./runMutation.ts"
import type { FollowedJob } from "./useJobPolling.ts"
import { type JobStatusOptions, useJobStatus } from "./useJobStatus.ts"
import { Wishes } from "./Wishes.ts"

export interface NewJob<Input = unknown> extends CreateOptions {
  readonly input: Input
  /** The same key gives the same job, however often it is sent. Default: one made for this call. */
  readonly idempotencyKey?: string
}

export interface CreateJobOptions<Input = unknown, Result = unknown> extends JobStatusOptions<Result> {
  /** Of TanStack Query's mutation: `onSuccess`, `onMutate`, `retry`, `meta` and so on. */
  readonly mutation?: Omit<UseMutationOptions<Job, Error, NewJob<Input>>, "mutationFn" | "gcTime">
}

export interface CreatedJob<Input = unknown, Result = unknown> extends FollowedJob<Result> {
  /** Creates the job and follows it. What goes wrong is in `error`. */
  readonly create: (input: Input, options?: Omit<NewJob<Input>, "input">) => void
  /** The same as a promise of the job as it was created. Rejects when it could not be. */
  readonly createAsync: (input: Input, options?: Omit<NewJob<Input>, "input">) => Promise<Job>
  /** What everything else takes: first the `clientRef`, then the id of the server. */
  readonly jobId: string | undefined
  /** Of the page itself; stays the same, so it is a good `key`. */
  readonly clientRef: string | undefined
  readonly isCreating: boolean
  /** Why it could not be created. */
  readonly createError: Error | undefined
}

/** With the tries of the client itself: about a quarter of a minute, which a restart of the server takes. */
const MOST_TRIES = 3

const isWorthAnotherTry = (failures: number, error: Error) =>
  failures < MOST_TRIES && error instanceof CallboardError && error.isPassing

/** What the same wish has the same of. Of what is no JSON none is the same: it is refused like other wrong input. */
const nameOf = (wish: ReadonlyArray<unknown>): string => {
  try {
    return JSON.stringify(wish)
  } catch {
    return makeKey()
  }
}

/** Creates jobs of a type; the newest is followed at once, first as it will be, then as it is. */
export const useCreateJob = <Input = unknown, Result = unknown>(
  jobType: string,
  { mutation, ...options }: CreateJobOptions<Input, Result> = {}
): CreatedJob<Input, Result> => {
  const queries = useJobQueries()
  const [clientRef, setClientRef] = useState<string>()
  const wishes = useRef(new Wishes())
  const { mutateAsync } = useMutation<Job, Error, NewJob<Input>>(
    {
      networkMode: "always",
      retry: isWorthAnotherTry,
      ...mutation,
      gcTime: Number.POSITIVE_INFINITY,
      mutationFn: async ({ input, ...rest }) => {
        const job = await queries.client.create(jobType as never, input as never, rest)
        // Before any callback of the team: one may throw, and the job is there all the same.
        if (rest.clientRef !== undefined) queries.created(rest.clientRef, job)
        return job
      }
    },
    queries.queryClient
  )
  const followed = useJobStatus<Result>(clientRef, options)

  const createAsync = useCallback(
    (input: Input, given: Omit<NewJob<Input>, "input"> = {}): Promise<Job> =>
      wishes.current.make(nameOf([jobType, input, given]), given, async (ids) => {
        queries.begin(ids.clientRef, jobType)
        setClientRef(ids.clientRef)
        try {
          return await runMutation(queries.queryClient, mutateAsync, { ...given, ...ids, input })
        } catch (error) {
          const { job } = queries.localOf(ids.clientRef) ?? {}
          if (job === undefined) {
            queries.refused(ids.clientRef, error as Error)
            throw error
          }
          // What a callback of the team threw is for the console: nothing is wrong with the job.
          void Promise.reject(error)
          return job
        }
      }),
    [jobType, mutateAsync, queries]
  )
  const create = useCallback(
    (input: Input, given?: Omit<NewJob<Input>, "input">) => void createAsync(input, given).catch(() => undefined),
    [createAsync]
  )

  const { resume } = followed
  return {
    ...followed,
    create,
    createAsync,
    clientRef,
    jobId: followed.isOptimistic ? clientRef : followed.job?.id,
    isCreating: followed.isOptimistic,
    createError: clientRef === undefined ? undefined : queries.localOf(clientRef)?.error,
    // Only this component forgets it; the job goes on, and so do others that show it.
    reset: useCallback(() => {
      setClientRef(undefined)
      wishes.current.clear()
      resume()
    }, [resume])
  }
}
