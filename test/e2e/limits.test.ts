import { expect } from "bun:test"
import { join } from "node:path"
import { Effect } from "effect"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

it.live(
  "limits addresses as its settings say, and tells the clients of a proxy apart",
  () =>
    Effect.gen(function* () {
      const env = { CALLBOARD_ADDRESS_RATE_LIMIT: "1", CALLBOARD_RATE_LIMIT: "7", CALLBOARD_TRUSTED_PROXIES: "1" }
      const callboard = yield* startCallboard({ dataDirectory: join(yield* temporaryDirectory, "data"), env })
      // Without a key nobody is served through a proxy.
      const made = yield* callboard.json<{ readonly data: { readonly secret: string } }>("/api/keys", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name: "Limits", role: "viewer" })
      })
      const from = (address: string) =>
        callboard.json<{ readonly code?: string }>("/api/lanes", {
          headers: { "X-Forwarded-For": address, Authorization: `Bearer ${made.body.data.secret}` }
        })

      // 10 may come at once, and one more each second.
      const answers = yield* Effect.all(
        Array.from({ length: 60 }, () => from("203.0.113.1")),
        { concurrency: 60 }
      )
      const refused = answers.filter(({ status }) => status === 429)
      const other = yield* from("203.0.113.2")

      expect(refused.length).toBeGreaterThan(0)
      expect(refused[0]?.body.code).toBe("RATE_LIMITED")
      expect(Number(refused[0]?.headers.get("Retry-After"))).toBeGreaterThan(0)
      expect(other.status).toBe(200)
      expect(other.headers.get("RateLimit-Policy")).toBe('"requests";q=70;w=10')
    }),
  120_000
)
