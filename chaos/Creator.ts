/** Creates jobs without pause and cancels some of them, through the contract that the API uses. Remembers what it was told. */
import { Duration, Effect, FiberSet } from "effect"
import type { JobId } from "../src/domain/JobId.ts"
import { Jobs } from "../src/domain/Jobs.ts"
import type { Dice } from "./Dice.ts"
import type { Journal } from "./Journal.ts"
import { makeOrders, type Order, type Ordered } from "./orders.ts"

/**
 * `cancelled`: it was still pending, and is cancelled now. `asked`: it runs, and was asked to stop. `unknown`: the
 * connection was lost, and when we asked again it had ended.
 */
export type CancelAnswer = "cancelled" | "asked" | "unknown"

export interface Created {
  /** Every job that a successful answer named, by the harness's name. */
  readonly jobs: ReadonlyMap<string, Ordered & { readonly id: JobId }>
  readonly cancels: ReadonlyMap<string, CancelAnswer>
  /** Requests that were answered with a live job with the same dedupe key. */
  readonly deduplicated: number
}

const PAUSE = { least: 100, most: 400 }
const CANCEL_CHANCE = 0.08
/** Wait before asking again a database that did not answer. */
const AGAIN = "200 millis"

export const makeCreator = (dice: Dice, journal: Journal) =>
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const orders = makeOrders(dice)
    const created = new Map<string, Ordered & { readonly id: JobId }>()
    const cancels = new Map<string, CancelAnswer>()
    let deduplicated = 0
    const cancelling = yield* FiberSet.make()

    /** Asks until the database answers: the key makes sure that a lost answer makes nothing twice. */
    const untilAnswered = <A, E extends { readonly _tag: string }, R>(call: Effect.Effect<A, E, R>) =>
      call.pipe(
        Effect.tapError((error) => (error._tag === "JobsUnavailable" ? Effect.sleep(AGAIN) : Effect.void)),
        Effect.retry({ while: (error) => error._tag === "JobsUnavailable" })
      )

    const send = ({ jobs: ordered, key }: Order): Effect.Effect<ReadonlyArray<Ordered & { readonly id: JobId }>> => {
      const options = { idempotencyKey: key, createdBy: "chaos" }
      const [only] = ordered
      if (ordered.length === 1 && only !== undefined) {
        return untilAnswered(jobs.create(only.request, options)).pipe(
          Effect.orDie,
          Effect.map(({ job }) => {
            if (job.clientRef === only.ref) return [{ ...only, id: job.id }]
            deduplicated++
            return []
          })
        )
      }
      const requests = ordered.map(({ request }) => request)
      return untilAnswered(jobs.createBatch(requests, options)).pipe(
        Effect.orDie,
        Effect.map((batch) => ordered.map((each, index) => ({ ...each, id: batch.jobs[index]!.id })))
      )
    }

    const cancelLater = (ref: string, id: JobId, delay: number) =>
      Effect.gen(function* () {
        yield* Effect.sleep(Duration.millis(delay))
        let lostAnswer = false
        const call = Effect.tapErrorTag(jobs.cancel(id), "JobsUnavailable", () =>
          Effect.sync(() => (lostAnswer = true))
        )
        const answer = yield* Effect.result(untilAnswered(call))
        if (answer._tag === "Failure") {
          if (lostAnswer) cancels.set(ref, "unknown")
          return
        }
        yield* journal.note({ what: "cancelAccepted", ref })
        cancels.set(ref, answer.success.status === "cancelled" ? "cancelled" : "asked")
      })

    const once = Effect.gen(function* () {
      const order = orders.next()
      // All dice first: what the database answers must not change what comes next.
      const doomed = order.jobs.map(() => (dice.chance(CANCEL_CHANCE) ? dice.between(0, 4_000) : undefined))
      const pause = dice.between(PAUSE.least, PAUSE.most)
      const made = yield* send(order)
      for (const [index, job] of made.entries()) {
        created.set(job.ref, job)
        const delay = doomed[index]
        if (delay !== undefined) yield* FiberSet.run(cancelling, cancelLater(job.ref, job.id, delay))
      }
      yield* Effect.sleep(Duration.millis(pause))
    })

    return {
      once,
      /** Waits for the cancellations that are still on their way. */
      finish: Effect.map(FiberSet.awaitEmpty(cancelling), (): Created => ({ jobs: created, cancels, deduplicated }))
    }
  })
