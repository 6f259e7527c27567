import { expect } from "bun:test"
import { readdirSync } from "node:fs"
import { Effect, Fiber, type Scope } from "effect"
import { parseEndpoint } from "../../../src/runtime/browser/BrowserEndpoint.ts"
import { BrowserSessions } from "../../../src/runtime/browser/BrowserSessions.ts"
import { ChromiumNotFound } from "../../../src/runtime/browser/Chromium.ts"
import { eventually } from "../../support/CallboardProcess.ts"
import { it } from "../../support/effect.ts"
import {
  devtoolsBrowser,
  playwrightServer,
  type RemoteBrowser,
  separatePlaywrightServer
} from "../../support/RemoteBrowsers.ts"
import { newWorker, pidsOf, sessionsOf, title } from "../../support/TestSessions.ts"

const CRASH = { _tag: "RetryableError", code: "BROWSER_CRASHED" }

/** A worker that has no browser of its own. */
const remoteSessions = (address: string, worker = newWorker()) =>
  sessionsOf(worker, {
    sessions: 1,
    endpoint: parseEndpoint(address),
    chromium: new ChromiumNotFound({ message: "none" })
  })

/** A page that keeps a connection open as long as it lives. */
const watchedPage = Effect.acquireRelease(
  Effect.sync(() => {
    const open = new Set<Request>()
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => {
        if (new URL(request.url).pathname !== "/alive") {
          return new Response("<script>fetch('/alive')</script>", { headers: { "Content-Type": "text/html" } })
        }
        open.add(request)
        request.signal.addEventListener("abort", () => open.delete(request))
        return new Promise<Response>(() => undefined)
      }
    })
    return { url: server.url.href, open, stop: () => server.stop(true) }
  }),
  ({ stop }) => Effect.promise(stop)
)

const kinds: ReadonlyArray<readonly [string, Effect.Effect<RemoteBrowser, never, Scope.Scope>]> = [
  ["a Playwright server", playwrightServer()],
  ["a Playwright server in another process", separatePlaywrightServer],
  ["a Chromium with DevTools", devtoolsBrowser],
  [
    "a Chromium with DevTools, found by HTTP",
    Effect.map(devtoolsBrowser, (remote) => ({ ...remote, address: `http://${new URL(remote.address).host}` }))
  ]
]

for (const [what, start] of kinds) {
  it.live(`gives each session a context of its own in ${what}, and starts nothing here`, () =>
    Effect.gen(function* () {
      const { address } = yield* start
      const worker = newWorker()
      yield* Effect.gen(function* () {
        const { open } = yield* BrowserSessions
        const leaveCookie = Effect.flatMap(open, ({ context }) =>
          Effect.promise(() => context.addCookies([{ name: "who", value: "first", url: "http://portal.test" }])).pipe(
            Effect.as(context.browser())
          )
        )
        const look = Effect.flatMap(open, ({ context, use }) =>
          Effect.map(
            use((page) => page.context().cookies()),
            (cookies) => ({ cookies, connection: context.browser() })
          )
        )
        const first = yield* Effect.scoped(leaveCookie)
        const { connection, cookies } = yield* Effect.scoped(look)

        expect(cookies).toEqual([])
        // What else is open there is no reason to connect anew.
        expect(connection).toBe(first)
        expect(yield* title).toBe("It works")
        expect(yield* pidsOf(worker)).toEqual([])
      }).pipe(Effect.provide(remoteSessions(address, worker)))
    })
  )

  it.live(`closes on ${what} what a cancelled script had open`, () =>
    Effect.gen(function* () {
      const { address } = yield* start
      const { open: alive, url } = yield* watchedPage
      const loaded = eventually(Effect.sync(() => (alive.size > 0 ? true : undefined)))
      const closed = eventually(Effect.sync(() => (alive.size === 0 ? true : undefined)))
      yield* Effect.gen(function* () {
        const script = Effect.gen(function* () {
          const session = yield* (yield* BrowserSessions).open
          yield* session.use((page) => page.goto(url))
          yield* session.use((page) => page.waitForTimeout(60_000))
        }).pipe(Effect.scoped)

        const running = yield* Effect.forkChild(script)
        yield* loaded
        yield* Fiber.interrupt(running)
        yield* closed

        expect(yield* title).toBe("It works")
      }).pipe(Effect.provide(remoteSessions(address)))
    })
  )

  it.live(`reports a lost connection to ${what} as a crash, and then that it is away`, () =>
    Effect.gen(function* () {
      const { address, kill } = yield* start
      yield* Effect.gen(function* () {
        const lost = yield* Effect.gen(function* () {
          const session = yield* (yield* BrowserSessions).open
          const running = yield* Effect.forkChild(
            session.use((page) => page.getByText("Saved").waitFor()),
            {
              startImmediately: true
            }
          )
          yield* kill
          return yield* Effect.flip(Fiber.join(running))
        }).pipe(Effect.scoped)
        const away = yield* Effect.flip(title)

        expect(lost).toMatchObject(CRASH)
        expect(away).toMatchObject({ _tag: "RetryableError", code: "BROWSER_LAUNCH_FAILED" })
        expect(away.message).toContain(new URL(address).host)
        expect(Bun.inspect([lost, away], { depth: 20 })).not.toContain(new URL(address).pathname.replace(/^\/$/u, "?"))
      }).pipe(Effect.provide(remoteSessions(address)))
    })
  )
}

it.live("records traces of a Chromium with DevTools where raw traces are removed", () =>
  Effect.gen(function* () {
    const { address } = yield* devtoolsBrowser
    const [during, afterwards] = yield* Effect.gen(function* () {
      const { open } = yield* BrowserSessions
      const [folder, files] = yield* Effect.gen(function* () {
        const { context, rawTraces } = yield* open
        yield* Effect.promise(() => context.tracing.start({ snapshots: true }))
        const files = readdirSync(rawTraces)
        // As a recorder does. A context that closes meanwhile may still write, which the next session removes.
        yield* Effect.promise(() => context.tracing.stop())
        return [rawTraces, files] as const
      }).pipe(Effect.scoped)
      return [files, readdirSync(folder)] as const
    }).pipe(Effect.provide(remoteSessions(address)))

    expect(during.filter((name) => name.endsWith(".trace"))).toHaveLength(1)
    expect(afterwards).toEqual([])
  })
)

/** Answers every request with this status. */
const refusing = (status: number) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("token hunter2 refused", { status }) })
    ),
    (server) => Effect.promise(() => server.stop(true))
  )

for (const scheme of ["ws", "cdp+ws", "http"]) {
  it.live(`tells nothing of the secrets in a ${scheme} address that cannot be reached`, () =>
    Effect.gen(function* () {
      const { port } = yield* refusing(401)
      const free = yield* Effect.scoped(refusing(200))
      const errors = yield* Effect.forEach([port, free.port], (at) =>
        Effect.flip(title).pipe(
          Effect.provide(remoteSessions(`${scheme}://ada:hunter2@127.0.0.1:${at}/hunter2?token=hunter2`))
        )
      )

      for (const error of errors) {
        expect(error).toMatchObject({ _tag: "RetryableError", code: "BROWSER_LAUNCH_FAILED" })
        expect(Bun.inspect(error, { depth: 20 })).not.toMatch(/hunter2|aHVudGVy/u)
      }
      expect(errors[0]!.message).toContain("401")
      expect(errors[1]!.message).toContain("ECONNREFUSED")
    })
  )
}
