import { expect } from "bun:test"
import { Effect } from "effect"
import type { OpenApiDocument, Operation } from "../../../src/http/api/OpenApiDocument.ts"
import { makeAddItemTags } from "../../../src/scripts/restaurant/AddItemTags.ts"
import { it } from "../../support/effect.ts"
import { aJob } from "../builders.ts"
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
      "DELETE /api/jobs/{id}",
      "DELETE /api/schedules/{id}",
      "GET /api/batches/{id}",
      "GET /api/failures",
      "GET /api/jobs",
      "GET /api/jobs/types",
      "GET /api/jobs/{id}",
      "GET /api/jobs/{id}/ai-calls",
      "GET /api/jobs/{id}/artifacts",
      "GET /api/jobs/{id}/artifacts/{name}",
      "GET /api/jobs/{id}/attempts",
      "GET /api/jobs/{id}/logs",
      "GET /api/jobs/{id}/status",
      "GET /api/lanes",
      "GET /api/schedules",
      "GET /api/schedules/{id}",
      "PATCH /api/schedules/{id}",
      "POST /api/jobs",
      "POST /api/jobs/batch",
      "POST /api/jobs/bulk",
      "POST /api/jobs/cleanup",
      "POST /api/jobs/{id}/cancel",
      "POST /api/jobs/{id}/input",
      "POST /api/jobs/{id}/retry",
      "POST /api/lanes/{lane}/pause",
      "POST /api/lanes/{lane}/resume",
      "POST /api/schedules",
      "POST /api/schedules/{id}/run",
      "POST /api/types/{type}/pause",
      "POST /api/types/{type}/resume",
      "POST /api/uploads"
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
    expect(answersOf("POST /api/jobs/batch")).toEqual(["202", "400", "413", "415", "422", "503"])
    expect(answersOf("DELETE /api/jobs/{id}")).toEqual(["202", "204", "404", "409", "422", "503"])
    expect(answersOf("GET /api/jobs/{id}/status")).toEqual(["200", "304", "404", "422", "503"])
    expect(answersOf("GET /api/jobs/{id}/artifacts/{name}")).toEqual(["200", "206", "304", "404", "422", "503"])
    expect(answersOf("PATCH /api/schedules/{id}")).toEqual(["200", "400", "404", "409", "413", "415", "422", "503"])
    expect(answersOf("DELETE /api/schedules/{id}")).toEqual(["204", "404", "422", "503"])
    expect(answersOf("POST /api/jobs/{id}/input")).toEqual(["200", "400", "404", "409", "413", "415", "422", "503"])
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

/** Documented jobs become jobs of the type that the fakes know; `inputs` collects what they were documented with. */
const withKnownType = (example: unknown, inputs: Array<unknown>): unknown =>
  JSON.parse(JSON.stringify(example), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || !("input" in value) || !("jobType" in value)) return value
    expect(value.jobType).toBe("add-item-tags")
    inputs.push(value.input)
    return { ...value, jobType: "greet", input: { name: "Ada" } }
  })

it.effect("gives examples that work when they are sent", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const failed = api.put(aJob({ status: "failed" }))
    const document = yield* fetchDocument
    const inputs: Array<unknown> = []
    const sent: Array<string> = []

    for (const [name, { requestBody }] of operationsOf(document)) {
      // A file is no example.
      if (requestBody?.content["application/json"] === undefined) continue
      const [method = "", path = ""] = name.split(" ")
      const address = path.replace("{id}", failed.id).replace("{lane}", "browser").replace("{type}", "greet")
      const body = withKnownType(requestBody.content["application/json"]?.example, inputs)
      const answer = yield* api.call(method, address, { body })
      sent.push(`${name} ${answer.status}`)
    }
    const addItemTags = makeAddItemTags(Effect.never)

    expect(sent.toSorted()).toEqual([
      // There is no such schedule and no such question; their bodies were taken.
      "PATCH /api/schedules/{id} 404",
      "POST /api/jobs 202",
      "POST /api/jobs/batch 202",
      "POST /api/jobs/bulk 202",
      "POST /api/jobs/{id}/input 404",
      "POST /api/jobs/{id}/retry 202",
      "POST /api/lanes/{lane}/pause 200",
      "POST /api/schedules 201",
      "POST /api/types/{type}/pause 200"
    ])
    expect(inputs).toHaveLength(4)
    yield* Effect.forEach(inputs, addItemTags.parseInput)
  })
)

it.effect("describes every field of a body and how it is sent", () =>
  Effect.gen(function* () {
    const { components } = yield* fetchDocument

    const { CreateJob, RetryJob } = components.schemas

    expect(CreateJob?.properties).toMatchObject({
      runAt: { format: "date-time", description: expect.any(String) },
      dependsOn: { description: expect.any(String) },
      dedupeKey: { description: expect.any(String) }
    })
    expect(Object.values(RetryJob?.properties ?? {}).every(({ description }) => description !== undefined)).toBe(true)
  })
)
