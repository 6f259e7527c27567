/** `bun run redaction`: what is found in the corpora, by kind, and what is taken from harmless texts. */
import { Console, Effect } from "effect"
import { redact } from "../src/domain/redact.ts"
import { harmless, sensitive } from "../test/domain/redactionCorpus.ts"
import { hidingReport, personalReport } from "./personal.ts"

const ROUNDS = 200

const isHidden = ({ hide, text }: (typeof sensitive)[number]) => {
  const shown = redact(text)
  return hide.every((secret) => !shown.includes(secret))
}

const recall = [...Map.groupBy(sensitive, (line) => line.kind)].map(([kind, lines]) => {
  const found = lines.filter(isHidden).length
  return `${kind.padEnd(10)} ${found} of ${lines.length} hidden (${((100 * found) / lines.length).toFixed(0)} %)`
})

const changed = harmless.filter((line) => redact(line) !== line)

const before = performance.now()
for (let round = 0; round < ROUNDS; round++) for (const line of harmless) redact(line)
const microseconds = ((performance.now() - before) * 1_000) / ROUNDS / harmless.length

const report = [
  "Logs (src/domain/redact.ts)",
  "The tests' own corpus:",
  ...recall,
  `${changed.length} of ${harmless.length} harmless lines changed`,
  ...changed.map((line) => `  ${line} -> ${redact(line)}`),
  `${microseconds.toFixed(1)} µs per line`,
  ...hidingReport(redact),
  "",
  ...personalReport()
]
await Effect.runPromise(Console.log(report.join("\n")))
