/**
 * Seals secret fields before they reach the database (AES-256-GCM) and opens them inside an attempt.
 * A sealed value is `{ "$sealed": "v1.<key id>.<nonce>.<ciphertext and tag>" }`; the job's id is authenticated with it,
 * so a sealed value copied into another job does not open.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { type JsonSchemaDocument, mapSecrets } from "../domain/Secret.ts"

const Sealed = Schema.Struct({ $sealed: Schema.String })
const isSealed = Schema.is(Sealed)

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A secret was sealed with a key that this process does not have, or was changed. */
export class CannotOpenSecret extends Schema.TaggedError<CannotOpenSecret>()("CannotOpenSecret", {
  jobId: Schema.String
}) {}

const keyIdOf = (key: Buffer) => createHash("sha256").update("callboard key id").update(key).digest("hex").slice(0, 8)

export interface OpenedInput {
  readonly input: unknown
  /** The opened texts, so that they can be masked in everything the attempt writes. */
  readonly secrets: ReadonlyArray<string>
}

export class SecretBox extends Context.Service<
  SecretBox,
  {
    readonly seal: (secret: unknown, jobId: string) => unknown
    readonly open: (sealed: unknown, jobId: string) => Effect.Effect<unknown, CannotOpenSecret>
    readonly sealInput: (schema: JsonSchemaDocument, input: unknown, jobId: string) => unknown
    readonly openInput: (
      schema: JsonSchemaDocument,
      input: unknown,
      jobId: string
    ) => Effect.Effect<OpenedInput, CannotOpenSecret>
    /** Keyed hash of a text that may hold secrets: equal texts compare equal, and nobody can guess them from it. */
    readonly fingerprint: (text: string) => Buffer
  }
>()("callboard/runtime/SecretBox") {
  /** `key` is 32 bytes in base64. */
  static readonly layer = (key: Redacted.Redacted) =>
    Layer.sync(SecretBox, () => {
      const bytes = Buffer.from(Redacted.value(key), "base64")
      const keyId = keyIdOf(bytes)

      const seal = (value: unknown, jobId: string) => {
        const nonce = randomBytes(NONCE_BYTES)
        const cipher = createCipheriv("aes-256-gcm", bytes, nonce).setAAD(Buffer.from(jobId))
        const text = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final(), cipher.getAuthTag()])
        return { $sealed: ["v1", keyId, nonce.toString("base64url"), text.toString("base64url")].join(".") }
      }

      /** Throws when the key or the job's id is another one, or a byte was changed. */
      const open = (value: unknown, jobId: string): unknown => {
        if (!isSealed(value)) return value
        const [, , nonce = "", text = ""] = value.$sealed.split(".")
        const whole = Buffer.from(text, "base64url")
        const decipher = createDecipheriv("aes-256-gcm", bytes, Buffer.from(nonce, "base64url"))
          .setAAD(Buffer.from(jobId))
          .setAuthTag(whole.subarray(-TAG_BYTES))
        const opened = Buffer.concat([decipher.update(whole.subarray(0, -TAG_BYTES)), decipher.final()])
        return JSON.parse(opened.toString("utf8"))
      }

      return SecretBox.of({
        seal,
        open: (sealed, jobId) =>
          Effect.try({ try: () => open(sealed, jobId), catch: () => new CannotOpenSecret({ jobId }) }),
        sealInput: (schema, input, jobId) => mapSecrets(schema, input, (secret) => seal(secret, jobId)),
        openInput: (schema, input, jobId) =>
          Effect.try({
            try: () => {
              const secrets: Array<string> = []
              const opened = mapSecrets(schema, input, (sealed) => {
                const secret = open(sealed, jobId)
                secrets.push(String(secret))
                return secret
              })
              return { input: opened, secrets }
            },
            catch: () => new CannotOpenSecret({ jobId })
          }),
        fingerprint: (text) => createHmac("sha256", bytes).update(text).digest()
      })
    })
}
