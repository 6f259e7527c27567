import { expect } from "bun:test"
import { AxeBuilder } from "@axe-core/playwright"
import { Effect } from "effect"
import { openBrowser } from "../../support/browser.ts"
import { it } from "../../support/effect.ts"
import { makeIdentityApp } from "../identityApp.ts"

const views = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 320 }
] as const

it.live("shows sign-in, keys and audit without accessibility violation, sideways scroll or policy error", () =>
  Effect.gen(function* () {
    const { app, identity } = yield* makeIdentityApp()
    const secret = identity.keyFor("admin")
    identity.notes.push(
      { action: "key-create", by: "Ada", target: "018f0000-0000-7000-8000-000000000001", after: { name: "Portal" } },
      { action: "cancel", by: "Ada", target: "JOB_20261124_050000_0123abcd", after: { status: "cancelled" } },
      { action: "sign-in-failed", by: "somebody at 203.0.113.0/24" }
    )
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => app.fetch(request) })),
      (running) => Effect.promise(() => running.stop(true))
    )
    const browser = yield* openBrowser

    const look = async ({ colorScheme, width }: (typeof views)[number]) => {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
      const page = await context.newPage()
      const complaints: Array<string> = []
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
      const check = async (name: string) => {
        const violations = (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [
          id,
          nodes[0]?.html
        ])
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect([name, width, violations, overflow]).toEqual([name, width, [], 0])
      }
      await page.goto(`${server.url.origin}/audit`)
      await check("sign-in")
      await page.getByLabel("Key").fill(secret)
      await page.getByRole("button", { name: "Sign in" }).click()
      await page.getByRole("heading", { name: "Audit" }).waitFor()
      await check("audit")
      await page.getByRole("link", { name: "Keys" }).click()
      await page.getByLabel("Name").fill("Portal")
      await page.getByRole("button", { name: "Make key" }).click()
      await page.getByText("Copy it now").waitFor()
      expect(await page.evaluate(() => document.activeElement?.className)).toContain("box-made")
      const [head, made] = [await page.locator(".top").boundingBox(), await page.locator(".box-made").boundingBox()]
      expect(made!.y).toBeGreaterThanOrEqual(head!.y + head!.height)
      expect(made!.y + made!.height).toBeLessThanOrEqual(800)
      await check("keys")
      await page.getByRole("button", { name: "Revoke" }).first().click()
      await page.getByRole("button", { name: "Revoke key" }).click()
      await page.getByRole("heading", { name: "Keys" }).waitFor()
      await page.getByText("Copy it now").waitFor({ state: "detached" })
      await page.getByRole("button", { name: "Sign out" }).click()
      await page.waitForURL("**/sign-in")
      expect(complaints).toEqual([])
      await context.close()
    }

    for (const view of views) yield* Effect.promise(() => look(view))
  })
)
