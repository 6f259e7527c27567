import { expect } from "bun:test"
import { existsSync } from "node:fs"
import { Cause, Duration, Effect, Exit, Stream } from "effect"
import { strFromU8, unzipSync } from "fflate"
import type { Page } from "playwright"
import { Artifacts } from "../../../src/domain/Artifacts.ts"
import { FatalError } from "../../../src/domain/JobError.ts"
import type { JobId } from "../../../src/domain/JobId.ts"
import { type StopReason, StopSignal } from "../../../src/runtime/StopSignal.ts"
import { artifactTests } from "../../support/ArtifactServices.ts"
import { type Attempt, attempt, FAILED, PASSWORD } from "../../support/EvidenceAttempt.ts"
import { openLeakySite } from "../../support/LeakySite.ts"

const { inStore } = artifactTests()

const bytesOf = (id: JobId, name: string) =>
  Effect.gen(function* () {
    const { read } = yield* (yield* Artifacts).find(id, name)
    return Buffer.concat(yield* Stream.runCollect(yield* read()))
  })

const signIn = ({ session: { use } }: Attempt, site: string) =>
  use(async (page) => {
    await page.goto(site)
    await page.getByLabel("Email").fill("ann@example.com")
    await page.getByLabel("Password").fill(PASSWORD)
    // A reload in the middle of a navigation fails.
    await Promise.all([page.waitForURL(/\/welcome$/u), page.getByRole("button", { name: "Sign in" }).click()])
    const gone = page.waitForResponse(/\/gone/u)
    await page.reload()
    await gone
  })

const notFound = new FatalError({ code: "ELEMENT_NOT_FOUND", message: "The script waited.", hint: "Compare." })

inStore(
  "keeps a small picture, the page in words, its address and what went wrong at each step, and a trace of a failure",
  Effect.gen(function* () {
    const site = yield* openLeakySite

    const { files, id, steps } = yield* attempt((running) =>
      Effect.gen(function* () {
        yield* running.session.use((page) => page.goto(site))
        yield* running.watch.completed("open it", 1)
        yield* signIn(running, site)
        yield* running.watch.failed("second", 2, Cause.fail(notFound))
      })
    )

    // The trace and the last look are stored side by side.
    const named = files.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    expect(named.map(({ name, contentType, attempt, step }) => [name, contentType, attempt, step])).toEqual([
      ["try-1-1-open-it.jpg", "image/jpeg", 1, "open it"],
      ["try-1-1-open-it.yaml", "text/yaml; charset=utf-8", 1, "open it"],
      ["try-1-2-second.jpg", "image/jpeg", 1, "second"],
      ["try-1-2-second.yaml", "text/yaml; charset=utf-8", 1, "second"],
      ["try-1-trace.zip", "application/zip", 1, undefined]
    ])
    expect(steps).toMatchObject([
      { step: "open it", outcome: "completed", url: site, title: "Sign in", requests: [] },
      {
        step: "second",
        outcome: "failed",
        url: `${site}welcome`,
        title: "Welcome ••••",
        picture: "try-1-2-second.jpg",
        page: "try-1-2-second.yaml"
      }
    ])
    expect(steps[1]?.console).toContainEqual({ level: "error", text: "signed in with ••••" })
    expect(steps[1]?.requests).toContainEqual({
      method: "GET",
      url: `${site}gone?password=••••&token=••••`,
      problem: "404"
    })
    const picture = yield* bytesOf(id, "try-1-2-second.jpg")
    expect(yield* Effect.promise(() => new Bun.Image(picture).metadata())).toMatchObject({ format: "jpeg", width: 800 })
    expect(String(yield* bytesOf(id, "try-1-2-second.yaml"))).toContain('heading "Welcome"')
  }).pipe(Effect.scoped)
)

inStore(
  "holds no secret in any file or row, and leaves no raw trace behind",
  Effect.gen(function* () {
    const site = yield* openLeakySite

    const { files, id, rawTraces, steps } = yield* attempt((running) =>
      Effect.gen(function* () {
        yield* running.session.use(async (page) => {
          await page.goto(site)
          // Not a secret of the input: the site alone says that it is one.
          await page.getByLabel("Password").fill("typed-by-the-script")
        })
        yield* running.watch.completed("first", 1)
        yield* signIn(running, site)
        yield* running.watch.completed("second", 2)
      })
    )

    const texts = yield* Effect.forEach(files, ({ name }) =>
      Effect.map(bytesOf(id, name), (bytes) =>
        name.endsWith(".zip")
          ? Object.entries(unzipSync(bytes)).map(([entry, data]) => `${entry}\n${strFromU8(data, true)}`)
          : [strFromU8(bytes, true)]
      )
    )
    const everything = [...texts.flat(), JSON.stringify(steps), JSON.stringify(files)].join("\n")
    expect(everything).toContain("Sign in")
    expect(everything.length).toBeGreaterThan(50_000)
    for (const secret of [
      PASSWORD,
      encodeURIComponent(PASSWORD),
      new URLSearchParams([["", PASSWORD]]).toString().slice(1),
      JSON.stringify(PASSWORD).slice(1, -1),
      "p&ss",
      "p&amp;ss",
      "typed-by-the-script",
      "cookie-0123456789",
      "tok-0123456789"
    ]) {
      expect([secret, everything.includes(secret)]).toEqual([secret, false])
    }
    expect(rawTraces).toEqual([])
  }).pipe(Effect.scoped)
)

inStore(
  "hides what a step's page held in fields for passwords, codes and cards, in a frame too, beside one that has not loaded",
  Effect.gen(function* () {
    const fields = `<input type=password value=vault-of-the-script> <input autocomplete="billing cc-number" value=4111111111111111>`
    const frame = `<input autocomplete="section-a one-time-code" value=482913>`
    const unloaded = `<div style="height: 9000px"></div><iframe loading=lazy src="http://127.0.0.1:1/"></iframe>`
    const says = `console.log("sent", document.querySelector("input").value); fetch("http://127.0.0.1:1/4111111111111111")`

    const { files, id, steps } = yield* attempt(({ session, watch }) =>
      Effect.gen(function* () {
        yield* session.use(async (page) => {
          const failed = page.waitForEvent("requestfailed")
          await page.setContent(
            `<p>Paid with 4111111111111111</p>${fields}<iframe srcdoc='${frame}'></iframe>${unloaded}<script>${says}; console.log("code 482913")</script>`
          )
          await failed
        })
        yield* watch.completed("first", 1)
      })
    )

    const words = String(yield* bytesOf(id, files.find(({ kind }) => kind === "page")!.name))
    expect(steps).toMatchObject([{ picture: "try-1-1-first.jpg" }])
    expect(words).toContain("Paid with ••••")
    expect(steps[0]?.console).toContainEqual({ level: "info", text: "sent ••••" })
    expect(steps[0]?.console).toContainEqual({ level: "info", text: "code ••••" })
    expect(steps[0]?.requests).toMatchObject([{ url: "http://127.0.0.1:1/••••" }])
    expect(words + JSON.stringify(steps)).not.toMatch(/vault-of|41111|482913/u)
  }).pipe(Effect.scoped)
)

inStore(
  "keeps what another window showed when a step fails, and compares with no page then",
  Effect.gen(function* () {
    const site = yield* openLeakySite
    const causes: Array<Cause.Cause<FatalError>> = []

    const { id, steps } = yield* attempt((running) =>
      Effect.gen(function* () {
        yield* signIn(running, site)
        const popup = yield* running.session.use(async (page) => {
          const opening = page.waitForEvent("popup")
          await page.evaluate("void window.open('about:blank')")
          return opening
        })
        yield* Effect.promise(() => popup.setContent("<h1>Approve all</h1>"))
        causes.push(yield* running.watch.failed("second", 2, Cause.fail(notFound)))
        yield* Effect.promise(() => running.session.page.close())
        causes.push(yield* running.watch.failed("third", 3, Cause.fail(notFound)))
      })
    )

    expect(steps.map(({ outcome, step }) => [step, outcome])).toEqual([
      ["second", "failed"],
      ["second/other-window", "failed"],
      ["third", "failed"]
    ])
    const words = yield* Effect.forEach(steps, ({ page }) => Effect.map(bytesOf(id, page!), String))
    expect(words).toEqual([
      expect.stringContaining('heading "Welcome"'),
      expect.stringContaining('heading "Approve all"'),
      expect.stringContaining('heading "Approve all"')
    ])
    expect(causes).toEqual([Cause.fail(notFound), Cause.fail(notFound)])
  }).pipe(Effect.scoped)
)

inStore(
  "covers what shows a secret in a picture, as text, in a field and in a shadow tree",
  Effect.gen(function* () {
    const html = PASSWORD.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
    const pictureOf = (body: string) =>
      Effect.gen(function* () {
        const { id } = yield* attempt(({ session, watch }) =>
          Effect.andThen(
            session.use((page) => page.setContent(`<body>${body}`)),
            watch.completed("first", 1)
          )
        )
        return yield* bytesOf(id, "try-1-1-first.jpg")
      })
    const bodies = (color: string) => [
      `<p style="color: ${color}">Said: ${html}</p>`,
      `<input style="color: ${color}" value="${html}">`,
      `<div><template shadowrootmode="open"><p style="color: ${color}">${html}</p></template></div>`
    ]

    // Under a cover nobody sees which colour the letters have.
    for (const [index, body] of bodies("black").entries()) {
      expect((yield* pictureOf(body)).equals(yield* pictureOf(bodies("white")[index]!))).toBe(true)
    }
    const [plain, white] = ["black", "white"].map((color) => `<p style="color: ${color}">No secret</p>`)
    expect((yield* pictureOf(plain!)).equals(yield* pictureOf(white!))).toBe(false)
  })
)

inStore(
  "compares a page that lost something with the last good run, in the hint of the failure",
  Effect.gen(function* () {
    const site = yield* openLeakySite
    const causes: Array<Cause.Cause<FatalError>> = []
    const other = new FatalError({ code: "NOT_FOUND", message: "No such restaurant.", hint: "Look." })

    const { kept } = yield* attempt((running) =>
      Effect.gen(function* () {
        yield* signIn(running, site)
        yield* running.watch.completed("first", 1)
        for (const error of [notFound, other]) causes.push(yield* running.watch.failed("second", 2, Cause.fail(error)))
      })
    )

    expect(kept).toHaveLength(1)
    expect(kept[0]).toStartWith("north/idle/first: ")
    expect(kept[0]).toContain('heading "Welcome"')
    expect(kept[0]).not.toContain("p&ss")
    expect(causes.map((cause) => (Cause.squash(cause) as FatalError).hint)).toEqual([
      'Since the last good run: button "Save" is gone. Compare.',
      "Look."
    ])
  }).pipe(Effect.scoped)
)

inStore(
  "keeps a trace of a good attempt only where that is asked for, and of none where it is not",
  Effect.gen(function* () {
    let stops = 0
    // Playwright remembers a trace for ever that nobody stops.
    const countStops = ({ session: { context } }: Attempt) =>
      Effect.sync(() => {
        const stop = context.tracing.stop.bind(context.tracing)
        context.tracing.stop = (options) => stop(options).then(() => void stops++)
      })
    const traces = yield* Effect.forEach(
      [
        { trace: "failure", exit: Exit.void },
        { trace: "always", exit: Exit.void },
        { trace: "never", exit: FAILED }
      ] as const,
      (ending) => Effect.map(attempt(countStops, ending), ({ files }) => files.map(({ name }) => String(name)))
    )

    expect(traces).toEqual([[], ["try-1-trace.zip"], []])
    expect(stops).toBe(2)
  })
)

const stoppedBy = (reason: StopReason) => {
  const signal = new StopSignal()
  signal.stop(reason)
  return signal
}

inStore(
  "looks once more at the open step when the time of an attempt is up, and not when it is cancelled",
  Effect.gen(function* () {
    const interrupted = Exit.interrupt(1)
    const open = ({ session }: Attempt) => session.use((page) => page.setContent("<h1>Slow</h1>"))

    const late = yield* attempt(open, { signal: stoppedBy("timeout"), exit: interrupted })
    const between = yield* attempt(open, { signal: stoppedBy("timeout"), exit: interrupted, isBetweenSteps: true })
    const cancelled = yield* attempt(open, { signal: stoppedBy("cancel"), exit: interrupted })

    expect(late.steps).toMatchObject([{ step: "second", outcome: "failed", picture: "try-1-2-second.jpg" }])
    expect(late.files.map(({ kind }) => kind)).toContain("trace")
    expect(between.steps).toEqual([])
    expect([cancelled.steps, cancelled.files, cancelled.rawTraces]).toEqual([[], [], []])
  })
)

/** Answers its first page with a form, and nothing else ever. */
const openSilentSite = Effect.acquireRelease(
  Effect.sync(() =>
    Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      fetch: ({ method, url }) =>
        method === "GET" && new URL(url).pathname === "/"
          ? new Response(`<h1>Slow</h1><form method="post"><button>Save</button></form>`, {
              headers: { "Content-Type": "text/html" }
            })
          : new Promise<Response>(() => undefined)
    })
  ),
  (server) => Effect.promise(() => server.stop(true))
)

inStore(
  "looks at the page of the open step also while it waits for the next one",
  Effect.gen(function* () {
    const { url } = yield* openSilentSite
    const goes = [
      (page: Page) => page.goto(new URL("next", url).href),
      (page: Page) => page.getByRole("button", { name: "Save" }).click({ noWaitAfter: true })
    ]

    const late = yield* Effect.forEach(goes, (go) =>
      attempt(
        ({ session }) =>
          session.use(async (page) => {
            await page.goto(url.href)
            const asked = page.waitForRequest((request) => request.isNavigationRequest())
            go(page).catch(() => undefined)
            await asked
          }),
        { signal: stoppedBy("timeout"), exit: Exit.interrupt(1) }
      )
    )

    for (const { steps } of late) {
      expect(steps).toMatchObject([{ step: "second", url: url.href, picture: "try-1-2-second.jpg" }])
    }
  }).pipe(Effect.scoped)
)

inStore(
  "gives up a page that does not answer, and keeps what it knows",
  Effect.gen(function* () {
    const { steps } = yield* attempt(({ session, watch }) =>
      Effect.gen(function* () {
        yield* session.use((page) => page.close())
        yield* watch.completed("first", 1)
      })
    )

    expect(steps).toMatchObject([{ step: "first", outcome: "completed", console: [] }])
    expect(steps[0]?.picture).toBeUndefined()
  })
)

inStore(
  "lets the script go on when nothing can be stored",
  Effect.gen(function* () {
    const causes: Array<Cause.Cause<FatalError>> = []

    const { files, steps } = yield* attempt(
      ({ watch }) =>
        Effect.gen(function* () {
          yield* watch.completed("first", 1)
          causes.push(yield* watch.failed("second", 2, Cause.fail(notFound)))
        }),
      { broken: "fails" }
    )

    expect(causes).toEqual([Cause.fail(notFound)])
    expect([files, steps]).toEqual([[], []])
  })
)

inStore(
  "removes the folder of raw traces with the browser",
  Effect.gen(function* () {
    let folder = ""

    yield* attempt(({ session }) =>
      Effect.sync(() => {
        folder = session.rawTraces
        expect(existsSync(folder)).toBe(true)
      })
    )

    expect(existsSync(folder)).toBe(false)
  })
)

inStore(
  "ends when a store takes nothing and gives no answer",
  Effect.gen(function* () {
    const [took, { files }] = yield* Effect.timed(
      attempt(({ watch }) => watch.completed("first", 1), { broken: "hangs", end: Duration.seconds(1) })
    )

    expect(Duration.toSeconds(took)).toBeLessThan(14)
    expect(files).toEqual([])
  })
)
