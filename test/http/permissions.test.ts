/** Nobody forgets to say what a new endpoint or route needs, and what it says is kept to. */
import { expect, test } from "bun:test"
import { Context, Effect, Option } from "effect"
import { HttpApi } from "effect/http-api"
import { Hono } from "hono"
import { type Caller, type Permission, type Role, Role as Roles } from "../../src/domain/Caller.ts"
import { Needs } from "../../src/http/api/Access.ts"
import { Api } from "../../src/http/api/Api.ts"
import { RouteNotFound } from "../../src/http/api/problems.ts"
import type { CallerEnv } from "../../src/http/callerOf.ts"
import { problemResponse } from "../../src/http/errorResponse.ts"
import { boardRoutes } from "../../src/http/pages/boardRoutes.ts"
import { identityRoutes } from "../../src/http/pages/identityRoutes.ts"
import { guard, needOf, needs } from "../../src/http/pages/needs.ts"
import { boardRows } from "../support/boardRoleRows.ts"
import { it } from "../support/effect.ts"
import type { Row } from "../support/RoleRow.ts"
import { rows } from "../support/roleTable.ts"
import { aJob } from "./builders.ts"
import { makeApi, readAnswer, toRequest } from "./calls.ts"
import { noFeeds } from "./noFeeds.ts"

const asRole = (role: Role): Caller => ({
  via: "key",
  subject: `the ${role}`,
  name: `the ${role}`,
  role,
  organisationId: "default"
})

const endpoints: Array<{ readonly method: string; readonly path: string; readonly need: Permission | undefined }> = []
HttpApi.reflect(Api, {
  onGroup: () => {},
  onEndpoint: ({ endpoint }) =>
    endpoints.push({
      method: endpoint.method,
      path: endpoint.path,
      need: Option.getOrUndefined(Context.getOption(endpoint.annotations, Needs))
    })
})

test("has a permission beside every endpoint of the API", () => {
  const undeclared = endpoints.filter(({ need }) => need === undefined).map(({ method, path }) => `${method} ${path}`)

  expect(endpoints.length).toBeGreaterThan(25)
  expect(undeclared).toEqual([])
})

/** `%id` of a row stands for one part of the path. */
const isNamedBy =
  ({ method, path }: { readonly method: string; readonly path: string }) =>
  ({ also = [], request }: Row) => {
    const shown = request.replace("HEAD", "GET")
    const pattern = new RegExp(`^${method} ${path.replace(/:\w+/gu, "[^/]+")}$`, "u")
    return pattern.test(shown) || also.includes(`${method} ${path}`)
  }

test("has a row for every endpoint of the API in the table of docs/security.md", () => {
  const unnamed = endpoints.filter((endpoint) => !rows.some(isNamedBy(endpoint)))

  expect(unnamed.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  for (const row of rows) {
    const needed = new Set(endpoints.filter((endpoint) => isNamedBy(endpoint)(row)).map(({ need }) => need))
    // Who may cancel what they started decides the job, not the endpoint.
    if (row.mayTry === undefined) expect([row.what, needed.size]).toEqual([row.what, 1])
  }
})

test("asks on the board for what the table of docs/security.md says", () => {
  const routes = [...boardRoutes(nothing).routes, ...identityRoutes(nothing).routes]
  const needAt = new Map<string, Permission>(
    routes.flatMap(({ handler, method, path }) => {
      const need = needOf(handler)
      return need === undefined || need === "nobody" ? [] : [[`${method} ${path}`, need] as const]
    })
  )

  for (const row of boardRows) {
    for (const route of row.routes) {
      const need = needAt.get(route)
      const letIn: ReadonlyArray<string> = need === undefined ? [] : allowed[need]
      expect([route, row.may.filter((column) => column !== "ruler")]).toEqual([route, [...letIn] as Array<Role>])
    }
  }
})

const nothing = {
  run: () => Promise.reject(new Error("nothing is run here")),
  feeds: noFeeds,
  info: { localOnly: false }
}

test("has a permission beside every route of the board", () => {
  const routes = [...boardRoutes(nothing).routes, ...identityRoutes(nothing).routes].filter(
    ({ method }) => method !== "ALL"
  )
  const byAddress = Map.groupBy(routes, ({ method, path }) => `${method} ${path}`)
  const undeclared = [...byAddress].filter(([, all]) => all.every(({ handler }) => needOf(handler) === undefined))

  expect(byAddress.size).toBeGreaterThan(20)
  expect(undeclared.map(([address]) => address)).toEqual([])
})

/** Actions of the board, and the one of the API that does the same. */
const sameActions: Readonly<Record<string, string>> = {
  "POST /jobs/new/:type": "POST /api/jobs",
  "POST /jobs/practice": "POST /api/jobs",
  "POST /jobs/new/:type/csv": "POST /api/jobs/batch",
  "POST /jobs/:ref/cancel": "POST /api/jobs/:id/cancel",
  "POST /jobs/:ref/input": "POST /api/jobs/:id/input",
  "POST /inbox/:ref/answer": "POST /api/jobs/:id/input",
  "POST /jobs/:ref/retry": "POST /api/jobs/:id/retry",
  "POST /jobs/:ref/retry/changes": "POST /api/jobs/:id/retry",
  "POST /failures/:fingerprint/retry": "POST /api/jobs/bulk",
  "POST /bulk": "POST /api/jobs/bulk",
  "POST /fleet/lanes/:lane/pause": "POST /api/lanes/:lane/pause",
  "POST /fleet/lanes/:lane/resume": "POST /api/lanes/:lane/resume",
  "POST /types/:type/pause": "POST /api/types/:type/pause",
  "POST /types/:type/resume": "POST /api/types/:type/resume",
  "POST /schedules/new": "POST /api/schedules",
  "POST /schedules/:id": "PATCH /api/schedules/:id",
  "POST /schedules/:id/:action{pause|resume}": "PATCH /api/schedules/:id",
  "POST /schedules/:id/run": "POST /api/schedules/:id/run",
  "POST /schedules/:id/remove": "DELETE /api/schedules/:id",
  "POST /keys": "POST /api/keys",
  "POST /keys/:id/revoke": "DELETE /api/keys/:id",
  "POST /webhooks": "POST /api/webhooks",
  "POST /webhooks/:id/secret": "POST /api/webhooks/:id/rotate-secret",
  "POST /webhooks/:id/test": "POST /api/webhooks/:id/test",
  "POST /webhooks/:id/deliveries/:deliveryId/retry": "POST /api/webhooks/:id/deliveries/:deliveryId/retry",
  "POST /webhooks/:id/on": "PATCH /api/webhooks/:id",
  "POST /webhooks/:id/off": "PATCH /api/webhooks/:id",
  "POST /webhooks/:id/remove": "DELETE /api/webhooks/:id"
}

/** The API has none of these, or does more than one thing at the same address. */
const ofTheBoardAlone = new Set([
  "POST /restaurants/:id/note",
  "POST /failures/:fingerprint/note",
  "POST /jobs/new/bulk_import/file",
  "POST /jobs/:ref/import",
  "POST /jobs/:ref/stop",
  "POST /bulk/:ref/stop",
  "POST /settings",
  "POST /settings/theme",
  "POST /sign-in",
  "POST /sign-out"
])

test("asks for the same permission on the board as at the API", () => {
  const needAtApi = new Map(endpoints.map(({ method, need, path }) => [`${method} ${path}`, need]))
  const actions = [...boardRoutes(nothing).routes, ...identityRoutes(nothing).routes].flatMap(
    ({ handler, method, path }) => {
      const need = method === "POST" ? needOf(handler) : undefined
      return need === undefined ? [] : [{ action: `${method} ${path}`, need }]
    }
  )
  const compared = actions.filter(({ action }) => !ofTheBoardAlone.has(action))

  expect(actions.length).toBeGreaterThan(30)
  for (const { action, need } of compared) {
    const other = sameActions[action]
    expect([action, other, need]).toEqual([action, other ?? "an action of the API", needAtApi.get(other ?? "")!])
  }
})

test("refuses everybody at a route that declares nothing", async () => {
  const app = new Hono<CallerEnv>()
    .use((c, next) => {
      c.set("caller", asRole("admin"))
      return next()
    })
    .use(guard(problemResponseOf))
    .get("/forgotten", (c) => c.text("in"))
    .get("/known", needs("read"), (c) => c.text("in"))
    .notFound(() => problemResponse(new RouteNotFound()))

  expect((await app.request("/forgotten")).status).toBe(403)
  expect((await app.request("/known")).status).toBe(200)
  expect((await app.request("/nothing")).status).toBe(404)
})

function problemResponseOf(_: unknown, problem: Parameters<typeof problemResponse>[0]) {
  return problemResponse(problem)
}

/** Who gets further than the permission, by what is needed. */
const allowed: Record<Permission, ReadonlyArray<Role>> = {
  read: ["viewer", "member", "operator", "admin", "service"],
  create: ["member", "operator", "admin", "service"],
  operate: ["operator", "admin", "service"],
  administer: ["admin", "service"]
}

it.effect("lets each role do at the API what is meant for it, and nothing else", () =>
  Effect.gen(function* () {
    const { handler } = yield* makeApi
    for (const { method, need, path } of endpoints) {
      const letIn: Array<Role> = []
      for (const role of Roles.literals) {
        const address = path.replace(/:\w+/gu, "nobody-has-this")
        const answer = yield* Effect.promise(() => handler(toRequest(method, address), { caller: asRole(role) }))
        const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") === true
        if (isStream) yield* Effect.promise(async () => answer.body?.cancel())
        const { json } = isStream ? { json: undefined } : yield* readAnswer(answer)
        if ((json as { readonly code?: string } | undefined)?.code !== "FORBIDDEN") letIn.push(role)
      }
      expect([method, path, letIn]).toEqual([method, path, [...allowed[need!]]])
    }
  })
)

it.effect("lets members cancel their own jobs while they wait, and no others", () =>
  Effect.gen(function* () {
    const { handler, put } = yield* makeApi
    const member = asRole("member")
    const own = put(aJob({ createdBy: member.subject }))
    const others = put(aJob({ createdBy: "somebody else" }))
    const running = put(aJob({ createdBy: member.subject, status: "in_progress" }))
    const ended = put(aJob({ createdBy: member.subject, status: "failed" }))
    const ask = (method: string, path: string) =>
      Effect.map(
        Effect.promise(() => handler(toRequest(method, path), { caller: member })),
        ({ status }) => status
      )

    for (const { id } of [others, running]) {
      expect(yield* ask("POST", `/api/jobs/${id}/cancel`)).toBe(403)
      expect(yield* ask("DELETE", `/api/jobs/${id}`)).toBe(403)
    }
    expect(yield* ask("DELETE", `/api/jobs/${ended.id}`)).toBe(403)
    expect(yield* ask("POST", `/api/jobs/${own.id}/cancel`)).toBe(200)
  })
)

it.effect("says in the OpenAPI document how one says who one is, and what is answered otherwise", () =>
  Effect.gen(function* () {
    const { call } = yield* makeApi
    const { json } = yield* call("GET", "/api/openapi.json")
    const document = json as {
      readonly components: { readonly securitySchemes: Record<string, object> }
      readonly paths: Record<string, Record<string, { security: ReadonlyArray<object>; responses: object }>>
    }

    expect(document.components.securitySchemes).toMatchObject({
      bearer: { type: "http", scheme: "Bearer" },
      session: {
        type: "apiKey",
        in: "cookie",
        name: "callboard-session",
        description: expect.stringContaining("__Host-callboard-session")
      }
    })
    for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
      expect(operation.security).toEqual([{ bearer: [] }, { session: [] }])
      expect(Object.keys(operation.responses)).toContainValues(["401", "403"])
    }
  })
)
