import { expect } from "bun:test"
import { Effect } from "effect"
import { runSoak } from "../../soak/runSoak.ts"
import { it } from "../support/effect.ts"

/** A short run; `bun run soak` is the long one, which also judges the memory. */
it.live(
  "leaves no process and no temporary file behind, however its jobs end",
  () =>
    Effect.gen(function* () {
      const { broken, ends, kills, readings } = yield* runSoak({ jobs: 12, kills: 1 })

      expect(broken).toEqual([])
      expect(Object.fromEntries(ends)).toEqual({ ELEMENT_NOT_FOUND: 3, cancelled: 2, completed: 7 })
      expect(kills).toBe(1)
      expect(readings.at(-1)).toMatchObject({ jobs: 12 })
    }),
  120_000
)
