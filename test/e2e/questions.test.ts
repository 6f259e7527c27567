import { expect } from "bun:test"
import { join } from "node:path"
import AxeBuilder from "@axe-core/playwright"
import { PgClient } from "@effect/sql-pg"
import { Effect, Queue } from "effect"
import { Reactivity } from "effect/reactivity"
import type { Page } from "playwright"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { openBrowser } from "../support/browser.ts"
import { eventually, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/job-types.ts")

const LONG_MS = 300_000

/** How long a page may take to show something while the machine is busy with other things. */
const PATIENCE_MS = 120_000

const look = <A>(body: () => Promise<A>) => Effect.promise(body)

/** A database, two processes that serve, one that works, and everything that they tell each other. */
const cluster = Effect.gen(function* () {
  const address = yield* TestPostgres.freshDatabase()
  const start = (CALLBOARD_ROLE: string) =>
    Effect.gen(function* () {
      const env = {
        CALLBOARD_CONFIG,
        CALLBOARD_ROLE,
        DATABASE_URL: TestPostgres.urlOf(address),
        CALLBOARD_SECRET_KEY: Buffer.alloc(32, 7).toString("base64"),
        LOG_LEVEL: "debug"
      }
      return yield* startCallboard({ dataDirectory: yield* temporaryDirectory, env })
    })
  const web = yield* start("web")
  const [other, worker] = yield* Effect.all([start("web"), start("worker")], { concurrency: 2 })
  const pg = yield* PgClient.make(clientOptions(address)).pipe(Effect.provide(Reactivity.layer))
  const notifications = yield* pg.listen("callboard")
  const output = () => [web, other, worker].map((each) => each.output()).join("\n")
  return { web, other, pg, notifications, output }
})

interface AskingJob {
  readonly status: string
  readonly prompt?: { readonly id: string; readonly kind: string; readonly timesAsked: number }
}

/** Every row of every table, as text. */
const everything = (pg: PgClient.PgClient) =>
  Effect.gen(function* () {
    const tables = yield* pg<{ name: string }>`
      SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`
    const rows = yield* Effect.forEach(
      tables,
      ({ name }) => pg<{ row: string }>`SELECT row_to_json(t)::text AS row FROM ${pg(name)} t`
    )
    return rows.flat().map(({ row }) => row)
  })

const views = [
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 390 }
] as const

/** In both themes, wide and narrow: nothing breaks a rule of accessibility, nothing makes the page scroll sideways. */
const faultsOf = (page: Page) =>
  look(async () => {
    const faults: Array<unknown> = []
    for (const { colorScheme, width } of views) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 800 })
      const { violations } = await new AxeBuilder({ page }).analyze()
      faults.push(...violations.map(({ id, nodes }) => [id, nodes[0]?.html]))
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (overflow > 0) faults.push(`${colorScheme} ${width} is ${overflow} px too wide`)
    }
    return faults
  })

it.live(
  "lets a person on the board answer a script at another process, and keeps the code nowhere",
  () =>
    Effect.gen(function* () {
      const { notifications, output, pg, web } = yield* cluster
      const browser = yield* openBrowser
      const context = yield* look(() => browser.newContext({ reducedMotion: "reduce" }))
      const page = yield* look(() => context.newPage())
      page.setDefaultTimeout(PATIENCE_MS)
      const complaints: Array<string> = []
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
      yield* look(() => page.goto(new URL("/jobs", web.url).href))
      const job = yield* web.create("asking", { right: "05" })

      yield* look(async () => {
        await page.goto(new URL("/jobs?status=needs_input", web.url).href)
        await page.getByRole("link", { name: /Needs you 1/u }).waitFor()
        await page.reload()
        await page.getByRole("link", { name: "Asking" }).click()
        await page.getByText("Needs an answer: Code from the text message.").waitFor()
      })
      expect(yield* faultsOf(page)).toEqual([])
      const code = page.getByLabel("Code from the text message")

      // A wrong code: the script asks again.
      yield* look(async () => {
        await code.fill("12 34")
        await page.getByRole("button", { name: "Send code" }).click()
        await page.getByText("Asked 2 times.").waitFor()
      })
      expect(yield* look(() => code.inputValue())).toBe("")

      yield* look(async () => {
        await code.fill("12#4")
        await page.getByRole("button", { name: "Send code" }).click()
        await page.locator(".field-error").getByText("Expected the code: digits and letters only.").waitFor()
      })
      expect(yield* look(() => code.inputValue())).toBe("12#4")
      yield* look(() => code.fill(""))

      // What somebody is typing stays while the page changes.
      yield* look(() => code.pressSequentially("731 9"))
      yield* pg`UPDATE script_jobs SET progress_percent = 7 WHERE id = ${job.id}::uuid`
      yield* look(async () => {
        await page.getByText("7%").waitFor()
        await code.pressSequentially("05")
        await page.getByRole("button", { name: "Send code" }).click()
        await page.getByText("Sent. Waiting for the site…").first().waitFor()
        await page.getByRole("radio", { name: "Dinner" }).waitFor()
      })
      expect(yield* faultsOf(page)).toEqual([])

      // From here on in the Inbox, with the keyboard alone.
      const press = async (...keys: ReadonlyArray<string>) => {
        for (const key of keys) await page.keyboard.press(key)
      }
      const focused = () => page.evaluate(() => document.activeElement?.textContent)
      yield* look(async () => {
        await press("g", "i")
        await page.waitForURL("**/inbox")
        await page.getByText("Live", { exact: true }).waitFor()
      })
      expect(yield* look(() => page.title())).toBe("(1) Inbox · Callboard")
      expect(yield* faultsOf(page)).toEqual([])
      yield* look(async () => {
        await press("j", "Tab", "Space", "ArrowDown", "Enter")
        await page.getByText(/^Answered by this computer at/u).waitFor()
        // The focus stays in the card that lost its form.
        await page.waitForFunction(() => document.activeElement?.textContent === "Asking")
        await page.getByRole("link", { name: "1 new question – show" }).waitFor()
      })
      expect(yield* faultsOf(page)).toEqual([])
      yield* look(async () => {
        await press("Shift+Tab")
        const next = await focused()
        await press("Enter")
        expect(next).toBe("1 new question – show")
        await page.getByRole("group", { name: "Publish it?" }).waitFor()
        await page.getByText("Live", { exact: true }).waitFor()
        await press("j", "Tab", "Enter")
        await page.getByText(/^Answered by this computer at/u).waitFor()
        await page.goto(new URL(`/jobs/${job.jobId}`, web.url).href)
        await page.getByText("Finished and checked").first().waitFor()
      })
      expect(yield* faultsOf(page)).toEqual([])

      const ended = yield* web.jobEnded(job.id)
      expect(ended.result).toEqual({ typed: "••••", menu: "Dinner", sure: true })
      const rows = yield* everything(pg)
      const told = yield* Queue.takeAll(notifications)
      expect(rows.some((row) => row.includes("The site took ••••"))).toBe(true)
      expect(told.length).toBeGreaterThan(5)
      for (const text of [
        ...rows,
        ...told.map(({ payload }) => payload),
        output(),
        yield* look(() => page.content())
      ]) {
        expect(text).not.toMatch(/731 ?9 ?05/u)
      }
      // The browser says so of the answer that did not fit.
      expect(complaints.filter((text) => !text.includes("422"))).toEqual([])
    }),
  LONG_MS
)

it.live(
  "takes one of two answers that come to two processes at once, and answers without JavaScript",
  () =>
    Effect.gen(function* () {
      const { other, pg, web } = yield* cluster
      const browser = yield* openBrowser
      const { id, jobId } = yield* web.create("asking", { right: "1" })
      const asked = (kind: string) =>
        eventually(
          Effect.map(web.json<{ data: AskingJob }>(`/api/jobs/${id}`), ({ body }) =>
            body.data.prompt?.kind === kind ? body.data.prompt : undefined
          )
        )

      const code = yield* asked("otp")
      const answers = yield* Effect.all(
        [web, other].map((process, index) =>
          process.post<object>(`/api/jobs/${jobId}/input`, { promptId: code.id, value: `${index}1` })
        ),
        { concurrency: 2 }
      )

      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
      expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
        code: "PROMPT_CLOSED",
        reason: "answered"
      })
      yield* asked("choice")
      const page = yield* look(() => browser.newPage({ javaScriptEnabled: false }))
      page.setDefaultTimeout(PATIENCE_MS)
      yield* look(async () => {
        await page.goto(new URL(`/jobs/${jobId}`, other.url).href)
        await page.getByRole("radio", { name: "Lunch" }).check()
        await page.getByRole("button", { name: "Send" }).click()
      })
      yield* asked("confirm")
      yield* look(async () => {
        await page.goto(new URL(`/jobs/${jobId}`, other.url).href)
        await page.getByRole("button", { name: "No" }).click()
      })

      expect((yield* web.jobEnded(id)).result).toMatchObject({ menu: "Lunch", sure: false })
      expect(yield* pg`SELECT FROM job_prompts WHERE answer IS NOT NULL OR closed_at IS NULL`).toEqual([])
    }),
  LONG_MS
)
