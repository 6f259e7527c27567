import { expect, test } from "bun:test"
import AxeBuilder from "@axe-core/playwright"
import { Effect } from "effect"
import type { Page } from "playwright"
import { statusTag } from "../../../src/http/api/JobStatusView.ts"
import { it } from "../../support/effect.ts"
import { openPage } from "./elementPage.ts"

const ORIGIN = new URL("http://orders.example/")

const status = (rest: object = {}) => ({
  id: "1",
  jobId: "JOB_1",
  jobType: "bake-bread",
  status: "in_progress",
  progress: { percent: 40, message: "Kneading", step: 2, totalSteps: 4 },
  revision: 1,
  pollAfterMs: 600_000,
  ...rest
})

/** Answers with this until it is told otherwise, and counts; requests that may be held are, for the job JOB_HELD. */
const makeServer = () => {
  const server = { asked: 0, steered: [] as Array<string>, job: status() as Record<string, unknown>, code: 200 }
  const prepare = async (page: Page) => {
    await page.route("**/api/jobs/**", async (route) => {
      server.asked++
      if (route.request().url().endsWith("JOB_HELD/status?waitMs=20000")) return
      const { headers, json, status } =
        server.code === 200
          ? { headers: { etag: statusTag(server.job as never) }, json: { data: server.job }, status: 200 }
          : { headers: {}, json: { title: "There is no such job", code: "JOB_NOT_FOUND" }, status: server.code }
      await route.fulfill({ status, headers, json })
    })
  }
  return { server, prepare }
}

const ONE = '<callboard-job id="one" job-id="JOB_1"></callboard-job>'

it.live("leaves no timer and no request when it is taken off the page", () =>
  Effect.gen(function* () {
    const { prepare } = makeServer()
    const body = `${ONE}<callboard-job job-id="JOB_HELD"></callboard-job>`
    const { errors, page, timers } = yield* openPage(ORIGIN, body, prepare)
    const seen = yield* Effect.promise(async () => {
      // One waits for its next turn, because nobody held its request; the request of the other is held.
      await Promise.all([page.waitForFunction("timers.size > 0"), page.waitForRequest(/JOB_HELD.*waitMs/)])
      const before = await timers()
      const ended = page.waitForEvent("requestfailed")
      await page.evaluate('document.querySelectorAll("callboard-job").forEach((element) => element.remove())')
      return { before, after: await timers(), ended: (await ended).url() }
    })

    expect(seen).toMatchObject({ before: 1, after: 0 })
    expect(seen.ended).toContain("JOB_HELD")
    expect(errors).toEqual([])
  })
)

it.live("asks nothing while the page is hidden, and at once when it is shown again", () =>
  Effect.gen(function* () {
    const { prepare, server } = makeServer()
    const { page, timers, toldBy } = yield* openPage(ORIGIN, ONE, prepare)
    const hide = (isHidden: boolean) =>
      page.evaluate((isHidden) => {
        Object.defineProperty(document, "hidden", { value: isHidden, configurable: true })
        document.dispatchEvent(new Event("visibilitychange"))
      }, isHidden)
    const hidden = yield* Effect.promise(async () => {
      await page.waitForFunction("timers.size > 0")
      await hide(true)
      return { timers: await timers(), asked: server.asked }
    })
    server.job = status({ revision: 2, progress: { percent: 70, message: "In the oven", totalSteps: 4 } })
    yield* Effect.promise(async () => {
      await hide(false)
      await page.getByText("In the oven").waitFor()
    })

    expect(hidden.timers).toBe(0)
    expect(server.asked).toBeGreaterThan(hidden.asked)
    expect((yield* Effect.promise(() => toldBy("one"))).map(([, name]) => name)).toEqual(["progress", "progress"])
  })
)

it.live("says why a job cannot be shown, and tries again when it is told to or the page is shown again", () =>
  Effect.gen(function* () {
    const { prepare, server } = makeServer()
    server.code = 404
    const { page, toldBy } = yield* openPage(ORIGIN, ONE, prepare)
    const shown = yield* Effect.promise(async () => {
      await page.getByText("There is no such job").waitFor()
      server.code = 200
      server.job = status({ pollAfterMs: 50 })
      await page.getByRole("button", { name: "Try again to show Job" }).click()
      await page.getByText("Kneading").waitFor()
      server.code = 401
      await page.getByText("This job cannot be followed any more").waitFor()
      server.code = 200
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")))
      await page.getByText("Kneading").waitFor()
      const buttons = await page.getByRole("button").allTextContents()
      return { buttons, alert: await page.getByRole("alert").allTextContents() }
    })

    expect(shown).toEqual({ buttons: ["Cancel"], alert: [] })
    expect((yield* Effect.promise(() => toldBy("one"))).map(([, name, now]) => [name, now])).toEqual([
      ["error", 404],
      ["progress", "in_progress"],
      ["error", 401],
      ["progress", "in_progress"]
    ])
  })
)

it.live("says why a job waits now, although nothing else of it changed", () =>
  Effect.gen(function* () {
    const { prepare, server } = makeServer()
    const waits = (code: string) =>
      status({ status: "pending", progress: { percent: 0, totalSteps: 4 }, pollAfterMs: 50, waitingFor: [{ code }] })
    server.job = waits("scheduled")
    const { page, toldBy } = yield* openPage(ORIGIN, ONE, prepare)
    yield* Effect.promise(async () => {
      await page.getByText("Starts by itself at its time.").waitFor()
      server.job = waits("pool_full")
      await page.getByText("Waiting for a free place.").waitFor()
      server.job = waits("no_worker")
      await page.getByText("No worker is taking jobs right now.").waitFor()
    })

    expect((yield* Effect.promise(() => toldBy("one"))).map(([, name]) => name)).toEqual([
      "progress",
      "progress",
      "progress"
    ])
  })
)

it.live("follows another job when it is given one", () =>
  Effect.gen(function* () {
    const { prepare, server } = makeServer()
    const { page, timers } = yield* openPage(ORIGIN, ONE, prepare)
    yield* Effect.promise(() => page.waitForFunction("timers.size > 0"))
    server.job = status({ id: "2", jobType: "brew-coffee" })
    const name = yield* Effect.promise(async () => {
      await page.evaluate('document.querySelector("callboard-job").jobId = "JOB_2"')
      await page.getByRole("group", { name: "Brew coffee" }).waitFor()
      await page.waitForFunction("timers.size > 0")
      return page.getByRole("progressbar").getAttribute("aria-label")
    })

    expect(name).toBe("Progress of Brew coffee")
    expect(yield* Effect.promise(timers)).toBe(1)
  })
)

it.live("says another label when it is given one, and leaves the focus where it is", () =>
  Effect.gen(function* () {
    const { prepare } = makeServer()
    const { page } = yield* openPage(ORIGIN, ONE, prepare)
    const focused = yield* Effect.promise(async () => {
      await page.getByRole("button", { name: "Cancel" }).focus()
      await page.evaluate(() => document.querySelector("callboard-job")!.setAttribute("label", "Bread"))
      await page.getByRole("group", { name: "Bread" }).waitFor()
      return page.evaluate(() => document.querySelector("callboard-job")!.shadowRoot!.activeElement?.textContent)
    })

    expect(focused).toBe("Cancel")
  })
)

it.live("asks with the client of the page, also when that was given before the element was known", () =>
  Effect.gen(function* () {
    const { prepare, server } = makeServer()
    const client = `{ waitFor: (id, { onStatus }) => new Promise(() => onStatus(${JSON.stringify(status())})) }`
    const body = `${ONE}<script>document.getElementById("one").client = ${client}</script>`
    const { page } = yield* openPage(ORIGIN, body, prepare)
    yield* Effect.promise(() => page.getByText("Kneading").waitFor())

    expect(server.asked).toBe(0)
  })
)

it.live("asks with the client that it was given, also when it is told afterwards where Callboard is", () =>
  Effect.gen(function* () {
    const { prepare, server } = makeServer()
    const { page } = yield* openPage(ORIGIN, ONE, prepare)
    const told = yield* Effect.promise(async () => {
      await page.getByText("Kneading").waitFor()
      return page.evaluate(`new Promise((tell) => {
        const one = document.getElementById("one")
        one.client = { waitFor: () => new Promise(() => tell("given")) }
        const { client } = one
        one.setAttribute("src", "http://elsewhere.example")
        tell(one.client === client ? "given" : "made")
      })`)
    })

    expect(told).toBe("given")
    expect(server.asked).toBeGreaterThan(0)
  })
)

/** Over HTTP/1.1, as Callboard itself speaks it. What may be held is, for as long as the page waits. */
const holdingServer = Effect.gen(function* () {
  const never = new Promise<Response>(() => undefined)
  let isCancelled = false
  const fetch = ({ method, url }: Request) => {
    if (new URL(url).searchParams.has("waitMs")) return never
    if (method === "POST") isCancelled = true
    const job = status({ status: isCancelled ? "cancelled" : "in_progress", revision: isCancelled ? 2 : 1 })
    return Response.json({ data: job }, { headers: { etag: statusTag(job as never) } })
  }
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch })),
    (server) => Effect.promise(() => server.stop(true))
  )
  return server.url
})

it.live("leaves a connection for what people click, however many jobs a page shows", () =>
  Effect.gen(function* () {
    const origin = yield* holdingServer
    const elements = Array.from({ length: 12 }, (_, n) => `<callboard-job job-id="JOB_${n}"></callboard-job>`)
    const { page } = yield* openPage(origin, elements.join(""))
    const last = page.locator("callboard-job").last()
    yield* Effect.promise(async () => {
      // Whoever may be held is by now.
      await page.waitForFunction("timers.size >= 10")
      await last.getByRole("button", { name: "Cancel" }).click()
      await last.getByText("Cancelled", { exact: true }).waitFor()
    })

    expect(yield* Effect.promise(() => last.getByRole("button").allTextContents())).toEqual(["Retry"])
  })
)

/** The job as it is steered by its buttons; that it is cancelled is answered only when the page may hear of it. */
const steered = (server: ReturnType<typeof makeServer>["server"], mayAnswer: Promise<void>) => async (page: Page) => {
  await page.route("**/api/jobs/JOB_1/{cancel,retry}", async (route) => {
    const isCancel = route.request().url().endsWith("cancel")
    server.steered.push(isCancel ? "cancel" : "retry")
    server.job = status({ status: isCancel ? "failed" : "in_progress", revision: Number(server.job.revision) + 1 })
    if (isCancel) await mayAnswer
    await route.fulfill({ json: { data: server.job } })
  })
}

it.live("tells an end once when the job is cancelled, and does not retry it at a double click", () =>
  Effect.gen(function* () {
    const { prepare, server } = makeServer()
    server.job = status({ pollAfterMs: 50 })
    const { promise, resolve } = Promise.withResolvers<void>()
    const { errors, page, toldBy } = yield* openPage(ORIGIN, ONE, async (page) => {
      await prepare(page)
      await steered(server, promise)(page)
    })
    yield* Effect.promise(async () => {
      await page.getByText("Kneading").waitFor()
      await page.clock.install()
      await page.clock.pauseAt(Date.now() + 1_000_000)
      await page.getByRole("button", { name: "Cancel" }).click()
      await page.clock.runFor(100)
      await page.getByText("Failed", { exact: true }).waitFor()
      resolve()
      await page.getByRole("button", { name: "Retry" }).click()
      await page.clock.runFor(600)
      await page.getByRole("button", { name: "Retry" }).click()
      await page.waitForFunction("told.length >= 4")
    })

    expect(server.steered).toEqual(["cancel", "retry"])
    expect((yield* Effect.promise(() => toldBy("one"))).map(([, name, now]) => [name, now])).toEqual([
      ["progress", "in_progress"],
      ["progress", "failed"],
      ["error", "failed"],
      ["progress", "in_progress"]
    ])
    expect(errors).toEqual([])
  })
)

it.live("goes on when the network was lost", () =>
  Effect.gen(function* () {
    const { prepare, server } = makeServer()
    const { page, toldBy } = yield* openPage(ORIGIN, ONE, async (page) => {
      await prepare(page)
      let lost = 1
      await page.route("**/api/jobs/JOB_1/status*", (route) => (lost-- > 0 ? route.abort() : route.fallback()))
    })
    yield* Effect.promise(() => page.getByText("Kneading").waitFor())

    expect(server.asked).toBeGreaterThan(0)
    expect((yield* Effect.promise(() => toldBy("one"))).map(([, name]) => name)).toEqual(["progress"])
  })
)

it.live("can be read by everybody, in light and dark, as a card and as a line", () =>
  Effect.gen(function* () {
    const { prepare, server } = makeServer()
    const error = { code: "NETWORK_ERROR", message: "The oven is cold", retryable: true, hint: "Switch it on." }
    server.job = status({ status: "failed", error, pollAfterMs: undefined })
    const body = `${ONE}<callboard-job compact job-id="JOB_2" label="Bread for Monday"></callboard-job>`
    const { page } = yield* openPage(ORIGIN, body, prepare)
    const violations = yield* Effect.promise(async () => {
      await page.getByRole("button", { name: "Retry" }).nth(1).waitFor()
      const found: Array<unknown> = []
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" })
        found.push(...(await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [id, nodes]))
      }
      return found
    })

    expect(violations).toEqual([])
  })
)

test("is harmless where there is no page", async () => {
  const { CallboardJob } = await import("../../../src/element.ts")

  expect(CallboardJob).toBeFunction()
})
