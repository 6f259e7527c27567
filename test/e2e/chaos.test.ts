import { expect } from "bun:test"
import { Duration, Effect } from "effect"
import { runChaos } from "../../chaos/runChaos.ts"
import { it } from "../support/effect.ts"

/** A short run with most kinds of faults; `bun run chaos` is the long one. */
it.live(
  "keeps every promise while workers die, freeze and stop, and the database goes away",
  () =>
    Effect.gen(function* () {
      const { broken, evidence, faults } = yield* runChaos({
        seed: 20_260_107,
        duration: Duration.seconds(9),
        gap: { least: 900, most: 1_100 },
        first: ["freeze", "kill", "partition", "immediate", "terminate", "fast"],
        drainLimit: Duration.seconds(60)
      })

      expect(Object.fromEntries(broken)).toEqual({})
      expect(faults.size).toBeGreaterThanOrEqual(6)
      // How many attempts a killed worker had in hand is a matter of how busy the machine is.
      expect([...faults.keys()]).toEqual(expect.arrayContaining(["freeze", "kill"]))
      expect(evidence.attempts.length).toBeGreaterThan(100)
    }),
  120_000
)
