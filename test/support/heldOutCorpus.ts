/**
 * Texts that were written from general knowledge of names, numbers and addresses, before anybody looked at the rules:
 * one file a language, marked as in `personalCorpus.ts`. Marks of other kinds stand for look-alikes that have to stay.
 * The rules learn from one half only; what they miss in the other is counted and never shown.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const FOLDER = join(import.meta.dir, "heldOut")

export type Half = "learned" | "unseen"

interface HeldOutTexts {
  /** "de"; "records" for what programs write. */
  readonly language: string
  readonly texts: ReadonlyArray<string>
}

/** Every second line of each language belongs to the other half. */
const isOf = (half: Half, index: number): boolean => (index % 2 === 0) === (half === "learned")

export const heldOutCorpus = (half: Half): ReadonlyArray<HeldOutTexts> =>
  readdirSync(FOLDER)
    .toSorted()
    .map((file) => ({
      language: file.replace(/\.txt$/u, ""),
      texts: readFileSync(join(FOLDER, file), "utf8")
        .trim()
        .split("\n")
        .filter((_, index) => isOf(half, index))
        .map((line) => line.replaceAll("\\n", "\n"))
    }))

/** All names of the corpus in sentences that tell nothing of who that is. */
export const namesAlone = (): ReadonlyArray<string> =>
  (["learned", "unseen"] as const)
    .flatMap(heldOutCorpus)
    .flatMap(({ texts }) => texts.flatMap((text) => text.match(/\{name\|[^}]*\}/gu) ?? []))
    .map((name) => `Yesterday ${name} saw the harbour.`)
