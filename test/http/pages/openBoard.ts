/** The board over jobs in memory, with a window of a real browser on it. */
import { Effect, Layer } from "effect"
import { Hono } from "hono"
import { type IdentityServices, identify } from "../../../src/http/identify.ts"
import { renderErrorPage } from "../../../src/http/pages/errorPage.tsx"
import { identityRoutes } from "../../../src/http/pages/identityRoutes.ts"
import { makeRunWith } from "../../../src/http/Run.ts"
import { makeBulkImport } from "../../../src/scripts/data/BulkImport.ts"
import { look } from "../../support/boardWindow.ts"
import { openBrowser } from "../../support/browser.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { FakeUploads } from "../../support/FakeUploads.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { makeFakeIdentity } from "../fakeIdentity.ts"
import { makeBoard } from "./testBoard.ts"

/** Ends with the scope. */
const openApp = Effect.fn(function* (app: Pick<Hono, "fetch">) {
  const server = yield* Effect.acquireRelease(
    Effect.sync(() =>
      Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request, self) => app.fetch(request, self) })
    ),
    (running) => Effect.promise(() => running.stop(true))
  )
  const browser = yield* openBrowser
  const context = yield* look(() => browser.newContext({ timezoneId: "Europe/Rome" }))
  const page = yield* look(() => context.newPage())
  const open = async (path: string) => {
    await page.goto(`${server.url.origin}${path}`)
    await page.locator('#live[data-state="live"]').waitFor()
  }
  return { page, open, server }
})

export const openBoard = Effect.gen(function* () {
  const fake = new FakeJobs([tagDishes])
  const { app } = makeBoard({ fake })
  return { fake, ...(yield* openApp(app)) }
})

/** Everybody has to sign in, as on a server that others reach. */
export const openClosedBoard = Effect.gen(function* () {
  const fake = new FakeJobs([tagDishes, makeBulkImport(Effect.never)])
  const uploads = new FakeUploads()
  const identity = makeFakeIdentity()
  const info = { localOnly: false }
  const run = yield* Effect.provide(makeRunWith<IdentityServices>(), identity.layer)
  const app = new Hono()
    .use(identify({ run, refuse: renderErrorPage(info), local: false }))
    .route("/", identityRoutes({ run, info }))
    .route("/", makeBoard({ fake, info, layer: Layer.merge(fake.layer, uploads.layer) }).app)
  return { fake, identity, uploads, ...(yield* openApp(app)) }
})
