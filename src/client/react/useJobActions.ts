import { useMutation } from "@tanstack/react-query"
import { useCallback, useEffect } from "react"
import { CallboardError } from "../CallboardError.ts"
import type { Job } from "../wire.ts"
import { useJobQueries } from "./JobsProvider.tsx"
import { runMutation } from "./runMutation.ts"

export interface RetryPlan {
  /** From the last finished step (`checkpoint`, the default), the `start` (the default with an `input`), or a step. */
  readonly from?: "start" | "checkpoint" | (string & {})
  readonly input?: unknown
}

export interface JobActions {
  /** Never rejects: what went wrong is in `actionError`. */
  readonly cancel: () => Promise<void>
  /** Never rejects: what went wrong is in `actionError`. */
  readonly retry: (plan?: RetryPlan) => Promise<void>
  /** Answers what the job asks (`job.prompt`). Never rejects: what went wrong is in `actionError`. */
  readonly answer: (value: string | boolean) => Promise<void>
  readonly isCancelling: boolean
  readonly isRetrying: boolean
  readonly isAnswering: boolean
  /** Why the last of these was refused. */
  readonly actionError: Error | undefined
}

interface OwnJobActions extends JobActions {
  readonly forgetActions: () => void
}

type Kind = "cancel" | "retry" | "answer"
interface Action {
  readonly kind: Kind
  /** What was asked when it began. */
  readonly promptId: string | undefined
  readonly run: () => Promise<Job>
}

/** The job ended, or went on, before the wish arrived: what it is now says all. */
const OVERTAKEN: ReadonlySet<string> = new Set(["JOB_CONFLICT", "PROMPT_CLOSED"])

/** `id` is absent while there is no job on the server. */
export const useJobActions = (id: string | undefined, promptId: string | undefined): OwnJobActions => {
  const queries = useJobQueries()
  const { client, queryClient } = queries
  const { error, isPending, mutateAsync, reset, variables } = useMutation<Job | undefined, Error, Action>(
    {
      mutationFn: ({ run }) =>
        run().catch((error: unknown) => {
          if (error instanceof CallboardError && OVERTAKEN.has(error.code)) return undefined
          throw error
        }),
      onSuccess: (job) => job && queries.learn(job),
      onSettled: () => id && queries.refetch(id),
      networkMode: "always",
      retry: false,
      gcTime: Number.POSITIVE_INFINITY
    },
    queryClient
  )

  // What was refused of one job says nothing of the next.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change of the id that matters.
  useEffect(() => reset, [id, reset])

  const act = useCallback(
    async (kind: Kind, run: (id: string) => Promise<Job>) => {
      if (id !== undefined)
        await runMutation(queryClient, mutateAsync, { kind, promptId, run: () => run(id) }).catch(() => undefined)
    },
    [id, mutateAsync, promptId, queryClient]
  )
  const cancel = useCallback(() => act("cancel", (job) => client.cancel(job)), [act, client])
  const retry = useCallback((plan?: RetryPlan) => act("retry", (job) => client.retry(job, plan)), [act, client])
  const answer = useCallback(
    async (value: string | boolean) => {
      if (promptId !== undefined) await act("answer", (job) => client.answer(job, promptId, value))
    },
    [act, client, promptId]
  )

  const isDoing = (kind: Kind) => isPending && variables.kind === kind
  return {
    cancel,
    retry,
    answer,
    isCancelling: isDoing("cancel"),
    isRetrying: isDoing("retry"),
    // The next question may be answered while the page still reads what came of the last answer.
    isAnswering: isDoing("answer") && variables?.promptId === promptId,
    actionError: error ?? undefined,
    forgetActions: reset
  }
}
