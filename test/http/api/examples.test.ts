import { expect } from "bun:test"
import { Effect, Exit, Schema } from "effect"
import { HttpApi } from "effect/http-api"
import type { Job } from "../../../src/domain/Job.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Api } from "../../../src/http/api/Api.ts"
import type { OpenApiDocument, Operation } from "../../../src/http/api/OpenApiDocument.ts"
import { restaurantScripts } from "../../../src/scripts/restaurant/RestaurantScripts.ts"
import { bulk, makePgApi } from "../../support/PgApi.ts"
import { databaseTests } from "../../support/PgServices.ts"

const inDatabase = databaseTests(...restaurantScripts({ portalUrl: Effect.never }), bulk)

const PATHS = { "{lane}": "browser", "{type}": "add-item-tags", "{jobType}": "add-item-tags" }

const operationsOf = ({ paths }: OpenApiDocument): ReadonlyArray<readonly [string, Operation]> =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const)
  )

type AnySchema = Schema.Codec<unknown>

/** Headers are examples of their own. */
const bodyOf = (schema: Schema.Top): AnySchema =>
  ("schema" in schema && "headers" in schema ? schema.schema : schema) as AnySchema

/** Makes a job end, as a worker does. */
const failFirst = Effect.gen(function* () {
  const queue = yield* JobQueue
  const [claim] = yield* queue.claim("browser", 1)
  const error = { code: "PERMISSION_DENIED", message: "no", retryable: false } as const
  yield* queue.settle(claim!.lease, { _tag: "Failed", error })
  return claim!.jobId
})

inDatabase(
  "gives examples of requests that work when they are sent",
  Effect.gen(function* () {
    const { call, handler } = yield* makePgApi
    const document = (yield* call("GET", "/api/openapi.json")).json as OpenApiDocument
    const exampleOf = (path: string, method = "post") =>
      document.paths[path]?.[method]?.requestBody?.content["application/json"]?.example
    const first = (yield* call("POST", "/api/jobs", { body: exampleOf("/api/jobs") })).json as { data: Job }
    yield* failFirst
    const made = yield* call("POST", "/api/schedules", { body: exampleOf("/api/schedules") })
    const schedule = (made.json as { data: { id: string } }).data
    const sent = new Map<string, number>([["POST /api/schedules", made.status]])

    for (const [name, { requestBody }] of operationsOf(document)) {
      // A file is no example.
      if (requestBody?.content["application/json"] === undefined || sent.has(name)) continue
      const [method = "", path = ""] = name.split(" ")
      const id = path.startsWith("/api/schedules") ? schedule.id : first.data.id
      const address = Object.entries({ ...PATHS, "{id}": id }).reduce(
        (text, [part, value]) => text.replace(part, value),
        path
      )
      const body = exampleOf(path, method.toLowerCase())
      if (path.startsWith("/api/registration")) {
        // It waits for a worker. That it waits at all is all that matters here.
        const gone = new AbortController()
        const request = new Request(`http://localhost${address}`, {
          method,
          body: JSON.stringify(body),
          headers: { "Content-Type": "application/json", "Idempotency-Key": "example" },
          signal: gone.signal
        })
        void handler(request).catch(() => undefined)
        sent.set(
          name,
          yield* Effect.gen(function* () {
            const { json } = yield* call("GET", "/api/stats")
            const { deprecated } = (json as { data: { deprecated: ReadonlyArray<unknown> } }).data
            return deprecated.length
          }).pipe(Effect.repeat({ until: (count) => count === 1 }))
        )
        gone.abort()
        continue
      }
      sent.set(name, (yield* call(method, address, { body })).status)
    }

    expect(Object.fromEntries([...sent].toSorted())).toEqual({
      "PATCH /api/schedules/{id}": 200,
      // There is no webhook yet; the body was taken.
      "PATCH /api/webhooks/{id}": 404,
      "POST /api/jobs": 202,
      "POST /api/jobs/batch": 202,
      "POST /api/jobs/bulk": 202,
      // The question of the example was never asked; its body was taken.
      "POST /api/jobs/{id}/input": 404,
      "POST /api/jobs/{id}/retry": 202,
      "POST /api/keys": 201,
      "POST /api/lanes/{lane}/pause": 200,
      "POST /api/registration/{jobType}": 1,
      "POST /api/schedules": 201,
      "POST /api/types/{type}/pause": 200,
      "POST /api/webhooks": 201
    })
  }).pipe(Effect.scoped)
)

inDatabase(
  "gives examples of answers that are such answers",
  Effect.gen(function* () {
    const { call } = yield* makePgApi
    const document = (yield* call("GET", "/api/openapi.json")).json as OpenApiDocument
    const wrong: Array<string> = []
    let checked = 0

    HttpApi.reflect(Api, {
      onGroup: () => {},
      onEndpoint: ({ endpoint, errors, successes }) => {
        const path = endpoint.path.replace(/:(\w+)/gu, "{$1}")
        const operation = document.paths[path]?.[endpoint.method.toLowerCase()]
        const schemas = [...successes.values(), ...errors.values()].flat().map(bodyOf)
        for (const [status, { content = {} }] of Object.entries(operation?.responses ?? {})) {
          // The problems that any call may be answered are declared once, and by no endpoint.
          if (status === "default") continue
          for (const [type, media] of Object.entries(content)) {
            if (!type.includes("json")) continue
            checked += 1
            const fits = schemas.some((schema) =>
              Exit.isSuccess(Schema.decodeUnknownExit(Schema.toCodecJson(schema))(media.example))
            )
            if (!fits) wrong.push(`${endpoint.method} ${path} ${status} ${JSON.stringify(media.example)}`)
          }
        }
      }
    })

    expect(wrong).toEqual([])
    expect(checked).toBeGreaterThan(100)
  }).pipe(Effect.scoped)
)
