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
    expect(operations.map(([name]) => name).toSorted()).toEqual([
      "DELETE /api/schedules/{id}",
      "GET /api/jobs",
      "GET /api/jobs/types",
      "GET /api/jobs/{id}",
      "GET /api/jobs/{id}/attempts",
      "GET /api/jobs/{id}/logs",
      "GET /api/jobs/{id}/status",
      "GET /api/schedules",
      "GET /api/schedules/{id}",
      "PATCH /api/schedules/{id}",
      "POST /api/jobs",
      "POST /api/jobs/{id}/cancel",
      "POST /api/jobs/{id}/retry",
      "POST /api/schedules",
      "POST /api/schedules/{id}/run"
    ])
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
      Object.keys(operationsOf(document).find(([each]) => each === name)?.[1].responses ?? {})

    expect(answersOf("POST /api/jobs")).toEqual(["202", "400", "413", "415", "422", "503"])
    expect(answersOf("GET /api/jobs/{id}/status")).toEqual(["200", "304", "404", "422", "503"])
    expect(answersOf("PATCH /api/schedules/{id}")).toEqual(["200", "400", "404", "409", "413", "415", "422", "503"])
    expect(answersOf("DELETE /api/schedules/{id}")).toEqual(["204", "404", "422", "503"])
    expect(answersOf("POST /api/jobs/{id}/cancel")).toEqual(["200", "202", "404", "409", "422", "503"])
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
      description: "Jobs per page, 1 to 200. Default: 50.",
      schema: { type: "integer" }
    })
  })
)
