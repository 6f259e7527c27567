/** Mails about failures: plans the next one, and sends it as a job of Callboard's own, so that one process does. */
import { Context, DateTime, Duration, Effect, Layer, Option, Schedule, Schema } from "effect"
import type { RetryableError } from "../../domain/JobError.ts"
import { Jobs, type JobsUnavailable } from "../../domain/Jobs.ts"
import { type JobType, JobTypes, makeJobType } from "../../domain/JobType.ts"
import { OWN_LANE } from "../../domain/Lane.ts"
import { Steps } from "../../domain/Steps.ts"
import { makeToProcess } from "../attemptContext.ts"
import { keepDoing } from "../backgroundRounds.ts"
import { newId } from "../newId.ts"
import { makeFailureMails, nextMailAt } from "../postgres/FailureMails.ts"
import { failureDigest } from "./failureDigest.ts"
import { type MailSettings, sendMail } from "./sendMail.ts"

export const MAIL_TYPE = "mail-failures"

/** Ahead of webhooks in their lane. */
const PRIORITY = 50

const LOOK_EVERY = Duration.seconds(5)

export interface FailureMailSettings extends MailSettings {
  readonly publicUrl: string | undefined
  /** At most one mail in this time. */
  readonly every: Duration.Duration
}

export class FailureMailer extends Context.Service<
  FailureMailer,
  {
    /** Makes the job that sends the next mail, if one is needed and none is planned. */
    readonly plan: Effect.Effect<void, JobsUnavailable>
    /** From then on failures are kept for a mail. */
    readonly want: Effect.Effect<void, JobsUnavailable>
    /** Sends one mail about everything that no mail has told of; gives how many jobs it told of. */
    readonly send: Effect.Effect<number, RetryableError | JobsUnavailable, Steps>
  }
>()("callboard/runtime/FailureMailer") {}

const make = (settings: FailureMailSettings) =>
  Effect.gen(function* () {
    const store = yield* makeFailureMails
    const jobs = yield* Jobs
    const types = yield* JobTypes
    // Nobody reads the log of this job.
    const toProcess = yield* makeToProcess
    const titleOf = (jobType: string) =>
      Option.match(types.find(jobType), { onNone: () => jobType, onSome: ({ title }) => title })

    const plan = Effect.gen(function* () {
      const needed = yield* store.needed
      if (needed === undefined) return
      const runAt = nextMailAt(yield* DateTime.now, needed.lastAt, settings.every)
      const { job } = yield* jobs.create({
        jobType: MAIL_TYPE,
        input: {},
        runAt,
        priority: PRIORITY,
        dedupeKey: MAIL_TYPE,
        expiresAt: DateTime.addDuration(runAt, Duration.hours(26))
      })
      yield* store.planned(job.id)
    }).pipe(
      Effect.catchTag(
        ["UnknownJobType", "InvalidInput", "UnknownDependency", "IdempotencyMismatch", "NotAllowed"],
        Effect.die
      )
    )

    const send = Effect.gen(function* () {
      const steps = yield* Steps
      const collect = Effect.gen(function* () {
        const mail = newId()
        yield* store.collect(mail)
        return mail
      })
      // Its output is kept: a mail that is sent again tells of the same failures, under the same id.
      const mail = yield* steps.run("collect", Schema.String, collect)
      const summary = yield* store.summary(mail)
      if (summary.jobs === 0) return 0
      const digest = failureDigest(summary, { publicUrl: settings.publicUrl, titleOf })
      yield* toProcess(sendMail(settings, { id: mail, ...digest }))
      yield* store.sent(mail)
      return summary.jobs
    })

    return FailureMailer.of({ plan, want: store.want, send })
  })

export const layer = (settings: FailureMailSettings) => Layer.effect(FailureMailer, make(settings))

/** About a day: 30 s, 1 min, 2 min ... 3 h, 3 h. */
const delays = Schedule.min([Schedule.exponential("30 seconds"), Schedule.spaced("3 hours")]).pipe(
  Schedule.setInputType<RetryableError>()
)

/** `mailer` comes later, because it makes jobs, and what stores jobs needs to know all job types first. */
export const failureMailJobType = (mailer: Effect.Effect<typeof FailureMailer.Service>): JobType =>
  makeJobType({
    name: MAIL_TYPE,
    title: "Mail failures",
    description: "Sends one mail about jobs that failed. Callboard makes these jobs itself.",
    lane: OWN_LANE,
    input: Schema.Struct({}),
    result: Schema.Struct({ jobs: Schema.Int }),
    steps: [{ name: "collect", title: "Collect the failures" }],
    timeout: Duration.minutes(2),
    retry: { maxRetries: 14, schedule: delays },
    example: () => ({}),
    run: () => Effect.flatMap(mailer, ({ send }) => Effect.map(send, (jobs) => ({ jobs })))
  })

/** Looks for failures that nobody was told of, as long as it lives. */
export const planning = Layer.effectDiscard(
  Effect.flatMap(FailureMailer, ({ plan, want }) =>
    keepDoing({
      complaint: "mails about failures could not be planned; trying again",
      pause: Effect.sleep(LOOK_EVERY)
    })(Effect.andThen(want, plan))
  )
)
