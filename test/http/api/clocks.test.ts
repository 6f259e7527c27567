import { expect } from "bun:test"
import { Effect } from "effect"
import { realApi } from "../../support/RealApi.ts"
import { idle } from "../../support/scripts.ts"
import { HOURS_2, setClock } from "../../support/wallClock.ts"

const onRealApi = realApi([idle])

type Handler = (request: Request) => Promise<Response>

const post = (handler: Handler, path: string, body: unknown) =>
  Effect.promise(async () => {
    const response = await handler(
      new Request(`http://localhost${path}`, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" }
      })
    )
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  })

const job = { jobType: idle.name, input: {} }

onRealApi("creates jobs again when a clock that was hours ahead is right again", ({ handler }) =>
  Effect.gen(function* () {
    const before = yield* Effect.scoped(Effect.andThen(setClock(HOURS_2), post(handler, "/api/jobs", job)))

    const one = yield* post(handler, "/api/jobs", job)
    const many = yield* post(handler, "/api/jobs/batch", { jobs: [job, job] })

    expect([before.status, one.status, many.status]).toEqual([503, 202, 202])
  })
)

for (const [way, byMs] of [
  ["ahead", HOURS_2],
  ["behind", -HOURS_2]
] as const)
  onRealApi(`says that the clocks differ while its own is hours ${way}`, ({ handler }) =>
    Effect.gen(function* () {
      yield* setClock(byMs)

      const answers = [yield* post(handler, "/api/jobs", job), yield* post(handler, "/api/jobs/batch", { jobs: [job] })]

      for (const { json, status } of answers) {
        expect(status).toBe(503)
        expect(json.detail).toBe(
          "Nothing was created. The clocks of this server and its database differ by 2h. Set them right, best with NTP."
        )
      }
    })
  )
