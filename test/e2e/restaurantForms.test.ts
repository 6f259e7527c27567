import { expect } from "bun:test"
import { join } from "node:path"
import { Effect } from "effect"
import { openBrowser } from "../support/browser.ts"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const LONG_MS = 600_000

const examples = [
  ["add-option-sets", { created: ["Size", "Extra toppings"], choicesAdded: 5, itemsAdded: 5 }],
  ["import-csv-menu", { created: 3, changed: 1, refused: [] }],
  ["configure-website-dark", { published: true, changed: expect.arrayContaining(["Theme"]) }],
  ["configure-website-light", { published: true, changed: ["Theme", "Accent colour"] }],
  ["register-restaurant", { registered: true, restaurantId: "osteria-nova" }],
  ["setup-stripe-payments", { connected: true, wasConnected: false }],
  ["setup-stripe-payments-no-link", { sent: true, status: "waiting" }],
  ["setup-services", { servicesChanged: ["Delivery", "Pickup", "Dine-in"], zonesCreated: ["Centro", "Trastevere"] }],
  ["setup-system-settings", { unchanged: ["Currency", "Prices include tax"] }],
  ["create-api-key", { created: true }],
  ["finalise-onboarding", { published: true, wasPublished: false, services: 1 }]
] as const

it.live(
  "does what the forms of the restaurant scripts say when they are sent as they are offered",
  () =>
    Effect.gen(function* () {
      const callboard = yield* startCallboard({ dataDirectory: join(yield* temporaryDirectory, "data") })
      const browser = yield* openBrowser
      const page = yield* Effect.promise(() => browser.newPage())
      const send = async (type: string) => {
        await page.goto(new URL(`/jobs/new/${type}`, callboard.url).href)
        await page.getByRole("button", { name: "Start job" }).click()
        await page.waitForURL(/\/jobs\/JOB_\w+$/u)
        return page.url().split("/").at(-1) ?? ""
      }

      // One after the other: they work on the same restaurant.
      const jobs = yield* Effect.forEach(examples, ([type]) =>
        Effect.flatMap(
          Effect.promise(() => send(type)),
          callboard.jobEnded
        )
      )

      expect(jobs).toMatchObject(examples.map(([, result]) => ({ status: "completed", attempts: 1, result })))
      expect(JSON.stringify([jobs, callboard.output()])).not.toMatch(/practice-password|1980-02-29|5550100|X054/u)
    }),
  LONG_MS
)
