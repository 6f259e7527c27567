import { type UseMutationOptions, useMutation } from "@tanstack/react-query"
import { useCallback, useRef, useState } from "react"
import { CallboardError } from "../CallboardError.ts"
import { makeKey } from "../makeKey.ts"
import type { CreateOptions, Job } from "../wire.ts"
import { useJobQueries } from "./JobsProvider.tsx"
import type { FollowedJob } from "./useJobPolling.ts"
import { type JobStatusOptions, useJobStatus } from "./useJobStatus.ts"

export interface NewJob<Input = unknown> extends CreateOptions {
  readonly input: Input
  /** The same key gives the same job, however often it is sent. Default: one made for this call. */
  readonly idempotencyKey?: string
}

export interface CreateJobOptions<Input = unknown, Result = unknown> extends JobStatusOptions<Result> {
  /** Of TanStack Query's mutation: `onSuccess`, `onMutate`, `retry`, `meta` and so on. */
  readonly mutation?: Omit<UseMutationOptions<Job, Error, NewJob<Input>>, "mutationFn">
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

/** Creates jobs of a type; the newest is followed at once, first as it will be, then as it is. */
export const useCreateJob = <Input = unknown, Result = unknown>(
  jobType: string,
  { mutation, ...options }: CreateJobOptions<Input, Result> = {}
): CreatedJob<Input, Result> => {
  const queries = useJobQueries()
  const [clientRef, setClientRef] = useState<string>()
  const underWay = useRef(new Map<string, Promise<Job>>())
  const {
    error: createError,
    isPending: isCreating,
    mutateAsync,
    reset: resetMutation
  } = useMutation<Job, Error, NewJob<Input>>(
    {
      networkMode: "always",
      retry: isWorthAnotherTry,
      gcTime: 0,
      ...mutation,
      mutationFn: ({ input, ...rest }) => queries.client.create(jobType as never, input as never, rest)
    },
    queries.queryClient
  )
  const followed = useJobStatus<Result>(clientRef, options)

  const createAsync = useCallback(
    (input: Input, given: Omit<NewJob<Input>, "input"> = {}): Promise<Job> => {
      // React's StrictMode runs effects twice, and people click twice: the same wish makes one job.
      const wish = JSON.stringify([jobType, input, given])
      const same = underWay.current.get(wish)
      if (same !== undefined) return same

      const ref = given.clientRef ?? makeKey()
      queries.begin(ref, jobType)
      setClientRef(ref)
      // The key is made before the first try, so that another try cannot make another job.
      const creating = mutateAsync({ idempotencyKey: makeKey(), ...given, clientRef: ref, input }).then(
        (job) => {
          queries.created(ref, job)
          return job
        },
        (error: Error) => {
          queries.refused(ref, error)
          throw error
        }
      )
      underWay.current.set(wish, creating)
      const forget = () => void underWay.current.delete(wish)
      creating.then(forget, forget)
      return creating
    },
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
    isCreating,
    createError: createError ?? undefined,
    // Only this component forgets it; the job goes on, and so do others that show it.
    reset: useCallback(() => {
      setClientRef(undefined)
      resetMutation()
      resume()
    }, [resetMutation, resume])
  }
}
