import { expect } from "bun:test"
import { Effect } from "effect"
import { ask } from "../../src/cli/theServer.ts"
import { commandLine } from "../support/CommandLine.ts"
import { it } from "../support/effect.ts"

const CALLBOARD_URL = "CALLBOARD_URL"

/** A server that knows no job types. */
const server = Effect.acquireRelease(
  Effect.sync(() => Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json({ data: [] }) })),
  (running) => Effect.promise(() => running.stop(true))
)

it.live("goes straight to a server on this machine, whatever proxy is set", () =>
  Effect.gen(function* () {
    const { port } = yield* server
    // Nobody listens there.
    const proxies = { HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1", no_proxy: "", NO_PROXY: "" }
    const url = `http://127.0.0.1:${port}`

    const { error, out } = yield* commandLine({ ...proxies, CALLBOARD_URL: url })("types", "--json")

    expect([error, out]).toEqual(["", "[]"])
  })
)

it.live("says which variable holds a key that cannot be one", () =>
  Effect.gen(function* () {
    const { code, error } = yield* commandLine({ CALLBOARD_API_KEY: "cb_one\ncb_two" })("types")

    expect([code, error]).toEqual([1, "CALLBOARD_API_KEY must be a key alone, without spaces and line breaks."])
  })
)

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
