/** What can happen to the queue, as plain values: fast-check makes them at random, shrinks and prints them. */
import fc from "fast-check"
import type { ShownStatus } from "../../src/domain/JobStatus.ts"
import type { BulkAction } from "../../src/domain/Jobs.ts"

export const typesOf = { idle: "default", other: "default", browse: "browser" } as const
export type TypeName = keyof typeof typesOf
export type LaneName = (typeof typesOf)[TypeName]

/** `again` is the process that `a` becomes when it is started once more. */
export const workers = {
  a: { name: "a", places: { default: 2, browser: 1 }, types: ["idle", "other", "browse"] },
  b: { name: "b", places: { default: 1 }, types: ["idle"] },
  again: { name: "a", places: { default: 2, browser: 1 }, types: ["idle", "other", "browse"] }
} as const satisfies Record<
  string,
  { name: string; places: Partial<Record<LaneName, number>>; types: ReadonlyArray<TypeName> }
>
export type WorkerKey = keyof typeof workers

/** A number that stands for one of however many there are at the time. */
type Pick = number

export interface NewJob {
  readonly type: TypeName
  readonly priority: number
  readonly organisation: string
  readonly startInSeconds?: number
  readonly expireInSeconds?: number
  readonly concurrencyKey?: string
  readonly dedupeKey?: string
  readonly needs: ReadonlyArray<Pick>
  /** Positions in the same batch. */
  readonly peers: ReadonlyArray<number>
  readonly onFailure?: "fail" | "run"
}

export type Ending = "Completed" | "Failed" | "RetryLater" | "Cancelled" | "Released"

export type Command =
  | { readonly do: "create"; readonly job: NewJob }
  | { readonly do: "createBatch"; readonly jobs: ReadonlyArray<NewJob>; readonly backwards: boolean }
  | { readonly do: "claim"; readonly worker: WorkerKey; readonly lane: LaneName; readonly limit: number }
  | { readonly do: "settle"; readonly lease: Pick; readonly stale: boolean; readonly ending: Ending }
  | { readonly do: "startStep"; readonly lease: Pick; readonly stale: boolean; readonly step: number }
  | {
      readonly do: "endStep"
      readonly lease: Pick
      readonly stale: boolean
      readonly step: number
      readonly outcome: "completed" | "failed"
      readonly keep: boolean
    }
  | { readonly do: "beat"; readonly worker: WorkerKey; readonly phase: "claiming" | "draining" }
  | { readonly do: "leave"; readonly worker: WorkerKey }
  | { readonly do: "passTime"; readonly seconds: number }
  | { readonly do: "rescue"; readonly worker: WorkerKey; readonly holding: boolean }
  | { readonly do: "expire" }
  | { readonly do: "overdue"; readonly graceSeconds: number }
  | { readonly do: "cancel"; readonly job: Pick; readonly any: boolean }
  | { readonly do: "retry"; readonly job: Pick; readonly any: boolean; readonly from: string }
  | { readonly do: "remove"; readonly job: Pick; readonly any: boolean }
  | { readonly do: "look"; readonly job: Pick; readonly any: boolean }
  | { readonly do: "pauseLane" | "resumeLane"; readonly lane: LaneName }
  | { readonly do: "pauseType" | "resumeType"; readonly type: TypeName }
  | {
      readonly do: "applyToMany"
      readonly action: BulkAction
      readonly status: ReadonlyArray<ShownStatus>
      readonly after: Pick
      readonly until: Pick
      readonly most: number
    }

const pick = fc.nat({ max: 30 })
const lane = fc.constantFrom<LaneName>("default", "default", "default", "browser")
const worker = fc.constantFrom<WorkerKey>("a", "a", "b", "again")
const type = fc.constantFrom<TypeName>("idle", "idle", "idle", "other", "browse")

const retryFrom = fc.constantFrom("checkpoint", "checkpoint", "start", "first", "second", "nowhere")

/** True once in `n`. */
const rarely = (n: number) => fc.nat({ max: n - 1 }).map((value) => value === n - 1)

const sometimes = <A>(value: fc.Arbitrary<A>) => fc.option(value, { nil: undefined, freq: 2 })

const present = <A extends object>(value: A) =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof A]: Exclude<A[K], undefined>
  }

// Every wait ends 5 s beside the moments that `passTime` can reach, so that the seconds a run takes decide nothing.
const newJob: fc.Arbitrary<NewJob> = fc
  .record({
    type,
    priority: fc.constantFrom(0, 0, 0, 5, -5),
    organisation: fc.constantFrom("default", "default", "alpha", "zulu"),
    startInSeconds: sometimes(fc.constantFrom(45, 605, -605)),
    expireInSeconds: sometimes(fc.constantFrom(605, 1_205)),
    concurrencyKey: sometimes(fc.constantFrom("one", "two")),
    dedupeKey: sometimes(fc.constantFrom("one", "two")),
    needs: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(pick, { maxLength: 2 })),
    peers: fc.array(fc.nat({ max: 3 }), { maxLength: 2 }),
    onFailure: sometimes(fc.constantFrom("fail" as const, "run" as const))
  })
  // A dedupe key is looked up among the jobs of the default organisation.
  .map(({ dedupeKey, ...job }) =>
    present({ ...job, dedupeKey: job.organisation === "default" ? dedupeKey : undefined })
  )

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("create" as const), job: newJob }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("createBatch" as const),
      jobs: fc.array(newJob, { minLength: 1, maxLength: 4 }),
      backwards: fc.boolean()
    })
  },
  {
    weight: 9,
    arbitrary: fc.record({ do: fc.constant("claim" as const), worker, lane, limit: fc.constantFrom(1, 1, 2, 4, 5) })
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      lease: pick,
      stale: rarely(4),
      ending: fc.constantFrom<Ending>("Completed", "Failed", "RetryLater", "RetryLater", "Cancelled", "Released")
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("startStep" as const),
      lease: pick,
      stale: rarely(4),
      step: fc.nat({ max: 1 })
    })
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("endStep" as const),
      lease: pick,
      stale: rarely(4),
      step: fc.nat({ max: 1 }),
      outcome: fc.constantFrom("completed" as const, "failed" as const),
      keep: fc.boolean()
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("beat" as const),
      worker,
      phase: fc.constantFrom("claiming" as const, "claiming" as const, "draining" as const)
    })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), worker }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("passTime" as const), seconds: fc.constantFrom(10, 40, 600, 90_000) })
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("rescue" as const), worker, holding: rarely(2) }) },
  { weight: 1, arbitrary: fc.constant({ do: "expire" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("overdue" as const), graceSeconds: fc.constantFrom(0, 60) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("cancel" as const), job: pick, any: rarely(6) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("retry" as const),
      job: pick,
      any: rarely(6),
      from: retryFrom
    })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), job: pick, any: rarely(4) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("look" as const), job: pick, any: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("pauseLane" as const, "resumeLane" as const), lane }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("pauseType" as const, "resumeType" as const), type }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("applyToMany" as const),
      action: fc.constantFrom("cancel" as const, "retry" as const),
      status: fc.constantFrom<ReadonlyArray<ShownStatus>>(
        [],
        ["failed"],
        ["failed", "cancelled"],
        ["pending", "scheduled", "retry_wait"],
        ["in_progress", "completed"]
      ),
      after: pick,
      until: pick,
      most: fc.constantFrom(1, 3, 20)
    })
  }
)

const passTime = (seconds: number): Command => ({ do: "passTime", seconds })
const beatsAfter10 = (worker: WorkerKey): ReadonlyArray<Command> => [
  passTime(10),
  { do: "beat", worker, phase: "claiming" }
]

/** Workers that die under what they claim, again and again: chance alone would hardly do that to one job three times. */
const crashes = fc
  .record({
    worker,
    rescuer: worker,
    lane,
    holding: rarely(3),
    times: fc.integer({ min: 1, max: 3 }),
    witnessed: fc.boolean()
  })
  .map(({ holding, lane, rescuer, times, witnessed, worker }) =>
    Array.from(
      { length: times },
      (): ReadonlyArray<Command> => [
        { do: "claim", worker, lane, limit: 5 },
        ...(witnessed ? Array.from({ length: 4 }, () => beatsAfter10(rescuer)).flat() : [passTime(40)]),
        { do: "rescue", worker: rescuer, holding }
      ]
    ).flat()
  )

/** An attempt that keeps the output of both steps and then ends: what a retry goes on from, or forgets. */
const attempts = fc
  .record({ lease: pick, ending: fc.constantFrom<Ending>("Failed", "Cancelled"), job: pick, from: retryFrom })
  .map(
    ({ ending, from, job, lease }): ReadonlyArray<Command> => [
      ...[0, 1].flatMap(
        (step): ReadonlyArray<Command> => [
          { do: "startStep", lease, stale: false, step },
          { do: "endStep", lease, stale: false, step, outcome: "completed", keep: true }
        ]
      ),
      { do: "settle", lease, stale: false, ending },
      { do: "retry", job, any: false, from }
    ]
  )

/** Begins with work, because nothing can be done without. */
const sequence = fc
  .tuple(
    fc.array(newJob, { maxLength: 8 }),
    fc.array(
      fc.oneof(
        { weight: 20, arbitrary: command.map((one): ReadonlyArray<Command> => [one]) },
        { weight: 1, arbitrary: crashes },
        { weight: 1, arbitrary: attempts }
      ),
      { maxLength: 32, size: "max" }
    )
  )
  .map(
    ([jobs, rest]): ReadonlyArray<Command> => [...jobs.map((job) => ({ do: "create" as const, job })), ...rest.flat()]
  )

/** Not the short ones first, as fast-check likes it: what goes wrong in the queue needs some history. */
export const commands = fc.noBias(sequence)
