/**
 * The API as its own document describes it, over a real database: each operation with what the document shows, and with
 * much that is wrong. A new endpoint is here by itself, because it is in the document.
 */
import { expect, test } from "bun:test"
import { Effect } from "effect"
import { OpenApi } from "effect/http-api"
import fc from "fast-check"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Api } from "../../../src/http/api/Api.ts"
import type { OpenApiDocument } from "../../../src/http/api/OpenApiDocument.ts"
import { problemCodes } from "../../../src/http/api/problems.ts"
import { HttpClosing } from "../../../src/http/HttpClosing.ts"
import { SOCKET_PATH } from "../../../src/http/streams/SocketMessage.ts"
import { bulkJobType } from "../../../src/runtime/bulkJobs.ts"
import { restaurantScripts } from "../../../src/scripts/restaurant/RestaurantScripts.ts"
import { realApi } from "../../support/RealApi.ts"
import { type ContractRequest, type Endpoint, endpointsOf, parameterText, requestTo } from "./contractInputs.ts"

/** Of each operation; about two of three are wrong. */
const REQUESTS = 100

/** Longer than a busy machine needs, and shorter than for ever. */
const LONGEST_MS = 20_000

const inApi = realApi([...restaurantScripts({ portalUrl: Effect.never }), bulkJobType(Effect.never)])

const document = OpenApi.fromApi(Api) as unknown as OpenApiDocument

interface Answer {
  readonly status: number
  readonly type: string
  readonly problem: {
    readonly code?: string
    readonly status?: number
    readonly errors?: ReadonlyArray<{ path: unknown }>
  }
}

type Handler = (request: Request) => Promise<Response>

/** A stream is an answer as soon as it begins. */
const ask = async (handler: Handler, method: string, { body, headers, path }: ContractRequest): Promise<Answer> => {
  const request = new Request(`http://localhost:3000${path}`, { method, headers, ...(body !== undefined && { body }) })
  const late = Bun.sleep(LONGEST_MS).then(() => Promise.reject(new Error(`no answer within ${LONGEST_MS} ms`)))
  const response = await Promise.race([handler(request), late])
  const type = response.headers.get("content-type") ?? ""
  const isProblem = type === "application/problem+json"
  if (!isProblem) await response.body?.cancel()
  return { status: response.status, type, problem: isProblem ? await response.json() : {} }
}

/** Refused, with a reason that a program can read. */
const expectRefusal = ({ problem, status, type }: Answer) => {
  expect(type).toBe("application/problem+json")
  expect(problem.status).toBe(status)
  expect(problemCodes).toHaveProperty(problem.code ?? "none")
  if (problem.code !== "VALIDATION_FAILED") return
  expect(problem.errors?.length).toBeGreaterThan(0)
  for (const { path } of problem.errors ?? []) expect(path).toBeString()
}

/**
 * Things to name in requests: a job of each kind of end, and a schedule. Nobody works on jobs here, so whoever waits for one
 * would wait as long as the contract allows: they are answered at once, as when the server is about to close.
 */
const seed = Effect.gen(function* () {
  yield* (yield* HttpClosing).begin
  const jobs = yield* Jobs
  const schedules = yield* JobSchedules
  const jobType = "add-item-tags"
  const input = { restaurantId: "r", email: "a@example.com", password: "p", tags: [{ name: "T", items: ["I"] }] }
  const pending = yield* jobs.create({ jobType, input })
  const { job } = yield* jobs.create({ jobType, input })
  const cancelled = yield* jobs.cancel(job.id)
  const { id } = yield* schedules.create({
    name: crypto.randomUUID(),
    cron: "0 6 * * *",
    timeZone: "UTC",
    jobType,
    input
  })
  return { job: cancelled.id, ids: [pending.job.id, pending.job.jobId, cancelled.id, id, "default", jobType] }
})

test("can send anything as a parameter", () => {
  const strange: unknown = JSON.parse('[{ "toString": 1, "valueOf": 2 }, ["a", null]]')

  expect(parameterText(strange)).toBe('{"toString":1,"valueOf":2},a,null')
})

// A WebSocket is opened beside the routes of the API, and has tests of its own.
for (const endpoint of endpointsOf(document).filter(({ path }) => path !== SOCKET_PATH)) {
  inApi(`takes ${endpoint.name} as it is documented`, ({ handler }) =>
    Effect.gen(function* () {
      const { job, ids } = yield* seed
      const known: Readonly<Record<string, string>> = {
        lane: "default",
        type: "add-item-tags",
        jobType: "add-item-tags"
      }
      const isSchedule = endpoint.path.startsWith("/api/schedules")
      const path = endpoint.path.replace(/\{(\w+)\}/gu, (_, name) => known[name] ?? (isSchedule ? ids[3]! : job))

      const answer = yield* Effect.promise(() => ask(handler, endpoint.method, exampleOf(endpoint, path)))

      expect(Object.keys(endpoint.operation.responses)).toContain(String(answer.status))
      expect([400, 413, 415, 422]).not.toContain(answer.status)
    })
  )

  inApi(`answers anything else to ${endpoint.name} with a problem, and leaves nothing behind`, ({ count, handler }) =>
    Effect.gen(function* () {
      const { ids } = yield* seed
      const rows = Effect.runPromiseWith(yield* Effect.context<never>())
      let before = yield* count

      const property = fc.asyncProperty(requestTo(document, endpoint, ids), async (request) => {
        const answer = await ask(handler, endpoint.method, request)
        const after = await rows(count)

        expect(answer.status).toBeLessThan(500)
        if (answer.status >= 400) {
          expectRefusal(answer)
          expect(after).toEqual(before)
        }
        before = after
      })
      yield* Effect.promise(() => fc.assert(property, { numRuns: REQUESTS, endOnFailure: true }))
      expect(Object.prototype).not.toHaveProperty("polluted")
    })
  )
}

const exampleOf = ({ operation }: Endpoint, path: string): ContractRequest => {
  const { content } = operation.requestBody ?? {}
  const example = content?.["application/json"]?.example
  const isSent = content !== undefined
  if (content?.["text/csv"] !== undefined) return { path, headers: { "content-type": "text/csv" }, body: "name\nAda\n" }
  return {
    path,
    headers: isSent ? { "content-type": "application/json" } : {},
    ...(isSent && { body: JSON.stringify(example) })
  }
}
