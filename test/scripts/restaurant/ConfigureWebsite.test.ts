import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { cutOffAfterEach } from "../support/cutOff.ts"
import { makeStepsMemory } from "../support/MemorySteps.ts"
import { practise } from "../support/PracticeSite.ts"

/** The first test may have to unpack a browser, and a job of many attempts takes as many browsers. */
const BROWSER_TIMEOUT_MS = 180_000

const restaurant = "trattoria-roma"

const account = { restaurantId: restaurant, email: "practice@example.com", password: "practice-password" }

const steps = ["sign-in", "read-website", "save-design", "publish", "verify"]

const writes = (requests: ReadonlyArray<string>) => requests.filter((request) => request.startsWith("POST"))

for (const theme of ["dark", "light"] as const) {
  it.live(
    `publishes the ${theme} website of its example, and changes nothing the second time`,
    () =>
      Effect.gen(function* () {
        const { attempt, requests, url } = yield* practise(`configure-website-${theme}`)
        const memory = makeStepsMemory()

        const first = yield* attempt(undefined, memory)
        const before = writes(requests()).length
        const second = yield* attempt()

        const address = new URL("sites/trattoria-roma", url).href
        const changed = ["Accent colour", "Headline", "Welcome text"]
        expect(first).toEqual({
          changed: theme === "dark" ? ["Theme", ...changed] : changed,
          published: true,
          url: address
        })
        expect(memory.started).toEqual(steps)
        expect(second).toEqual({ changed: [], published: false, url: address })
        expect(writes(requests()).slice(before)).toEqual(["POST /sign-in"])
      }),
    BROWSER_TIMEOUT_MS
  )
}

it.live(
  "goes on after being cut off behind each step, and does nothing twice",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("configure-website-dark")

      const result = yield* cutOffAfterEach(steps, attempt, { ...account, headline: "Roma" })

      expect(result).toMatchObject({ changed: ["Theme", "Accent colour", "Headline"], published: true })
      expect(writes(requests()).filter((request) => request !== "POST /sign-in")).toEqual([
        "POST /website",
        "POST /website/publish"
      ])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "keeps the welcome text when it is told none, and blanks and case change nothing",
  () =>
    Effect.gen(function* () {
      const { attempt } = yield* practise("configure-website-dark")
      const input = { ...account, headline: "  Trattoria   Roma ", accent: "#AA5500" }
      yield* attempt({ ...input, welcome: "Open daily.\nCome in!" })

      const same = yield* attempt(input)
      const other = yield* attempt({ ...input, welcome: "" })

      expect(same).toMatchObject({ changed: [], published: false })
      expect(other).toMatchObject({ changed: ["Welcome text"], published: true })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "refuses colours and headlines that no website can have, before it starts",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("configure-website-light")
      const wrong = [
        { headline: "Roma", accent: "red" },
        { headline: " " },
        { headline: "x".repeat(81) },
        { headline: "Roma", welcome: "x".repeat(501) }
      ]

      const errors = yield* Effect.forEach(wrong, (fields) => Effect.flip(attempt({ ...account, ...fields })))

      expect(errors).toMatchObject(
        ["accent", "headline", "headline", "welcome"].map((path) => ({ _tag: "InvalidInput", issues: [{ path }] }))
      )
      expect(requests()).toEqual([])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "goes on after a lost answer, an error of the portal and a lost session",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("configure-website-dark")
      const memory = makeStepsMemory()
      const input = { ...account, headline: "Roma" }
      faults.switchOn(restaurant, { kind: "session", pathPrefix: "/website" })
      const session = yield* Effect.flip(attempt(input, memory))
      faults.switchOn(restaurant, { kind: "dropped-connection", pathPrefix: "/website/publish" })
      const dropped = yield* Effect.flip(attempt(input, memory))
      faults.switchOn(restaurant, { kind: "error", pathPrefix: "/sites" })
      const error = yield* Effect.flip(attempt(input, memory))

      const result = yield* attempt(input, memory)

      expect([session, dropped, error]).toMatchObject([
        { code: "SESSION_EXPIRED", retryable: true },
        { code: "NETWORK_ERROR", retryable: true },
        { code: "SERVICE_UNAVAILABLE", retryable: true }
      ])
      expect(result).toMatchObject({ published: true })
      expect(writes(requests()).filter((request) => request === "POST /website/publish")).toHaveLength(1)
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "says which button is not there any more",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("configure-website-light")
      faults.switchOn(restaurant, { kind: "moved-button", timesLeft: 9, pathPrefix: "/website" })

      const error = yield* Effect.flip(attempt({ ...account, headline: "Roma" }))

      expect(error).toMatchObject({
        code: "ELEMENT_NOT_FOUND",
        message: "The portal has changed: the button “Save draft” is not on its page /practice/website any more."
      })
    }),
  BROWSER_TIMEOUT_MS
)
