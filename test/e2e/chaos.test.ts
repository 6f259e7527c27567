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
        // Each of the first once, and no more.
        duration: Duration.zero,
        gap: { least: 900, most: 1_100 },
        first: ["freeze", "kill", "partition", "immediate", "terminate", "fast"],
        drainLimit: Duration.seconds(60)
      })

      expect(Object.fromEntries(broken)).toEqual({})
      expect([...faults.values()]).toEqual([1, 1, 1, 1, 1, 1])
      expect(evidence.attempts.filter(({ outcome }) => outcome === "lost").length).toBeGreaterThan(0)
    }),
  120_000
)
