/**
 * Seals secret fields before they reach the database (AES-256-GCM) and opens them inside an attempt.
 * A sealed value is `{ "$sealed": "v1.<key id>.<nonce>.<ciphertext and tag>" }`; the job's id is authenticated with it,
 * so a sealed value copied into another job does not open.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { hasSecrets, type JsonSchemaDocument, mapSecrets } from "../domain/Secret.ts"
import { keyringOf } from "./SecretKeyring.ts"

const Sealed = Schema.Struct({ $sealed: Schema.String })
const isSealed = Schema.is(Sealed)

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A secret was sealed with a key that this process does not have, or was changed. The ids of keys are no secrets. */
export class CannotOpenSecret extends Schema.TaggedError<CannotOpenSecret>()("CannotOpenSecret", {
  jobId: Schema.String,
  /** Absent when the key is there: then the value was changed, or belongs to another job. */
  missingKeyId: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return this.missingKeyId === undefined
      ? `A sealed secret of ${this.jobId} was changed, or belongs to something else.`
      : `A secret of ${this.jobId} was sealed with the key ${this.missingKeyId}, which is not in CALLBOARD_SECRET_KEY.`
  }
}

/** Finds sealed values by their shape: those of a job type that is gone count too. */
const mapSealed = (value: unknown, f: (sealed: unknown) => unknown): unknown => {
  if (isSealed(value)) return f(value)
  if (Array.isArray(value)) return value.map((item) => mapSealed(item, f))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapSealed(inner, f)]))
}

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
    /** All sealed values in a stored one, sealed with the first key. */
    readonly reseal: (stored: unknown, jobId: string) => Effect.Effect<unknown, CannotOpenSecret>
    /** Of the keys that open, the one that seals first. */
    readonly keyIds: ReadonlyArray<string>
    /**
     * Keyed hash of a text that may hold secrets: equal texts compare equal, and nobody can guess them from it. Made with
     * the oldest key, so that it stays the same while a new one comes in.
     */
    readonly fingerprint: (text: string) => Buffer
  }
>()("callboard/runtime/SecretBox") {
  /** `keys` are 32 bytes each, in base64, separated by commas: the first seals, all open. */
  static readonly layer = (keys: Redacted.Redacted) =>
    Layer.sync(SecretBox, () => {
      const keyring = keyringOf(Redacted.value(keys))

      const seal = (value: unknown, jobId: string) => {
        const nonce = randomBytes(NONCE_BYTES)
        const cipher = createCipheriv("aes-256-gcm", keyring.first.bytes, nonce).setAAD(Buffer.from(jobId))
        const text = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final(), cipher.getAuthTag()])
        return {
          $sealed: ["v1", keyring.first.id, nonce.toString("base64url"), text.toString("base64url")].join(".")
        }
      }

      /** Throws when the key or the job's id is another one, or a byte was changed. */
      const open = (value: unknown, jobId: string): unknown => {
        if (!isSealed(value)) return value
        const [, keyId = "", nonce = "", text = ""] = value.$sealed.split(".")
        const key = keyring.find(keyId)
        if (key === undefined) throw new CannotOpenSecret({ jobId, ...(keyId !== "" && { missingKeyId: keyId }) })
        const whole = Buffer.from(text, "base64url")
        const decipher = createDecipheriv("aes-256-gcm", key.bytes, Buffer.from(nonce, "base64url"))
          .setAAD(Buffer.from(jobId))
          .setAuthTag(whole.subarray(-TAG_BYTES))
        const opened = Buffer.concat([decipher.update(whole.subarray(0, -TAG_BYTES)), decipher.final()])
        return JSON.parse(opened.toString("utf8"))
      }

      const opening = <A>(jobId: string, body: () => A) =>
        Effect.try({
          try: body,
          catch: (cause) => (cause instanceof CannotOpenSecret ? cause : new CannotOpenSecret({ jobId }))
        })

      return SecretBox.of({
        seal,
        keyIds: keyring.ids,
        open: (sealed, jobId) => opening(jobId, () => open(sealed, jobId)),
        sealInput: (schema, input, jobId) => mapSecrets(schema, input, (secret) => seal(secret, jobId)),
        openInput: (schema, input, jobId) => {
          if (!hasSecrets(schema)) return Effect.succeed({ input, secrets: [] })
          return opening(jobId, () => {
            const secrets: Array<string> = []
            const opened = mapSecrets(schema, input, (sealed) => {
              const secret = open(sealed, jobId)
              secrets.push(String(secret))
              return secret
            })
            return { input: opened, secrets }
          })
        },
        reseal: (stored, jobId) => opening(jobId, () => mapSealed(stored, (value) => seal(open(value, jobId), jobId))),
        fingerprint: (text) => createHmac("sha256", keyring.last.bytes).update(text).digest()
      })
    })
}
