import { expect } from "bun:test"
import { join } from "node:path"
import { Effect } from "effect"
import { Webhook } from "standardwebhooks"
import { eventually, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { receiver } from "../support/webhookServices.ts"

it.live(
  "tells a receiver what a process that was killed had no time to tell",
  () =>
    Effect.gen(function* () {
      const { received, url } = yield* receiver()
      const options = {
        dataDirectory: join(yield* temporaryDirectory, "data"),
        env: {
          CALLBOARD_CONFIG: join(import.meta.dir, "fixtures/job-types.ts"),
          CALLBOARD_WEBHOOK_PRIVATE_ADDRESSES: "127.0.0.1"
        }
      }
      const first = yield* startCallboard(options)
      const { body } = yield* first.post<{ data: { secret: string } }>("/api/webhooks", {
        url,
        events: ["job.cancelled"]
      })
      const { id, jobId } = yield* first.create(
        "gated",
        { journal: "/dev/null", gate: "/nowhere" },
        { runAt: "2199-01-01T00:00:00Z" }
      )
      yield* first.post(`/api/jobs/${id}/cancel`, {})
      yield* first.signal("SIGKILL")

      yield* startCallboard(options)
      const { body: text, headers } = yield* eventually(Effect.sync(() => received[0]))

      const event = new Webhook(body.data.secret).verify(text, Object.fromEntries(headers))
      expect(event).toMatchObject({ type: "job.cancelled", data: { job: { jobId, status: "cancelled" } } })
    }),
  60_000
)
