/** The key that seals secrets: the configured one, or one that is made once and kept in the data directory. */
import { randomBytes } from "node:crypto"
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Redacted, Schema } from "effect"
import { messageOf } from "../domain/messageOf.ts"
import { isKeyList, KEY_BYTES, keyringOf } from "./SecretKeyring.ts"

export class SecretKeyUnusable extends Schema.TaggedError<SecretKeyUnusable>()("SecretKeyUnusable", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `The secret key in ${this.path} cannot be used (${this.reason}). Put the right file back, or set CALLBOARD_SECRET_KEY.`
  }
}

const isAlreadyThere = (cause: unknown) => cause instanceof Error && "code" in cause && cause.code === "EEXIST"

/** Written under another name first and linked into place, so that no other process can read half a key. */
const makeOnce = (path: string) => {
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, randomBytes(KEY_BYTES).toString("base64"), { mode: 0o600 })
  try {
    linkSync(unfinished, path)
  } catch (cause) {
    if (!isAlreadyThere(cause)) throw cause
  } finally {
    rmSync(unfinished, { force: true })
  }
}

const pathIn = (dataDirectory: string) => join(dataDirectory, "secret.key")

const unusable = (path: string) => (cause: unknown) => new SecretKeyUnusable({ path, reason: messageOf(cause) })

/** The keys that a start would use, by their ids; none where it would make one. */
export const secretKeyIds = (dataDirectory: string, configured: Redacted.Redacted | undefined) => {
  const path = pathIn(dataDirectory)
  return Effect.try({
    try: (): ReadonlyArray<string> => {
      if (configured !== undefined) return keyringOf(Redacted.value(configured)).ids
      const kept = existsSync(path) ? readFileSync(path, "utf8").trim() : ""
      return isKeyList(kept) ? keyringOf(kept).ids : []
    },
    catch: unusable(path)
  })
}

export const loadSecretKey = (dataDirectory: string): Effect.Effect<Redacted.Redacted, SecretKeyUnusable> => {
  const path = pathIn(dataDirectory)
  return Effect.try({
    try: () => {
      makeOnce(path)
      return readFileSync(path, "utf8").trim()
    },
    catch: unusable(path)
  }).pipe(
    Effect.filterOrFail(
      isKeyList,
      () => new SecretKeyUnusable({ path, reason: `it does not hold ${KEY_BYTES} bytes` })
    ),
    Effect.map((key) => Redacted.make(key))
  )
}
