import { expect, test } from "bun:test"
import { Validator } from "@seriousme/openapi-schema-validator"
import { OpenApi } from "effect/http-api"
import { Api } from "../../../src/http/api/Api.ts"
import type { OpenApiDocument } from "../../../src/http/api/OpenApiDocument.ts"

const document = JSON.parse(JSON.stringify(OpenApi.fromApi(Api))) as OpenApiDocument

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation }))
)

test("is valid OpenAPI 3.1", async () => {
  const { errors, valid } = await new Validator().validate({ ...structuredClone(document) })

  expect(errors).toBeUndefined()
  expect(valid).toBe(true)
})

test("shows an example of every body that is JSON", () => {
  const without = operations.flatMap(({ name, operation }) =>
    [operation.requestBody, ...Object.values(operation.responses)].flatMap((body) =>
      Object.entries(body?.content ?? {}).flatMap(([type, { example }]) =>
        /[/+]json$/u.test(type) && example === undefined ? [`${name} ${type}`] : []
      )
    )
  )

  expect(without).toEqual([])
})

test("names what streams and the WebSocket say, with schemas that are there", () => {
  const { paths } = document
  const events = (path: string) => Object.keys(paths[path]?.get?.["x-events"] ?? {})

  expect(events("/api/jobs/{id}/events")).toEqual([
    "status",
    "progress",
    "step",
    "log",
    "prompt",
    "artifact",
    "removed"
  ])
  expect(events("/api/events")).toEqual(["job", "reset"])
  expect(paths["/api/ws"]?.get?.["x-messages"]).toEqual({
    client: { $ref: "#/components/schemas/ClientMessage" },
    server: { $ref: "#/components/schemas/ServerMessage" }
  })
  expect(document.components.schemas).toContainKeys([
    "JobStatusEvent",
    "JobChangedEvent",
    "ResetEvent",
    "ClientMessage"
  ])
})
