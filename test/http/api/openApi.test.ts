import { expect } from "bun:test"
import { Effect } from "effect"
import type { OpenApiDocument, Operation } from "../../../src/http/api/OpenApiDocument.ts"
import { it } from "../../support/effect.ts"
import { makeApi } from "../calls.ts"

const fetchDocument = Effect.gen(function* () {
  const api = yield* makeApi
  const answer = yield* api.call("GET", "/api/openapi.json")
  return answer.json as OpenApiDocument & { readonly openapi: string }
})

const operationsOf = ({ paths }: OpenApiDocument): ReadonlyArray<readonly [string, Operation]> =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const)
  )

it.effect("lists every route with a summary and a description", () =>
  Effect.gen(function* () {
    const document = yield* fetchDocument

    const operations = operationsOf(document)

    expect(document.openapi).toBe("3.1.0")
    expect(document.info.title).toBe("Callboard")
    expect(operations.map(([name]) => name).toSorted()).toEqual(
      [
        "DELETE /api/jobs/{id}",
        "DELETE /api/keys/{id}",
        "DELETE /api/schedules/{id}",
        "GET /api/audit",
        "DELETE /api/webhooks/{id}",
        "GET /api/batches/{id}",
        "GET /api/events",
        "GET /api/failures",
        "GET /api/jobs",
        "GET /api/jobs/types",
        "GET /api/jobs/{id}",
        "GET /api/jobs/{id}/artifacts",
        "GET /api/jobs/{id}/artifacts/{name}",
        "GET /api/jobs/{id}/attempts",
        "GET /api/jobs/{id}/checkpoints",
        "GET /api/jobs/{id}/events",
        "GET /api/jobs/{id}/logs",
        "GET /api/jobs/{id}/status",
        "GET /api/jobs/{id}/ai-calls",
        "POST /api/uploads",
        "GET /api/keys",
        "GET /api/lanes",
        "GET /api/schedules",
        "GET /api/schedules/{id}",
        "GET /api/stats",
        "GET /api/ws",
        "GET /api/webhooks",
        "GET /api/webhooks/{id}",
        "GET /api/webhooks/{id}/deliveries",
        "PATCH /api/schedules/{id}",
        "PATCH /api/webhooks/{id}",
        "POST /api/jobs",
        "POST /api/jobs/batch",
        "POST /api/jobs/bulk",
        "POST /api/jobs/cleanup",
        "POST /api/jobs/{id}/cancel",
        "POST /api/jobs/{id}/input",
        "POST /api/jobs/{id}/retry",
        "POST /api/keys",
        "POST /api/lanes/{lane}/pause",
        "POST /api/lanes/{lane}/resume",
        "POST /api/registration/{jobType}",
        "POST /api/schedules",
        "POST /api/schedules/{id}/run",
        "POST /api/types/{type}/pause",
        "POST /api/types/{type}/resume",
        "POST /api/webhooks",
        "POST /api/webhooks/{id}/deliveries/{deliveryId}/retry",
        "POST /api/webhooks/{id}/rotate-secret",
        "POST /api/webhooks/{id}/test"
      ].toSorted()
    )
    for (const [, operation] of operations) {
      expect(operation.summary).toBeString()
      expect(operation.description).toBeString()
    }
  })
)

it.effect("refers only to components that exist, under names of things", () =>
  Effect.gen(function* () {
    const document = yield* fetchDocument

    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/gu)

    const names = new Set([...references].map(([, name]) => name ?? ""))
    expect(Object.keys(document.components.schemas)).toContainValues([...names])
    expect([...names]).toContain("Job")
    expect([...names].filter((name) => name.endsWith("Encoded"))).toEqual([])
  })
)

it.effect("says how each operation can fail", () =>
  Effect.gen(function* () {
    const document = yield* fetchDocument
    const answersOf = (name: string) =>
      Object.keys(operationsOf(document).find(([each]) => each === name)?.[1].responses ?? {}).join(" ")

    expect(answersOf("POST /api/jobs")).toBe("202 400 401 403 408 409 413 415 422 503 default")
    expect(answersOf("POST /api/jobs/batch")).toBe("202 400 401 403 408 409 413 415 422 503 default")
    expect(answersOf("DELETE /api/jobs/{id}")).toBe("202 204 400 401 403 404 408 409 413 415 422 503 default")
    expect(answersOf("GET /api/jobs/{id}/status")).toBe("200 304 401 403 404 422 503 default")
    expect(answersOf("GET /api/jobs/{id}/artifacts/{name}")).toBe("200 206 304 401 403 404 422 503 default")
    expect(answersOf("PATCH /api/schedules/{id}")).toBe("200 400 401 403 404 408 409 413 415 422 503 default")
    expect(answersOf("DELETE /api/schedules/{id}")).toBe("204 400 401 403 404 408 413 415 422 503 default")
    expect(answersOf("POST /api/jobs/{id}/input")).toBe("200 400 401 403 404 408 409 413 415 422 503 default")
    expect(answersOf("POST /api/jobs/{id}/cancel")).toBe("200 202 400 401 403 404 408 409 413 415 422 503 default")
    expect(document.components.schemas.GeneralProblem?.properties?.code?.enum).toContain("RATE_LIMITED")
    const general = "#/components/schemas/GeneralProblem"
    for (const [name, { responses }] of operationsOf(document)) {
      for (const status of ["403", "405", "414", "421", "429", "500", "503"]) {
        const answer = responses[status] ?? responses.default
        expect(`${name} ${status} ${JSON.stringify(answer?.content)}`).toContain(general)
      }
    }
  })
)

it.effect("shows parameters as people send them", () =>
  Effect.gen(function* () {
    const document = yield* fetchDocument

    const parameters = document.paths["/api/jobs"]?.get?.parameters ?? []

    expect(parameters.find(({ name }) => name === "limit")).toEqual({
      name: "limit",
      in: "query",
      required: false,
      description:
        "Jobs per page, 1 to 200. Default: 50. A page whose jobs have more than 8 MiB ends before, with a nextCursor.",
      schema: { type: "integer" }
    })
  })
)

it.effect("describes every field of a body and how it is sent", () =>
  Effect.gen(function* () {
    const { components } = yield* fetchDocument

    const { CreateJob, RetryJob } = components.schemas

    expect(CreateJob?.properties).toMatchObject({
      runAt: { format: "date-time", description: expect.any(String) },
      expiresAt: { description: expect.stringContaining("still waits") },
      dependsOn: { description: expect.any(String) },
      dedupeKey: { description: expect.any(String) }
    })
    expect(Object.values(RetryJob?.properties ?? {}).every(({ description }) => description !== undefined)).toBe(true)
  })
)
