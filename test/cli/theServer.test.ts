import { expect } from "bun:test"
import { Effect } from "effect"
import { ask } from "../../src/cli/theServer.ts"
import { it } from "../support/effect.ts"

const CALLBOARD_URL = "CALLBOARD_URL"

it.live("takes an empty address for none", () =>
  Effect.gen(function* () {
    const before = process.env[CALLBOARD_URL]
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        if (before === undefined) delete process.env[CALLBOARD_URL]
        else process.env[CALLBOARD_URL] = before
      })
    )
    process.env[CALLBOARD_URL] = ""

    expect(yield* ask(() => Promise.resolve("asked"))).toBe("asked")
  })
)
