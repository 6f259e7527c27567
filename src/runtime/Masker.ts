/** Hides the secrets of one attempt in every text that leaves it. */
import { MASK } from "../domain/Secret.ts"

export type Masker = (text: string) => string

/** A secret also shows up as it is written in a URL or in JSON. */
const spellings = (secret: string) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]

export const makeMasker = (secrets: ReadonlyArray<string>): Masker => {
  const all = [...new Set(secrets.flatMap(spellings))]
    .filter((spelling) => spelling !== "")
    // The longest first, so that a secret which contains another one is hidden as a whole.
    .toSorted((a, b) => b.length - a.length)
  return (text) => all.reduce((masked, secret) => masked.replaceAll(secret, MASK), text)
}
