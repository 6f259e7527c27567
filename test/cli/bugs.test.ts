import { expect } from "bun:test"
import { join } from "node:path"
import { Effect } from "effect"
import { commandLine } from "../support/CommandLine.ts"
import { it } from "../support/effect.ts"

const BROKEN_SERVER = join(import.meta.dir, "fixtures/brokenServer.ts")

it.live("tells of a bug once, without secrets, when a command dies of it", () =>
  Effect.gen(function* () {
    const { code, error } = yield* commandLine({ BUN_OPTIONS: `--preload=${BROKEN_SERVER}` })("start")

    expect(code).toBe(1)
    expect(error.match(/Callboard stopped because of a bug\. .*Cannot find what serves/gu)).toHaveLength(1)
    expect(error).not.toContain("hunter2")
  })
)
