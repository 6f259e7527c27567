/** Prints how much of what is personal is found in the corpus of the tests, and what is taken out by mistake. */

import { measureRedaction } from "../test/support/measureRedaction.ts"
import { CORPUS, HARMLESS } from "../test/support/personalCorpus.ts"

const all = measureRedaction([...CORPUS, ...HARMLESS])
const percent = (part: number, whole: number) => `${((part / whole) * 100).toFixed(1)} %`

const lines = [
  ...[...all.byKind].map(([kind, { found, of }]) => `${kind.padEnd(10)} ${found} of ${of} (${percent(found, of)})`),
  `${"all".padEnd(10)} ${all.found} of ${all.of} (${percent(all.found, all.of)})`,
  `missed: ${all.missed.join("; ") || "nothing"}`,
  `taken out by mistake: ${all.mistaken.length} in ${all.words} words${all.mistaken.map((each) => `; ${each}`).join("")}`
]
process.stdout.write(`${lines.join("\n")}\n`)
