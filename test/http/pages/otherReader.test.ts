/** One browser, two tabs: what one was made for is not done in the name of who has signed in with the other. */
import { expect } from "bun:test"
import { Effect } from "effect"
import type { Page } from "playwright"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openClosedBoard } from "./openBoard.ts"

const LONG_MS = 120_000

const WORDS = "You are signed in as somebody else now."

const signedIn = Effect.gen(function* () {
  const { fake, identity, page: first, server, uploads } = yield* openClosedBoard
  const job = fake.seed({ status: "in_progress", attempts: 1 })
  const signIn = async (page: Page, key: string) => {
    await page.goto(`${server.url.origin}/sign-in`)
    await page.getByLabel("Key").fill(key)
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.waitForURL(({ pathname }) => pathname !== "/sign-in")
  }
  const second = yield* look(() => first.context().newPage())
  yield* look(() => signIn(first, identity.keyFor("admin")))
  const othersSignIn = (organisationId?: string) => signIn(second, identity.keyFor("operator", organisationId))
  const go = (path: string) => first.goto(`${server.url.origin}${path}`)
  return { fake, first, go, job, othersSignIn, uploads }
})

it.live(
  "says so on a live page, and takes none of its actions",
  () =>
    Effect.gen(function* () {
      const { fake, first, go, job, othersSignIn } = yield* signedIn
      yield* look(async () => {
        await go(`/jobs/${job.jobId}`)
        await first.locator('#live[data-state="live"]').waitFor()
        await othersSignIn()
        await first.bringToFront()

        await first.getByRole("button", { name: "Cancel" }).click()
        await first.getByRole("dialog").getByRole("button", { name: "Cancel job" }).click()
        await first.locator(".toast-alert").getByText(WORDS).waitFor()
        await first.locator("#new-version").getByText(WORDS).waitFor()
        expect(await first.locator("#live").count()).toBe(0)
        expect(fake.jobs.get(job.id)?.status).toBe("in_progress")

        await first.getByRole("button", { name: "Reload" }).click()
        await first.locator('#live[data-state="live"]').waitFor()
        expect(await first.getByText(WORDS).count()).toBe(0)
      })
    }),
  LONG_MS
)

it.live(
  "says so by the stream of the page too, until it is loaded again",
  () =>
    Effect.gen(function* () {
      const { fake, first, go, othersSignIn } = yield* signedIn
      yield* look(async () => {
        await go("/jobs")
        const live = first.locator("#live")
        await live.getByText("Live", { exact: true }).waitFor()
        await othersSignIn()
        await first.bringToFront()
        await live.click()
        await live.click()
        await first.locator("#new-version").getByText(WORDS).waitFor()
        await live.waitFor({ state: "detached" })
        await first.getByRole("button", { name: "Reload" }).click()
        await live.getByText("Live", { exact: true }).waitFor()

        await go("/settings")
        await first.getByLabel("Times").selectOption("utc")
        await first.getByRole("button", { name: "Save" }).click()
        await first.getByText("Saved.").waitFor()
        expect(fake.jobs.size).toBe(1)
      })
    }),
  LONG_MS
)

it.live(
  "refuses a form of a page without a stream",
  () =>
    Effect.gen(function* () {
      const { fake, first, go, othersSignIn } = yield* signedIn
      yield* look(async () => {
        await go("/jobs/new/add-item-tags")
        await othersSignIn()
        await first.bringToFront()
        const answered = first.waitForResponse((response) => response.request().method() === "POST")
        await first.getByRole("button", { name: "Start job" }).click()
        expect((await answered).status()).toBe(409)
        await first.getByRole("heading", { name: WORDS }).waitFor()
        await first.getByText("Nothing was done, and nothing that you typed was kept.").waitFor()
        expect(fake.jobs.size).toBe(1)
        await first.getByRole("link", { name: "Load the page again" }).click()
        await first.getByRole("button", { name: "Start job" }).waitFor()
        expect(new URL(first.url()).pathname).toBe("/jobs/new/add-item-tags")
      })
    }),
  LONG_MS
)

it.live(
  "does not sign out who has signed in since",
  () =>
    Effect.gen(function* () {
      const { first, go, othersSignIn } = yield* signedIn
      yield* look(async () => {
        await go("/settings")
        await othersSignIn()
        await first.bringToFront()
        const answered = first.waitForResponse((response) => response.request().method() === "POST")
        await first.getByRole("button", { name: "Sign out" }).click()
        expect((await answered).status()).toBe(409)
        await first.getByRole("link", { name: "Load the page again" }).click()
        await first.waitForURL("**/settings")
        await first.getByRole("button", { name: "Sign out" }).click()
        await first.waitForURL("**/sign-in")
      })
    }),
  LONG_MS
)

it.live(
  "keeps no file that is sent for another organisation",
  () =>
    Effect.gen(function* () {
      const { fake, first, go, othersSignIn, uploads } = yield* signedIn
      const send = async () => {
        const file = { name: "menu.csv", mimeType: "text/csv", buffer: Buffer.from("restaurantId\nbao\n") }
        await first.getByLabel("File", { exact: true }).setInputFiles(file)
        const answered = first.waitForResponse((response) => response.request().method() === "POST")
        await first.getByRole("button", { name: "Check the file" }).click()
        return (await answered).status()
      }
      yield* look(async () => {
        await go("/jobs/new/bulk_import")
        await othersSignIn("elsewhere")
        await first.bringToFront()
        expect(await send()).toBe(409)
        await first.getByRole("heading", { name: WORDS }).waitFor()
        expect([fake.jobs.size, uploads.files.size]).toEqual([1, 0])

        await go("/jobs/new/bulk_import")
        // What its rows become was not chosen.
        expect(await send()).toBe(422)
        expect([...uploads.files.values()].map(({ upload }) => upload.organisationId)).toEqual(["elsewhere"])
      })
    }),
  LONG_MS
)
