/**
 * The keys that seal secrets, as `CALLBOARD_SECRET_KEY` lists them: the first seals, all open. A key is known by an id
 * that is made from it, so that a sealed value says which key opens it.
 */
import { createHash } from "node:crypto"

export const KEY_BYTES = 32

export interface SealingKey {
  readonly id: string
  readonly bytes: Buffer
}

export interface SecretKeyring {
  /** Seals. */
  readonly first: SealingKey
  /** Has been here longest. */
  readonly last: SealingKey
  readonly find: (id: string) => SealingKey | undefined
  readonly ids: ReadonlyArray<string>
}

const textsOf = (list: string): ReadonlyArray<string> => list.split(",").map((text) => text.trim())

/** Node reads base64 leniently: what is written back has to be what was there. */
const isKey = (text: string): boolean => {
  const bytes = Buffer.from(text, "base64")
  return bytes.length === KEY_BYTES && bytes.toString("base64").replace(/=+$/u, "") === text.replace(/=+$/u, "")
}

/** Whether a list of keys in base64, separated by commas, can be used. */
export const isKeyList = (list: string): boolean => textsOf(list).every(isKey)

const keyOf = (text: string): SealingKey => {
  const bytes = Buffer.from(text, "base64")
  return { bytes, id: createHash("sha256").update("callboard key id").update(bytes).digest("hex").slice(0, 8) }
}

export const keyringOf = (list: string): SecretKeyring => {
  const keys = textsOf(list).map(keyOf)
  const byId = new Map(keys.map((key) => [key.id, key]))
  return { first: keys[0]!, last: keys.at(-1)!, find: (id) => byId.get(id), ids: [...byId.keys()] }
}
