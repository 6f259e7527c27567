/** One webhook: how it is, what was sent, and what can be done about it. */
import type { Child } from "hono/jsx"
import type { Webhook, WebhookDelivery } from "../domain/Webhook.ts"
import { Once } from "./components/Once.tsx"
import { StatusIcon } from "./components/StatusBadge.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { durationText } from "./Times.ts"
import { HealthMark, ShownSecret, wishText } from "./WebhooksPage.tsx"
import { attemptSentence, deliveryMark, eventWord } from "./WebhookWords.ts"

export interface WebhookPageProps {
  readonly webhook: Webhook
  readonly deliveries: ReadonlyArray<WebhookDelivery>
  readonly nextCursor?: string
  readonly nowMs: number
  /** Made just now; it is never shown again. */
  readonly secret?: string
}

interface ActionProps {
  readonly to: string
  readonly children: Child
  /** Asked first, where it cannot be undone. */
  readonly question?: string
  /** Where it leads, when not back here; then there is nothing left to go back to. */
  readonly leadsTo?: string
}

const Action = ({ children, leadsTo, question, to }: ActionProps) => (
  <form
    method="post"
    action={to}
    {...(question !== undefined && {
      "hx-post": to,
      "hx-target": "#main",
      "hx-select": "#main",
      "hx-swap": "outerHTML",
      "hx-push-url": leadsTo,
      "hx-confirm": question,
      "data-confirm-keep": "Keep it",
      "data-confirm-label": String(children)
    })}
  >
    <Once />
    <button type="submit" class={`button${leadsTo === undefined ? "" : " button-danger"}`}>
      {children}
    </button>
  </form>
)

const Actions = ({ webhook }: Pick<WebhookPageProps, "webhook">) => {
  const base = `/webhooks/${webhook.id}`
  return (
    <div class="buttons">
      <Action to={`${base}/test`}>Send a test</Action>
      <Action to={`${base}/${webhook.enabled ? "off" : "on"}`}>{webhook.enabled ? "Switch off" : "Switch on"}</Action>
      <Action
        to={`${base}/secret`}
        question="Make a new secret? The one before works for another day, so that the receiver can change over."
      >
        New secret
      </Action>
      <Action
        to={`${base}/remove`}
        question="Remove this webhook? What was not delivered is not sent."
        leadsTo="/webhooks"
      >
        Remove
      </Action>
    </div>
  )
}

const Attempts = ({ delivery, nowMs }: { readonly delivery: WebhookDelivery; readonly nowMs: number }) => (
  <ol class="hook-tries">
    {delivery.attempts.map((attempt) => (
      <li>
        {attemptSentence(attempt)}{" "}
        <span class="muted">
          <TimeText at={attempt.at.epochMilliseconds} nowMs={nowMs} />, took {durationText(attempt.durationMs)}
        </span>
        {attempt.excerpt && <span class="row-sub code">“{attempt.excerpt}”</span>}
      </li>
    ))}
  </ol>
)

interface DeliveryProps {
  readonly delivery: WebhookDelivery
  readonly webhook: Webhook
  readonly nowMs: number
}

/** What was given up is posted once more; while the webhook is off, nothing is. */
const mayBeSentAgain = ({ delivery, webhook }: DeliveryProps): boolean =>
  webhook.enabled && (delivery.state === "failed" || delivery.state === "skipped")

const Delivery = (props: DeliveryProps) => {
  const { delivery, nowMs, webhook } = props
  const { at, attempts, jobId, nextAttemptAt, type } = delivery
  const { status, word } = deliveryMark(delivery)
  return (
    <li class="hook-delivery">
      <div class="hook-delivery-head">
        <span class={`badge st-${status}`}>
          <StatusIcon status={status} />
          {word}
        </span>
        <strong>{eventWord(type)}</strong>
        <span class="muted">
          <TimeText at={at.epochMilliseconds} nowMs={nowMs} />
        </span>
        {jobId !== undefined && <a href={`/jobs/${jobId}`}>See the job</a>}
      </div>
      {attempts.length > 0 && <Attempts delivery={delivery} nowMs={nowMs} />}
      {nextAttemptAt !== undefined && (
        <p class="muted">
          {attempts.length === 0 ? "It is sent " : "Next try "}
          <TimeText at={nextAttemptAt.epochMilliseconds} nowMs={nowMs} kind="due" />.
        </p>
      )}
      {mayBeSentAgain(props) && (
        <Action to={`/webhooks/${webhook.id}/deliveries/${delivery.id}/retry`}>Send again</Action>
      )}
    </li>
  )
}

const Deliveries = ({ deliveries, nextCursor, nowMs, webhook }: WebhookPageProps) => (
  <section aria-labelledby="deliveries-title">
    <h2 id="deliveries-title">What was sent in the last 7 days</h2>
    {deliveries.length === 0 ? (
      <p class="muted">Nothing yet. “Send a test” shows whether the receiver answers.</p>
    ) : (
      <ul class="hook-deliveries">
        {deliveries.map((delivery) => (
          <Delivery delivery={delivery} webhook={webhook} nowMs={nowMs} />
        ))}
      </ul>
    )}
    {nextCursor !== undefined && (
      <a class="button" href={`/webhooks/${webhook.id}?after=${encodeURIComponent(nextCursor)}`}>
        Older
      </a>
    )}
  </section>
)

export const WebhookPage = (props: WebhookPageProps) => {
  const { nowMs, secret, webhook } = props
  return (
    <div class="narrow">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/webhooks">Webhooks</a>
        <span aria-hidden="true">/</span>
        <span>{new URL(webhook.url).host}</span>
      </nav>
      <div class="page-head">
        <h1>{webhook.description || new URL(webhook.url).host}</h1>
        <HealthMark webhook={webhook} />
      </div>
      {secret !== undefined && <ShownSecret secret={secret} url={webhook.url} />}
      {webhook.disabledBecause === "gone" && (
        <p class="box box-problem">The receiver said that it is gone for good, so nothing is sent to it any more.</p>
      )}
      <dl class="words">
        <div>
          <dt>Address</dt>
          <dd class="code hook-url">{webhook.url}</dd>
        </div>
        <div>
          <dt>Sends when</dt>
          <dd>{wishText(webhook)}</dd>
        </div>
        {webhook.formerSecretUntil !== undefined && (
          <div>
            <dt>Former secret</dt>
            <dd>
              works until <TimeText at={webhook.formerSecretUntil.epochMilliseconds} nowMs={nowMs} />
            </dd>
          </div>
        )}
      </dl>
      <Actions webhook={webhook} />
      <Deliveries {...props} />
    </div>
  )
}
