/** Signatures of the Standard Webhooks specification 1.0.0 (https://www.standardwebhooks.com), symmetric. */
import { createHmac, randomBytes } from "node:crypto"

const PREFIX = "whsec_"
const SECRET_BYTES = 32

export const newWebhookSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString("base64")

export interface SignedMessage {
  readonly id: string
  /** Seconds since 1970, of the attempt: receivers refuse what is old. */
  readonly timestamp: number
  readonly body: string
}

const signatureWith = (secret: string, { body, id, timestamp }: SignedMessage): string =>
  `v1,${createHmac("sha256", Buffer.from(secret.slice(PREFIX.length), "base64"))
    .update(`${id}.${timestamp}.${body}`)
    .digest("base64")}`

/** One signature per secret, so that a receiver may know either while they change. */
export const signatureHeaders = (secrets: ReadonlyArray<string>, message: SignedMessage) => ({
  "webhook-id": message.id,
  "webhook-timestamp": String(message.timestamp),
  "webhook-signature": secrets.map((secret) => signatureWith(secret, message)).join(" ")
})
