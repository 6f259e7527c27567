/** What Callboard sends out itself, joined as the settings say: webhooks, and mails about failures. */
import { Deferred, Effect, Layer } from "effect"
import * as FailureMailer from "./mail/FailureMailer.ts"
import { auditedWebhooks } from "./postgres/auditingAdmins.ts"
import * as PgWebhooks from "./postgres/PgWebhooks.ts"
import type { Settings } from "./Settings.ts"
import { NOTHING_PRIVATE, parseAllowed } from "./webhooks/AddressRules.ts"
import { deliveryJobType } from "./webhooks/deliveryJobs.ts"
import * as WebhookSender from "./webhooks/WebhookSender.ts"

/** What sends is made later than the job types that use it, because it makes jobs. */
export interface PromisedSenders {
  readonly webhooks: Deferred.Deferred<typeof WebhookSender.WebhookSender.Service>
  readonly mails: Deferred.Deferred<typeof FailureMailer.FailureMailer.Service>
}

export const promiseSenders: Effect.Effect<PromisedSenders> = Effect.all({
  webhooks: Deferred.make<typeof WebhookSender.WebhookSender.Service>(),
  mails: Deferred.make<typeof FailureMailer.FailureMailer.Service>()
})

const mailSettings = ({ mailEvery, mailFrom, mailTo, publicUrl, smtpUrl }: Settings) =>
  smtpUrl === undefined || mailFrom === undefined || mailTo === undefined
    ? undefined
    : { smtpUrl, from: mailFrom, to: mailTo, publicUrl, every: mailEvery }

export const messageJobTypes = (settings: Settings, { mails, webhooks }: PromisedSenders) => [
  deliveryJobType(Deferred.await(webhooks)),
  ...(mailSettings(settings) === undefined ? [] : [FailureMailer.failureMailJobType(Deferred.await(mails))])
]

const keeping = <S>(promised: Deferred.Deferred<S>) =>
  Effect.map((service: S) => Deferred.doneUnsafe(promised, Effect.succeed(service)))

/** The webhooks that callers have, and what posts to them. */
export const webhooks = (settings: Settings, promised: PromisedSenders) => {
  const allowed = parseAllowed(settings.webhookPrivateAddresses ?? "") ?? NOTHING_PRIVATE
  const sender = WebhookSender.layer({ allowed })
  const known = Layer.effectDiscard(keeping(promised.webhooks)(WebhookSender.WebhookSender))
  return Layer.merge(Layer.provide(auditedWebhooks, PgWebhooks.layer(allowed)), Layer.provideMerge(known, sender))
}

/** Only in processes that run jobs: makes jobs of what there is to tell. */
export const telling = (settings: Settings, promised: PromisedSenders) => {
  const mail = mailSettings(settings)
  if (mail === undefined) return WebhookSender.dispatching
  const known = Layer.effectDiscard(keeping(promised.mails)(FailureMailer.FailureMailer))
  const mails = Layer.merge(known, FailureMailer.planning).pipe(Layer.provide(FailureMailer.layer(mail)))
  return Layer.merge(WebhookSender.dispatching, mails)
}
