/** Webhooks in words for people who are not engineers. */
import type { ShownStatus } from "../domain/JobStatus.ts"
import type { DeliveryAttempt, DeliveryErrorCode, DeliveryState, Webhook, WebhookDelivery } from "../domain/Webhook.ts"

/** What each event means. A webhook may know events of a later version. */
const events: Readonly<Record<string, string>> = {
  "*": "Everything",
  "job.started": "A try begins",
  "job.completed": "A job is done",
  "job.failed": "A job failed",
  "job.cancelled": "A job was cancelled",
  "job.needs_input": "A job needs a person",
  "webhook.test": "Test"
}

export const eventWord = (event: string): string => events[event] ?? event

interface Mark {
  readonly status: ShownStatus
  readonly word: string
}

const marks: Readonly<Record<DeliveryState, Mark>> = {
  pending: { status: "pending", word: "Waiting" },
  delivered: { status: "completed", word: "Delivered" },
  failed: { status: "failed", word: "Not delivered" },
  skipped: { status: "cancelled", word: "Not sent" }
}

export const deliveryMark = ({ attempts, state }: WebhookDelivery): Mark =>
  state === "pending" && attempts.length > 0 ? { status: "retry_wait", word: "Trying again" } : marks[state]

/** Whether its receiver takes what it gets. */
export const healthOf = ({ disabledBecause, enabled, lastAttempt }: Webhook): Mark => {
  if (!enabled) return { status: "cancelled", word: disabledBecause === "gone" ? "Off: receiver is gone" : "Off" }
  if (lastAttempt === undefined) return { status: "scheduled", word: "Nothing sent yet" }
  if (lastAttempt.state === "delivered") return { status: "completed", word: "Works" }
  return lastAttempt.state === "pending"
    ? { status: "retry_wait", word: "Trying again" }
    : { status: "failed", word: "Does not answer" }
}

const errors: Readonly<Record<typeof DeliveryErrorCode.Type, string>> = {
  STATUS: "The receiver refused it",
  TIMEOUT: "No answer within 15 seconds",
  CONNECTION: "The receiver could not be reached",
  TLS: "The receiver's certificate is not valid",
  NAME: "The receiver's name is not known",
  ADDRESS_NOT_ALLOWED: "The receiver's address is private, and nothing may be sent there"
}

/** "The receiver refused it (503)." */
export const attemptSentence = ({ errorCode, statusCode }: DeliveryAttempt): string => {
  const number = statusCode === undefined ? "" : ` (${statusCode})`
  return `${errorCode === undefined ? "The receiver took it" : errors[errorCode]}${number}.`
}
