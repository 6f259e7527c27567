/** A delivery as a job of Callboard's own: the queue keeps, retries and recovers it like any other. */
import { Duration, Effect, Schedule, Schema } from "effect"
import type { RetryableError } from "../../domain/JobError.ts"
import { type JobType, makeJobType } from "../../domain/JobType.ts"
import { OWN_LANE } from "../../domain/Lane.ts"
import { DELIVERY_TYPE } from "../postgres/WebhookDeliveries.ts"
import type { WebhookSender } from "./WebhookSender.ts"

/**
 * 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, 5.7 h, 8 h, 8 h, give or take a fifth: 23.6 h in all. The sender says when it
 * was the last try, so that a receiver that is away makes no failed job.
 */
const delays = Schedule.min([Schedule.exponential("5 seconds", 4), Schedule.spaced("8 hours")]).pipe(
  Schedule.jittered,
  Schedule.setInputType<RetryableError>()
)

/** `sender` comes later, because it makes jobs, and what stores jobs needs to know all job types first. */
export const deliveryJobType = (sender: Effect.Effect<typeof WebhookSender.Service>): JobType =>
  makeJobType({
    name: DELIVERY_TYPE,
    title: "Deliver a webhook",
    description: "Tells a receiver what became of a job. Callboard makes these jobs itself.",
    lane: OWN_LANE,
    input: Schema.Struct({ deliveryId: Schema.String.check(Schema.isUUID()) }),
    result: Schema.Struct({ state: Schema.Literals(["delivered", "failed", "skipped"]) }),
    steps: [],
    // A post takes 15 s at most.
    timeout: Duration.minutes(1),
    retry: { maxRetries: 50, schedule: delays },
    example: () => ({ deliveryId: "00000000-0000-7000-8000-000000000000" }),
    run: ({ deliveryId }) => Effect.flatMap(sender, ({ deliver }) => deliver(deliveryId))
  })
