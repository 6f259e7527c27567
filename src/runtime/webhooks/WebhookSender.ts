/** Tells receivers: makes a job of each delivery, and does one try of it when that job runs. */
import { Clock, Context, DateTime, Duration, Effect, Latch, Layer, Option, Stream } from "effect"
import { JobChanges } from "../../domain/JobChanges.ts"
import { type RetryableCode, RetryableError } from "../../domain/JobError.ts"
import type { JobsUnavailable } from "../../domain/Jobs.ts"
import { retryAfterMs } from "../../domain/retryAfter.ts"
import type { DeliveryErrorCode, DeliveryState } from "../../domain/Webhook.ts"
import { keepDoing } from "../backgroundRounds.ts"
import { hidePersonal } from "../hidePersonal.ts"
import { makeMasker, shorten } from "../Masker.ts"
import { webhookPosts } from "../metrics/outsideMeters.ts"
import { makeWebhookDeliveries } from "../postgres/WebhookDeliveries.ts"
import type { SendingRow } from "../postgres/WebhookRows.ts"
import { SecretBox } from "../SecretBox.ts"
import { formerSecretsIn } from "./formerSecrets.ts"
import { type PostAnswer, type PostOptions, postWebhook } from "./postWebhook.ts"
import { signatureHeaders } from "./webhookSignature.ts"

/** Tries of one delivery: with the job type's delays the last is about a day after the first. */
export const MOST_TRIES = 10

/** After the first try. A receiver that asks for hours each time is not waited for longer. */
const GIVEN_UP_AFTER = Duration.hours(26)

/** Characters of an answer that are kept. */
const LONGEST_EXCERPT = 200

const GONE = 410

export interface DeliveryEnd {
  readonly state: Exclude<DeliveryState, "pending">
}

export class WebhookSender extends Context.Service<
  WebhookSender,
  {
    /** One try. Fails while there is another one to come. */
    readonly deliver: (deliveryId: string) => Effect.Effect<DeliveryEnd, RetryableError | JobsUnavailable>
    /** Makes a job of each delivery that has none, and gives how many it looked at. */
    readonly dispatch: Effect.Effect<number, JobsUnavailable>
    readonly prune: Effect.Effect<void, JobsUnavailable>
  }
>()("callboard/runtime/WebhookSender") {}

/** What came back, if anything did; a code unless it counts as delivered. */
type Answer = Partial<PostAnswer> & { readonly errorCode?: typeof DeliveryErrorCode.Type }

const isSuccess = (status: number) => status >= 200 && status < 300

/** Words of somebody else's server: short, on one line, and without what is nobody's business. */
const excerptOf = (text: string, secrets: ReadonlyArray<string>): string | undefined => {
  const line = text.replace(/[\p{C}\s]+/gu, " ").trim()
  const hidden = shorten(hidePersonal(makeMasker(secrets)(line)), LONGEST_EXCERPT)
  return hidden === "" ? undefined : hidden
}

const JOB_CODES: Readonly<Record<typeof DeliveryErrorCode.Type, typeof RetryableCode.Type>> = {
  STATUS: "SERVICE_UNAVAILABLE",
  TIMEOUT: "TIMEOUT",
  CONNECTION: "NETWORK_ERROR",
  TLS: "NETWORK_ERROR",
  NAME: "NETWORK_ERROR",
  ADDRESS_NOT_ALLOWED: "NETWORK_ERROR"
}

const make = (options: PostOptions) =>
  Effect.gen(function* () {
    const store = yield* makeWebhookDeliveries
    const box = yield* SecretBox

    const secretsOf = ({ formerSecret, formerSecretUntil, secret, webhookId }: SendingRow) =>
      Effect.gen(function* () {
        const nowMs = yield* Clock.currentTimeMillis
        const untilMs = formerSecretUntil?.epochMilliseconds ?? 0
        const newest = String(yield* box.open(secret, webhookId))
        // One that signs no more need not open either.
        if (untilMs <= nowMs) return [newest]
        const former = formerSecretsIn(yield* box.open(formerSecret, webhookId), { nowMs, untilMs })
        return [newest, ...former.map((each) => each.secret)]
      }).pipe(
        Effect.mapError(
          () =>
            new RetryableError({
              code: "SERVICE_UNAVAILABLE",
              message: "The webhook's secret was sealed with another key than this worker has.",
              hint: "Give all processes the same CALLBOARD_SECRET_KEY."
            })
        )
      )

    /** What becomes of the delivery now, and of the webhook. */
    const judge = (row: SendingRow, errorCode: string | undefined, status: number | undefined, nowMs: number) => {
      if (errorCode === undefined) return "delivered"
      const sinceMs = row.firstTriedAt === null ? nowMs : DateTime.toEpochMillis(row.firstTriedAt)
      const isOld = nowMs - sinceMs > Duration.toMillis(GIVEN_UP_AFTER)
      const isLast = row.type === "webhook.test" || row.tries + 1 >= MOST_TRIES || isOld
      return status === GONE || errorCode === "ADDRESS_NOT_ALLOWED" || isLast ? "failed" : "pending"
    }

    const attempt = Effect.fnUntraced(function* (deliveryId: string, row: SendingRow) {
      const secrets = yield* secretsOf(row)
      const body = yield* store.bodyOf(deliveryId, row)
      const at = yield* DateTime.now
      const timestamp = Math.floor(DateTime.toEpochMillis(at) / 1_000)
      const headers = {
        "content-type": "application/json",
        "user-agent": "Callboard-Webhooks",
        ...signatureHeaders(secrets, { id: deliveryId, timestamp, body })
      }
      const { errorCode, retryAfter, status, text } = yield* postWebhook({ url: row.url, headers, body }, options).pipe(
        Effect.tapError((failure) => Effect.logDebug("a webhook could not be posted", failure)),
        Effect.map((answer): Answer => (isSuccess(answer.status) ? answer : { ...answer, errorCode: "STATUS" })),
        Effect.catch(({ code }) => Effect.succeed<Answer>({ errorCode: code }))
      )
      const endedMs = yield* Clock.currentTimeMillis
      const excerpt = text === undefined ? undefined : excerptOf(text, secrets)
      const state = judge(row, errorCode, status, endedMs)
      yield* webhookPosts({ outcome: state === "pending" ? "retry" : state })
      yield* store.record(deliveryId, {
        at,
        durationMs: Math.max(0, endedMs - DateTime.toEpochMillis(at)),
        state,
        ...(status !== undefined && { statusCode: status }),
        ...(errorCode !== undefined && { errorCode }),
        ...(excerpt !== undefined && { excerpt })
      })
      // Whatever keeps them from being moved, the next try moves them.
      const isSilent = errorCode === "TIMEOUT" || errorCode === "CONNECTION"
      if (row.amongSilent !== isSilent) yield* Effect.ignore(store.rearrange(row.webhookId))
      if (status === GONE) yield* store.disableGone(row.webhookId)
      if (state !== "pending") return { state } satisfies DeliveryEnd
      const wait = retryAfterMs(retryAfter, endedMs)
      return yield* new RetryableError({
        code: JOB_CODES[errorCode ?? "STATUS"],
        message: status === undefined ? "The receiver could not be reached." : `The receiver answered ${status}.`,
        ...(wait !== undefined && { retryAfterMs: wait })
      })
    })

    const deliver = Effect.fn("WebhookSender.deliver")(function* (deliveryId: string) {
      const found = yield* store.sending(deliveryId)
      if (Option.isNone(found)) return { state: "skipped" } satisfies DeliveryEnd
      const row = found.value
      if (!row.enabled && row.type !== "webhook.test") {
        yield* store.skip(deliveryId)
        return { state: "skipped" } satisfies DeliveryEnd
      }
      return yield* attempt(deliveryId, row)
    })

    const dispatch = Effect.gen(function* () {
      let total = 0
      let last: number
      do {
        last = yield* store.dispatch
        total += last
      } while (last === store.part)
      return total
    })

    return WebhookSender.of({ deliver, dispatch, prune: store.prune })
  })

export const layer = (options: PostOptions) => Layer.effect(WebhookSender, make(options))

/** Many changes come together, and one look serves them all. */
const GATHERED = Duration.millis(200)

/** Without news; also what a lost notification costs at most. */
const LOOK_EVERY = Duration.seconds(30)

const PRUNE_EVERY = Duration.hours(1)

/** Looks for new deliveries as long as it lives: when something changed, and now and then. */
export const dispatching = Layer.effectDiscard(
  Effect.gen(function* () {
    const { dispatch, prune } = yield* WebhookSender
    const { changes } = yield* JobChanges
    const news = Latch.makeUnsafe(false)
    yield* Stream.runForEach(changes, ({ _tag }) => (_tag === "Logged" ? Effect.void : Latch.open(news))).pipe(
      Effect.forever,
      Effect.forkScoped
    )
    yield* keepDoing({ complaint: "old webhook events stay for now", pause: Effect.sleep(PRUNE_EVERY) })(prune)
    const next = Latch.await(news).pipe(
      Effect.timeoutOption(LOOK_EVERY),
      Effect.andThen(Effect.sleep(GATHERED)),
      Effect.andThen(Latch.close(news))
    )
    yield* keepDoing({ complaint: "webhooks could not be dispatched; trying again", pause: next })(dispatch)
  })
)
