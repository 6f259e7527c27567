/**
 * Seals a text for one receiver, by the receiver's public RSA key: Callboard itself cannot read it again, so the sealed
 * text may stand in steps and results. RSA-OAEP with SHA-256, which `openssl pkeyutl` opens.
 */
import { Effect } from "effect"
import { FatalError } from "../../domain/JobError.ts"

const ALGORITHM = { name: "RSA-OAEP", hash: "SHA-256" }

const LEAST_BITS = 2048

export interface Recipient {
  /** Base64. Fails when the text is too long for the key: 190 bytes at 2,048 bits. */
  readonly seal: (text: string) => Effect.Effect<string, FatalError>
}

const noKey = new FatalError({
  code: "VALIDATION_ERROR",
  message: "The public key of the receiver cannot be used. Nothing was changed.",
  hint: `It has to be an RSA key of at least ${LEAST_BITS} bits in PEM form, as "openssl pkey -pubout" writes it.`
})

const tooLong = new FatalError({
  code: "VALIDATION_ERROR",
  message: "The text is too long for the public key of the receiver.",
  hint: "Use a key with more bits: 4096."
})

/** Without its first and last line, and without line breaks: forms take those out. */
const bytesOf = (pem: string) => Uint8Array.fromBase64(pem.replace(/-----[^-]*-----|\s/gu, ""))

/** Reads a public key in PEM form. */
export const openRecipient = Effect.fn("openRecipient")(function* (pem: string) {
  const key = yield* Effect.tryPromise({
    try: async () => crypto.subtle.importKey("spki", bytesOf(pem), ALGORITHM, false, ["encrypt"]),
    catch: () => noKey
  })
  const { modulusLength = 0 } = key.algorithm as { readonly modulusLength?: number }
  if (modulusLength < LEAST_BITS) return yield* noKey
  const recipient: Recipient = {
    seal: (text) =>
      Effect.tryPromise({
        try: () => crypto.subtle.encrypt(ALGORITHM, key, new TextEncoder().encode(text)),
        catch: () => tooLong
      }).pipe(Effect.map((sealed) => new Uint8Array(sealed).toBase64()))
  }
  return recipient
})
