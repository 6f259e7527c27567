/** Which jobs a run creates: a random mix, and for each job the end that its script implies. */
import type { CreateJob } from "../src/domain/Jobs.ts"
import type { Dice } from "./Dice.ts"
import { MOST_STEPS, type ScriptInput } from "./jobTypes.ts"

export type Kind = "quick" | "short" | "long" | "flaky" | "hopeless" | "fatal" | "overlong"

/** How a job of this kind ends when nobody cancels it and it has what it depends on. */
export const naturalEnd: Readonly<Record<Kind, { readonly status: string; readonly code?: string }>> = {
  quick: { status: "completed" },
  short: { status: "completed" },
  long: { status: "completed" },
  flaky: { status: "completed" },
  hopeless: { status: "failed", code: "SERVICE_UNAVAILABLE" },
  fatal: { status: "failed", code: "PERMISSION_DENIED" },
  overlong: { status: "failed", code: "TIMEOUT" }
}

export interface Ordered {
  /** The harness's name for the job: its `clientRef`. */
  readonly ref: string
  readonly kind: Kind
  readonly request: CreateJob
  /** Harness's names of the jobs that it needs. */
  readonly needs: ReadonlyArray<string>
}

/** Jobs that are created by one call: alone, or as a batch. */
export interface Order {
  readonly key: string
  readonly jobs: ReadonlyArray<Ordered>
}

const KEYS = ["red", "green", "blue", "black", "white", "brown"]
const DEDUPE_KEYS = ["menu", "prices"]

const shapes: Readonly<Record<Kind, (dice: Dice) => Partial<ScriptInput>>> = {
  quick: (dice) => ({ ticks: 2, tickMs: dice.between(5, 100) }),
  short: (dice) => ({ ticks: 4, tickMs: dice.between(20, 100) }),
  // Up to 10 s: longer than two beats, and long enough to be cut off.
  long: (dice) => ({ steps: MOST_STEPS, ticks: 10, tickMs: dice.between(50, 250) }),
  flaky: (dice) => ({ steps: 2, ticks: 2, tickMs: 40, ending: "flaky", failures: dice.between(1, 3) }),
  hopeless: () => ({ steps: 1, ticks: 2, tickMs: 40, ending: "hopeless" }),
  fatal: () => ({ ticks: 2, tickMs: 40, ending: "fatal" }),
  overlong: () => ({ ticks: 1_000, tickMs: 100 })
}

const rest: Readonly<Record<Kind, Partial<CreateJob>>> = {
  quick: {},
  short: {},
  long: {},
  flaky: { maxRetries: 3 },
  hopeless: { maxRetries: 2 },
  fatal: { maxRetries: 2 },
  overlong: { maxRetries: 1, timeoutMs: 1_500 }
}

const plain: ScriptInput = { ref: "", steps: 0, ticks: 1, tickMs: 1, ending: "well", failures: 0 }

export const makeOrders = (dice: Dice) => {
  let count = 0
  const job = (kind: Kind, more: Partial<CreateJob> = {}, needs: ReadonlyArray<string> = []): Ordered => {
    const ref = `${kind}-${++count}`
    return {
      ref,
      kind,
      needs,
      request: {
        jobType: kind === "quick" ? "chaos-quick" : "chaos-default",
        input: { ...plain, ...shapes[kind](dice), ref },
        clientRef: ref,
        priority: dice.between(-2, 2),
        ...rest[kind],
        ...(needs.length > 0 && { dependsOn: needs }),
        ...more
      }
    }
  }
  const alone = (one: Ordered): Order => ({ key: `order-${one.ref}`, jobs: [one] })

  /** Two roots, and jobs that need them: met, failed directly, failed through another, and not minding. */
  const family = (): Order => {
    const good = job(dice.oneOf(["short", "long", "flaky"]))
    const bad = job(dice.oneOf(["fatal", "hopeless"]))
    const onGood = job("short", {}, [good.ref])
    const onBad = job("quick", {}, [bad.ref])
    const through = job("short", {}, [onBad.ref])
    const minding = job("quick", {}, [onGood.ref, good.ref])
    const careless = job("quick", { onDependencyFailure: "run" }, [onGood.ref, bad.ref, through.ref])
    return { key: `order-${good.ref}`, jobs: [good, bad, onGood, onBad, through, minding, careless] }
  }
  const batch = (least: number, most: number): Order => {
    const jobs = Array.from({ length: dice.between(least, most) }, () => job("quick"))
    return { key: `order-${jobs[0]!.ref}`, jobs }
  }
  /** More than all workers have places for, so that some are claimed ahead when a worker dies. */
  const flood = () => batch(80, 160)
  /** Jobs that have to take turns; sometimes one of them is long enough to lose its lease meanwhile. */
  const turns = (): Order => {
    const concurrencyKey = dice.oneOf(KEYS)
    const jobs = Array.from({ length: dice.between(2, 12) }, () => {
      const kind = dice.oneOf<Kind>(["quick", "quick", "quick", "short", "flaky"])
      return job(dice.chance(0.03) ? "long" : kind, { concurrencyKey })
    })
    return { key: `order-${jobs[0]!.ref}`, jobs }
  }
  const keyed = () => alone(job(dice.oneOf<Kind>(["quick", "short", "flaky"]), { concurrencyKey: dice.oneOf(KEYS) }))
  const kinds: ReadonlyArray<() => Order> = [
    () => batch(5, 25),
    () => batch(5, 25),
    flood,
    family,
    turns,
    turns,
    keyed,
    () => alone(job("quick")),
    () => alone(job("short")),
    () => alone(job("long")),
    () => alone(job("flaky")),
    () => alone(job(dice.oneOf(["hopeless", "fatal", "overlong"]))),
    () => alone(job("short", { dedupeKey: dice.oneOf(DEDUPE_KEYS) }))
  ]
  /** Enough for all workers, so that the first fault meets jobs that run. */
  const opening = (): Order => ({ key: "opening", jobs: Array.from({ length: 20 }, () => job("long")) })
  return { next: () => (count === 0 ? opening() : dice.oneOf(kinds)()) }
}
