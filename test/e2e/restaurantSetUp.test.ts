import { expect } from "bun:test"
import { join } from "node:path"
import { Glob } from "bun"
import { Effect } from "effect"
import { openBrowser } from "../support/browser.ts"
import { eventually, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const LONG_MS = 900_000

/** Secrets of the examples: the password, a date of birth, a telephone number, an account. */
const SECRETS = ["practice-password", "1980-02-29", "5550100", "X0542811", "X054 2811"]

interface ListedType {
  readonly jobType: string
  readonly lane: string
  readonly example: Readonly<Record<string, unknown>>
}

/** What the forms give when they are sent as they are offered, one after the other, on the restaurant that they name. */
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

/** Where each script can do all of its work. The portal offers no payment link to restaurants named so. */
const restaurantOf = (type: string, n: number): string => {
  if (type === "register-restaurant") return `osteria-${n}`
  return type === "setup-stripe-payments-no-link" ? `bistro-${n}-new` : `bistro-${n}`
}

const jobOf = ({ example, jobType }: ListedType, n: number) => ({
  jobType,
  clientRef: `${jobType} ${n}`,
  input: {
    ...example,
    restaurantId: restaurantOf(jobType, n),
    ...(jobType === "register-restaurant" && { email: `owner-${n}@example.com` })
  },
  ...(jobType === "finalise-onboarding" && {
    dependsOn: ["setup-services", "setup-system-settings", "setup-stripe-payments"].map((type) => `${type} ${n}`)
  })
})

/** Files of a folder that hold one of these texts. The practice portal stands for another company's site. */
const filesWith = async (folder: string, texts: ReadonlyArray<string>) => {
  const found: Array<string> = []
  for await (const path of new Glob("**/*").scan({ cwd: folder, dot: true })) {
    if (path.startsWith("practice-portal.sqlite")) continue
    const bytes = Buffer.from(await Bun.file(join(folder, path)).arrayBuffer())
    found.push(...texts.filter((text) => bytes.includes(text)).map((text) => `${text} in ${path}`))
  }
  return found
}

it.live(
  "sets up two restaurants with all twelve scripts in one batch and one by forms, and keeps none of their secrets",
  () =>
    Effect.gen(function* () {
      const dataDirectory = join(yield* temporaryDirectory, "data")
      const callboard = yield* startCallboard({ dataDirectory })
      const ask = <A>(path: string, body?: unknown) =>
        Effect.promise(async (): Promise<A> => {
          const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
          const answer = await fetch(new URL(path, callboard.url), body === undefined ? {} : init)
          return ((await answer.json()) as { readonly data: A }).data
        })
      const types = (yield* ask<ReadonlyArray<ListedType>>("/api/jobs/types")).filter(({ lane }) => lane === "browser")
      expect(types).toHaveLength(12)

      const browser = yield* openBrowser
      const page = yield* Effect.promise(() => browser.newPage())
      const send = async (type: string) => {
        await page.goto(new URL(`/jobs/new/${type}`, callboard.url).href)
        await page.getByRole("button", { name: "Start job" }).click()
        await page.waitForURL(/\/jobs\/JOB_\w+$/u)
        return page.url().split("/").at(-1) ?? ""
      }
      // A restaurant takes one job at a time, the oldest first.
      const sent = yield* Effect.forEach(examples, ([type]) => Effect.promise(() => send(type)))

      // In turns, so that both sessions are busy until the end.
      const jobs = types.flatMap((type) => [1, 2].map((n) => jobOf(type, n)))
      const batch = yield* ask<{ readonly jobs: ReadonlyArray<{ readonly id: string }> }>("/api/jobs/batch", { jobs })
      const ended = yield* Effect.forEach(batch.jobs, ({ id }) =>
        eventually(
          Effect.map(ask<{ readonly status: string; readonly jobType: string }>(`/api/jobs/${id}`), (job) =>
            ["completed", "failed", "cancelled"].includes(job.status) ? job : undefined
          )
        )
      )

      const bySending = yield* Effect.forEach(sent, callboard.jobEnded)

      expect(ended.filter(({ status }) => status !== "completed")).toEqual([])
      expect(bySending).toMatchObject(examples.map(([, result]) => ({ status: "completed", attempts: 1, result })))
      expect(SECRETS.filter((secret) => JSON.stringify(bySending).includes(secret))).toEqual([])
      expect(SECRETS.filter((secret) => callboard.output().includes(secret))).toEqual([])
      expect(yield* Effect.promise(() => filesWith(dataDirectory, SECRETS))).toEqual([])
    }),
  LONG_MS
)
