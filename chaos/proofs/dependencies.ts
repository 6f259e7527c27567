/** Nobody starts before those it needs have ended, and, unless it does not mind, have ended well. */
import type { Line } from "../Journal.ts"
import { makeIsAwakening } from "./overlaps.ts"
import type { Proof } from "./Proof.ts"

/** The database's times are those of transaction starts: one that waited may bear the earlier time. */
const CLOCK_SLACK_MS = 1_000

export const dependenciesHold: Proof = {
  claim: "no job started before its dependencies had ended as its policy demands",
  broken: ({ jobs, lines, ordered }) => {
    const byRef = new Map(jobs.map((job) => [job.ref, job]))
    const began = new Map<string, { readonly place: number; readonly at: number }>()
    const lastDeed = new Map<string, { readonly place: number; readonly line: Line }>()
    const isAwakening = makeIsAwakening(lines)
    for (const [place, line] of lines.entries()) {
      const { at, attempt, ref, what } = line
      if (ref === undefined || attempt === undefined || what === "interrupted") continue
      if (!began.has(ref)) began.set(ref, { place, at })
      lastDeed.set(ref, { place, line })
    }
    return [...ordered.values()].flatMap(({ needs, ref }) => {
      const start = began.get(ref)
      if (start === undefined) return []
      return needs.flatMap((need) => {
        const needed = byRef.get(need)
        const isMet = needed?.status === "completed" || byRef.get(ref)?.onDependencyFailure === "run"
        const last = lastDeed.get(need)
        const isLate = last !== undefined && last.place > start.place && !isAwakening(last.line, start.at)
        const ended = needed?.completedAt?.getTime() ?? Number.POSITIVE_INFINITY
        return [
          ...(isMet ? [] : [`${ref} ran, and ${need}, which it needs, is ${needed?.status ?? "not there"}`]),
          ...(isLate ? [`${ref} began before the last deed of ${need}`] : []),
          ...(ended > start.at + CLOCK_SLACK_MS ? [`${ref} began before the end of ${need} was recorded`] : [])
        ]
      })
    })
  }
}
