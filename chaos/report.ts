/** What a run did and what it proved, for people. */
import { Duration } from "effect"
import { proofs } from "./proofs/all.ts"
import { awakeningDeeds } from "./proofs/overlaps.ts"
import type { Verdict } from "./runChaos.ts"

/** Cases of one claim that are told; the journal has all. */
const MOST_CASES = 20

const tally = (words: Iterable<string>) => {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return listed(counts)
}

const listed = (counts: ReadonlyMap<string, number>) =>
  [...counts]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([word, count]) => `${word} ${count}`)
    .join(", ")

export const reportOf = ({ broken, deduplicated, directory, drained, evidence, faults }: Verdict): string => {
  const { attempts, cancels, jobs, leaseEnds, lines, ordered } = evidence
  const begun = lines.filter(({ what }) => what === "begin").length
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["jobs", `${jobs.length} (${tally(jobs.map(({ ref }) => ordered.get(ref)?.kind ?? "unknown"))})`],
    ["ends", tally(jobs.map(({ errorCode, status }) => (status === "failed" ? `${errorCode}` : status)))],
    ["with key", `${jobs.filter((job) => job.concurrencyKey !== null).length}`],
    ["with dependencies", `${[...ordered.values()].filter(({ needs }) => needs.length > 0).length}`],
    ["deduplicated", `${deduplicated}`],
    ["cancellations", tally(cancels.values())],
    ["faults", listed(faults)],
    ["attempts", `${attempts.length}, ${begun} of them began (${tally(attempts.map(({ outcome }) => `${outcome}`))})`],
    ["rescues", `${attempts.filter(({ outcome }) => outcome === "lost").length}`],
    ["leases watched", `${leaseEnds.size}`],
    ["deeds", `${lines.length}, ${awakeningDeeds(evidence)} of them in the moment after a stopped process went on`],
    ["drained in", Duration.format(drained)]
  ]
  const verdicts = proofs.map(({ claim }) => {
    const cases = broken.get(claim) ?? []
    const shown = cases.slice(0, MOST_CASES).map((each) => `\n      ${each}`)
    return cases.length === 0 ? `  proved  ${claim}` : `  BROKEN  ${claim}: ${cases.length} times${shown.join("")}`
  })
  const width = Math.max(...facts.map(([name]) => name.length))
  return [
    ...facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    "",
    ...verdicts,
    ...(broken.size === 0 ? [] : ["", `  Journal and logs: ${directory}`])
  ].join("\n")
}
