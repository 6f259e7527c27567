import { expect } from "bun:test"
import { Effect, Schema } from "effect"
import { type Caller, localCaller, Role } from "../../../src/domain/Caller.ts"
import { CreateWebhook, JobEvent } from "../../../src/domain/Webhook.ts"
import type { OpenApiDocument } from "../../../src/http/api/OpenApiDocument.ts"
import { it } from "../../support/effect.ts"
import { makeApi, readAnswer, toRequest } from "../calls.ts"
import { aDelivery, SECRET } from "../fakeWebhooks.ts"

const request = { url: "https://hooks.example.com/in", events: ["job.failed"] }

const withWebhook = Effect.gen(function* () {
  const api = yield* makeApi
  const answer = yield* api.call("POST", "/api/webhooks", { body: request })
  const { data } = answer.json as { readonly data: { readonly id: string } }
  return { ...api, answer, path: `/api/webhooks/${data.id}` }
})

it.effect("creates a webhook, shows its secret this once, and says where it is", () =>
  Effect.gen(function* () {
    const api = yield* withWebhook

    expect(api.answer.status).toBe(201)
    expect(api.answer.json).toMatchObject({ data: { ...request, enabled: true, filter: {}, secret: SECRET } })
    expect(api.answer.headers.get("Location")).toBe(api.path)
    for (const path of ["/api/webhooks", api.path, `${api.path}/deliveries`]) {
      expect(JSON.stringify((yield* api.call("GET", path)).json)).not.toContain("whsec_")
    }
  })
)

it.effect("names every wrong place of a body", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const refusal = (body: unknown) =>
      Effect.map(
        api.call("POST", "/api/webhooks", { body }),
        ({ json }) => json as { code: string; status: number; errors: ReadonlyArray<{ path: string }> }
      )

    const wrong = yield* refusal({
      url: "",
      events: ["job.exploded", "job.failed"],
      filter: { jobType: "", team: "x" },
      enabled: "yes",
      secret: "whsec_mine"
    })

    expect(wrong).toMatchObject({ status: 422, code: "VALIDATION_FAILED" })
    expect([...new Set(wrong.errors.map(({ path }) => path))].toSorted()).toEqual([
      "enabled",
      "events[0]",
      "filter.jobType",
      "filter.team",
      "secret",
      "url"
    ])
    expect(yield* refusal({ url: "http://10.0.0.1/", events: ["*"] })).toMatchObject({ errors: [{ path: "url" }] })
    expect(yield* refusal({ ...request, events: [] })).toMatchObject({ errors: [{ path: "events" }] })
    expect(yield* refusal({ ...request, description: "one too many" })).toMatchObject({ code: "TOO_MANY_WEBHOOKS" })
  })
)

it.effect("changes, tests, rotates and removes a webhook", () =>
  Effect.gen(function* () {
    const api = yield* withWebhook

    const off = yield* api.call("PATCH", api.path, { body: { enabled: false } })
    expect(off.json).toMatchObject({ data: { enabled: false, disabledBecause: "person" } })
    const test = yield* api.call("POST", `${api.path}/test`)
    expect([test.status, test.json]).toMatchObject([202, { data: { type: "webhook.test", attempts: [] } }])
    const again = yield* api.call("POST", `${api.path}/deliveries/${aDelivery.id}/retry`)
    expect([again.status, again.json]).toMatchObject([202, { data: { id: aDelivery.id, state: "pending" } }])
    const pruned = yield* api.call("POST", `${api.path}/deliveries/${api.path.split("/").at(-1)}/retry`)
    expect(pruned.json).toMatchObject({ status: 404, detail: expect.stringContaining("The webhook is there") })
    const rotated = yield* api.call("POST", `${api.path}/rotate-secret`)
    expect(rotated.json).toMatchObject({ data: { secret: SECRET, formerSecretUntil: expect.any(String) } })

    expect((yield* api.call("DELETE", api.path)).status).toBe(204)
    for (const [method, rest] of [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["GET", "/deliveries"],
      ["POST", "/test"],
      ["POST", `/deliveries/${aDelivery.id}/retry`],
      ["POST", "/rotate-secret"]
    ] as const) {
      for (const base of [api.path, "/api/webhooks/nothing"]) {
        const answer = yield* api.call(method, base + rest, method === "PATCH" ? { body: {} } : {})
        expect(answer.json).toMatchObject({ status: 404, code: "WEBHOOK_NOT_FOUND" })
      }
    }
  })
)

it.effect("lists deliveries with their attempts, up to 20 or as many as asked for", () =>
  Effect.gen(function* () {
    const api = yield* withWebhook

    const first = yield* api.call("GET", `${api.path}/deliveries`)
    yield* api.call("GET", `${api.path}/deliveries?limit=100&cursor=abc`)

    expect(first.json).toMatchObject({
      data: [
        { state: "pending", nextAttemptAt: expect.any(String), attempts: [{ statusCode: 503, errorCode: "STATUS" }] }
      ],
      nextCursor: "next"
    })
    expect(api.webhooks.pages).toEqual([{ limit: 20 }, { limit: 100, cursor: "abc" }])
    expect((yield* api.call("GET", `${api.path}/deliveries?cursor=bad`)).json).toMatchObject({ code: "INVALID_CURSOR" })
    expect((yield* api.call("GET", `${api.path}/deliveries?limit=101`)).status).toBe(422)
  })
)

it.effect("is for admins and services alone", () =>
  Effect.gen(function* () {
    const api = yield* withWebhook
    const as = (role: Caller["role"], method: string, path: string, body?: unknown) =>
      Effect.promise(() =>
        api.handler(toRequest(method, path, { ...(body !== undefined && { body }) }), {
          caller: { ...localCaller, role }
        })
      ).pipe(Effect.flatMap(readAnswer))

    for (const role of Role.literals) {
      const allowed = role === "admin" || role === "service"
      const calls = [
        yield* as(role, "GET", "/api/webhooks"),
        yield* as(role, "POST", "/api/webhooks", request),
        yield* as(role, "GET", api.path),
        yield* as(role, "PATCH", api.path, { description: role }),
        yield* as(role, "GET", `${api.path}/deliveries`),
        yield* as(role, "POST", `${api.path}/test`),
        yield* as(role, "POST", `${api.path}/deliveries/${aDelivery.id}/retry`),
        yield* as(role, "POST", `${api.path}/rotate-secret`)
      ]
      expect(calls.map(({ status }) => status === 403)).toEqual(calls.map(() => !allowed))
      if (!allowed) {
        expect((yield* as(role, "DELETE", api.path)).json).toMatchObject({ status: 403, code: "FORBIDDEN" })
      }
    }
  })
)

it.effect("documents what receivers get, and an example that the API would take", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const document = (yield* api.call("GET", "/api/openapi.json")).json as OpenApiDocument & {
      readonly webhooks: Readonly<Record<string, unknown>>
    }

    const example = document.paths["/api/webhooks"]?.post?.requestBody?.content["application/json"]?.example

    expect(Object.keys(document.webhooks)).toEqual([...JobEvent.literals])
    expect(JSON.stringify(document.webhooks["job.failed"])).toContain("#/components/schemas/Job")
    expect(Schema.decodeUnknownOption(CreateWebhook, { onExcessProperty: "error" })(example)._tag).toBe("Some")
  })
)
