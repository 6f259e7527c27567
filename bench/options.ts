/** What the command line asks for. */
import { parseArgs } from "node:util"
import { Data, Effect } from "effect"
import { type SystemName, systemNames } from "./systems/System.ts"

export class WrongOption extends Data.TaggedError("WrongOption")<{ readonly message: string }> {}

export const measureNames = ["enqueue", "bulk", "drain", "latency", "history", "idle"] as const
export type MeasureName = (typeof measureNames)[number]

export interface Amounts {
  readonly enqueue: number
  readonly bulk: number
  /** Also of `history`. */
  readonly drain: number
  readonly latency: number
  /** Finished jobs that are there already. */
  readonly history: number
  readonly idleSeconds: number
}

export interface Options {
  readonly systems: ReadonlyArray<SystemName>
  readonly measures: ReadonlyArray<MeasureName>
  readonly rounds: number
  readonly amounts: Amounts
}

const FULL: Amounts = {
  enqueue: 4_000,
  bulk: 20_000,
  drain: 20_000,
  latency: 200,
  history: 1_000_000,
  idleSeconds: 30
}
const QUICK: Amounts = { enqueue: 1_000, bulk: 5_000, drain: 5_000, latency: 100, history: 50_000, idleSeconds: 10 }

const USAGE = `bun run bench [--only ${systemNames.join(",")}] [--measure ${measureNames.join(",")}] [--rounds 3] [--quick]`

const wrong = (problem: string) => new WrongOption({ message: `${problem}\n${USAGE}` })

const chosen = <A extends string>(text: string | undefined, all: ReadonlyArray<A>) =>
  Effect.gen(function* () {
    if (text === undefined) return all
    const names = text.split(",")
    const unknown = names.find((name) => !all.some((each) => each === name))
    if (unknown !== undefined) return yield* wrong(`"${unknown}" is none of: ${all.join(", ")}.`)
    return all.filter((each) => names.includes(each))
  })

export const parseOptions = (args: ReadonlyArray<string>): Effect.Effect<Options, WrongOption> =>
  Effect.gen(function* () {
    const { values } = yield* Effect.try({
      try: () =>
        parseArgs({
          args: [...args],
          options: {
            only: { type: "string" },
            measure: { type: "string" },
            rounds: { type: "string" },
            quick: { type: "boolean", default: false }
          }
        }),
      catch: (cause) => wrong(cause instanceof Error ? cause.message : String(cause))
    })
    const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))
    if (!Number.isInteger(rounds) || rounds < 1) return yield* wrong("--rounds must be a whole number above 0.")
    return {
      systems: yield* chosen(values.only, systemNames),
      measures: yield* chosen(values.measure, measureNames),
      rounds,
      amounts: values.quick ? QUICK : FULL
    }
  })
