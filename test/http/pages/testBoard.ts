/** The board over jobs in memory, as the whole app mounts it. */
import { Clock, Effect, Layer, References, Scope } from "effect"
import { Hono } from "hono"
import { type AuditEntry, AuditLog } from "../../../src/domain/AuditLog.ts"
import { Readiness } from "../../../src/domain/Readiness.ts"
import { Webhooks } from "../../../src/domain/Webhooks.ts"
import { RouteNotFound } from "../../../src/http/api/problems.ts"
import { type BoardOptions, boardRoutes } from "../../../src/http/pages/boardRoutes.ts"
import { renderErrorPage } from "../../../src/http/pages/errorPage.tsx"
import { makeLiveFeeds } from "../../../src/http/pages/LiveFeeds.ts"
import { feedOf } from "../../../src/http/pages/PageFeeds.ts"
import { makeRun } from "../../../src/http/Run.ts"
import { sameOrigin } from "../../../src/http/sameOrigin.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { asLocalCaller } from "../asLocal.ts"
import { makeFakeWebhooks } from "../fakeWebhooks.ts"

export interface BoardUnderTest extends Partial<Omit<BoardOptions, "feeds" | "run">> {
  readonly fake?: FakeJobs
  readonly layer?: FakeJobs["layer"]
}

/** The board reads the time where its jobs do, so that a page is the same on every day. */
const clockOf = (fake: FakeJobs) =>
  Effect.runSync(
    Clock.clockWith((clock) =>
      Effect.succeed<Clock.Clock>(
        Object.create(clock, {
          currentTimeMillisUnsafe: { value: fake.now },
          currentTimeMillis: { value: Effect.sync(fake.now) }
        })
      )
    )
  )

export const makeBoard = ({
  fake = new FakeJobs([tagDishes]),
  layer = fake.layer,
  info = { localOnly: true },
  ...options
}: BoardUnderTest = {}) => {
  const silent = Layer.succeed(References.MinimumLogLevel, "None")
  const webhooks = makeFakeWebhooks()
  /** By organisation. */
  const audit = new Map<string, ReadonlyArray<AuditEntry>>()
  const services = Layer.mergeAll(
    layer,
    Layer.mock(Readiness, {}),
    Layer.mock(AuditLog, {
      list: (organisation, { target }) =>
        Effect.sync(() => ({ entries: (audit.get(organisation) ?? []).filter((entry) => entry.target === target) }))
    }),
    Layer.succeed(Webhooks, webhooks.contract),
    Layer.succeed(Clock.Clock, clockOf(fake)),
    silent
  )
  const [run, feeds] = Effect.all([makeRun, makeLiveFeeds({ feedOf })]).pipe(
    Scope.provide(Scope.makeUnsafe()),
    Effect.provide(services),
    Effect.runSync
  )
  const errorPage = renderErrorPage(info)
  const app = new Hono()
    .use(sameOrigin({ refuse: errorPage }), asLocalCaller)
    .route("/", boardRoutes({ run, feeds, info, ...options }))
    .notFound((c) => errorPage(c, new RouteNotFound()))
  const get = (path: string, headers: Record<string, string> = {}) => app.request(path, { headers })
  const post = (path: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    app.request(path, { method: "POST", body: new URLSearchParams(form), headers })
  return { app, audit, fake, webhooks, get, post, run }
}

/** What htmx says when it will put the answer into a part of the page. */
export const partial = { "HX-Request": "true", "HX-Request-Type": "partial" }

export const bodyOf = async (response: Response | Promise<Response>) => (await response).text()

/** Text of a page without its markup. */
export const textOf = async (response: Response | Promise<Response>) =>
  (await bodyOf(response))
    .replaceAll(/<(?:script|title)[^>]*>[^<]*<\/(?:script|title)>/gu, "")
    .replaceAll(/<[^>]*>/gu, " ")
    .replaceAll(/\s+/gu, " ")
