/** That the proofs of a chaos run can fail: each is shown an honest history, and the same with one lie in it. */
import { expect, test } from "bun:test"
import type { Evidence, JobRow } from "../../chaos/Evidence.ts"
import type { Line } from "../../chaos/Journal.ts"
import type { Ordered } from "../../chaos/orders.ts"
import { proofs } from "../../chaos/proofs/all.ts"
import { attemptsAddUp, nothingAfterCancel, retriesAreFailures } from "../../chaos/proofs/attempts.ts"
import { dependenciesHold } from "../../chaos/proofs/dependencies.ts"
import { nothingLost, oneLivePerDedupeKey, rightEnds } from "../../chaos/proofs/ends.ts"
import { nothingLeft } from "../../chaos/proofs/leftovers.ts"
import { awakeningDeeds, noTwoOfOneJob, noTwoOfOneKey, nothingAfterTheLease } from "../../chaos/proofs/overlaps.ts"
import { noStepTwice, outputsAreKept } from "../../chaos/proofs/steps.ts"

const T = Date.UTC(2026, 0, 1)
const at = (ms: number) => new Date(T + ms)

const job = (ref: string, more: Partial<JobRow> = {}): JobRow => ({
  ref,
  id: ref,
  status: "completed",
  attempt: 1,
  retryCount: 0,
  maxRetries: 3,
  crashCount: 0,
  errorCode: null,
  createdAt: at(0),
  startedAt: at(100),
  completedAt: at(200),
  concurrencyKey: "red",
  dedupeKey: null,
  onDependencyFailure: "fail",
  ...more
})

const order = (ref: string, needs: ReadonlyArray<string> = []): readonly [string, Ordered] => [
  ref,
  { ref, kind: "long", needs, request: { jobType: "chaos-default", input: {} } }
]

const line = (ms: number, pid: number, what: Line["what"], ref?: string, attempt?: number, output?: string): Line => ({
  at: T + ms,
  pid,
  what,
  ...(ref !== undefined && { ref }),
  ...(attempt !== undefined && { attempt }),
  ...(output !== undefined && { step: "step-1", output })
})

/** `a` is lost in process 1, which is frozen over the end of its lease, and completes in process 2; `b` needs it. */
const honestLines = [
  line(100, 1, "begin", "a", 1),
  line(110, 1, "step", "a", 1, "x"),
  line(120, 1, "kept", "a", 1, "x"),
  line(130, 1, "stopped"),
  line(1_000, 2, "begin", "a", 2),
  line(1_010, 2, "kept", "a", 2, "x"),
  line(1_015, 1, "continued"),
  line(1_016, 1, "tick", "a", 1),
  line(1_017, 1, "interrupted", "a", 1),
  line(1_020, 2, "end", "a", 2),
  line(1_100, 2, "begin", "b", 1),
  line(1_110, 2, "end", "b", 1)
]

const honest: Evidence = {
  ordered: new Map([order("a"), order("b", ["a"])]),
  cancels: new Map(),
  jobs: [job("a", { attempt: 2, crashCount: 1, completedAt: at(1_030) }), job("b", { completedAt: at(1_120) })],
  attempts: [
    { ref: "a", attempt: 1, outcome: "lost", startedAt: at(90), endedAt: at(900), crashed: true },
    { ref: "a", attempt: 2, outcome: "completed", startedAt: at(950), endedAt: at(1_030), crashed: false },
    { ref: "b", attempt: 1, outcome: "completed", startedAt: at(1_050), endedAt: at(1_120), crashed: false }
  ],
  checkpoints: [{ ref: "a", step: "step-1", attempt: 1, output: "x" }],
  lines: honestLines,
  leaseEnds: new Map([["a#1", T + 800]]),
  leftovers: { "rows of job_queue": 0 },
  problems: []
}

const withLine = (place: number, added: Line): Evidence => ({
  ...honest,
  lines: honestLines.toSpliced(place, 0, added)
})
const withJob = (index: number, more: Partial<JobRow>): Evidence => ({
  ...honest,
  jobs: honest.jobs.map((row, at) => (at === index ? { ...row, ...more } : row))
})

test("finds nothing in an honest history, and counts what a frozen process did when it went on", () => {
  const cases = proofs.flatMap((proof) => proof.broken(honest))

  expect(cases).toEqual([])
  expect(awakeningDeeds(honest)).toBe(1)
})

const awake = { ...honest, lines: honestLines.filter(({ what }) => what !== "stopped" && what !== "continued") }

const lies: ReadonlyArray<readonly [string, (typeof proofs)[number], Evidence]> = [
  ["a job that is gone", nothingLost, { ...honest, jobs: honest.jobs.slice(1) }],
  ["a job that nobody was told of", nothingLost, { ...honest, ordered: new Map([order("a")]) }],
  ["a job that still runs", rightEnds, withJob(1, { status: "in_progress" })],
  ["a job that was cancelled by nobody", rightEnds, withJob(1, { status: "cancelled" })],
  ["a cancelled job that completed", rightEnds, { ...honest, cancels: new Map([["b", "cancelled" as const]]) }],
  ["a crash that ended a job too early", rightEnds, withJob(0, { status: "failed", errorCode: "WORKER_CRASHED" })],
  [
    "two live jobs with one dedupe key",
    oneLivePerDedupeKey,
    {
      ...honest,
      jobs: [
        job("a", { dedupeKey: "menu", completedAt: at(2_000) }),
        job("b", { dedupeKey: "menu", createdAt: at(150) })
      ]
    }
  ],
  ["two attempts of one job at once", noTwoOfOneJob, awake],
  ["a process that works on long after it went on", noTwoOfOneJob, withLine(9, line(2_600, 1, "tick", "a", 1))],
  ["two jobs of one key at once", noTwoOfOneKey, withLine(11, line(1_105, 2, "tick", "a", 2))],
  ["work after the end of a lease", nothingAfterTheLease, awake],
  [
    "a start after the end of a lease",
    nothingAfterTheLease,
    {
      ...withLine(8, line(1_016, 1, "begin", "b", 1)),
      leaseEnds: new Map([["b#1", T + 800]])
    }
  ],
  ["a stored step that ran again", noStepTwice, withLine(5, line(1_005, 2, "step", "a", 2, "y"))],
  ["an output that is not the stored one", outputsAreKept, withLine(5, line(1_005, 2, "kept", "a", 2, "y"))],
  ["a gap in the attempts", attemptsAddUp, { ...honest, attempts: honest.attempts.slice(1) }],
  ["an attempt that ran twice", attemptsAddUp, withLine(5, line(1_005, 2, "begin", "a", 2))],
  ["a retry without a failure", retriesAreFailures, withJob(0, { retryCount: 1 })],
  ["a crash that is not in the history", retriesAreFailures, withJob(1, { crashCount: 1 })],
  ["a start after a cancellation", nothingAfterCancel, withLine(10, line(1_040, 9, "cancelAccepted", "b"))],
  ["a start before a dependency ended", dependenciesHold, withLine(11, line(1_105, 2, "tick", "a", 2))],
  ["a start in spite of a failed dependency", dependenciesHold, withJob(0, { status: "failed" })],
  ["a row that is left", nothingLeft, { ...honest, leftovers: { "rows of job_queue": 1 } }],
  ["a worker that ended badly", nothingLeft, { ...honest, problems: ["worker 1 ended with 1"] }]
]

for (const [lie, proof, evidence] of lies) {
  test(`finds ${lie}`, () => expect(proof.broken(evidence)).not.toEqual([]))
}
