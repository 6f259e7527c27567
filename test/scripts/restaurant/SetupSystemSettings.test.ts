import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { cutOffAfterEach } from "../support/cutOff.ts"
import { makeStepsMemory } from "../support/MemorySteps.ts"
import { practise } from "../support/PracticeSite.ts"

/** Several attempts in a real browser, on a machine that may be busy. */
const LONGEST_MS = 180_000

const restaurant = "trattoria-roma"

const account = { restaurantId: restaurant, email: "practice@example.com", password: "practice-password" }

const writes = (requests: ReadonlyArray<string>) => requests.filter((request) => request.startsWith("POST"))

it.live(
  "sets what its example says, and changes nothing when everything is right",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests } = yield* practise("setup-system-settings")

      const first = yield* attempt()
      const firstWrites = writes(requests())
      const second = yield* attempt()

      expect(first).toEqual({
        changed: [
          "Time zone",
          "Language",
          "Standard tax rate in %",
          "Reduced tax rate in %",
          "Order e-mail",
          "Send an e-mail for each order",
          "Receipt text"
        ],
        unchanged: ["Currency", "Prices include tax"]
      })
      expect(firstWrites).toEqual(["POST /sign-in", "POST /settings"])
      expect(second).toMatchObject({ changed: [] })
      expect(writes(requests()).slice(2)).toEqual(["POST /sign-in"])
      expect(log).toContain("All settings are right")
      expect(log.join(" ")).not.toContain("orders@example.com")
    }),
  LONGEST_MS
)

it.live(
  "takes an order e-mail whose domain has other letters than ASCII, and finds it right afterwards",
  () =>
    Effect.gen(function* () {
      const { attempt } = yield* practise("setup-system-settings")
      const input = { ...account, settings: { orderEmail: "orders@straße.example" } }

      const first = yield* attempt(input)
      const second = yield* attempt(input)

      expect(first).toMatchObject({ changed: ["Order e-mail"] })
      expect(second).toMatchObject({ unchanged: ["Order e-mail"] })
    }),
  LONGEST_MS
)

it.live(
  "goes on wherever it was cut off, saves once and leaves alone what it was not told",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("setup-system-settings")
      yield* attempt()
      const before = writes(requests()).length
      const input = { ...account, settings: { currency: "CHF", receiptText: "Danke!\nBis bald.", reducedTax: 8.1 } }

      const result = yield* cutOffAfterEach(["compare", "save", "verify"], attempt, input)
      const again = yield* attempt({ ...account, settings: { timeZone: "Europe/Rome", language: "it" } })

      expect(result).toEqual({ changed: ["Currency", "Reduced tax rate in %", "Receipt text"], unchanged: [] })
      expect(
        writes(requests())
          .slice(before)
          .filter((write) => write !== "POST /sign-in")
      ).toEqual(["POST /settings"])
      expect(again).toEqual({ changed: [], unchanged: ["Time zone", "Language"] })
    }),
  LONGEST_MS
)

it.live(
  "says what the portal does not offer or does not take, and saves nothing",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("setup-system-settings")
      const failureOf = (settings: unknown) => Effect.flip(attempt({ ...account, settings }))

      const unknown = yield* failureOf({ timeZone: "Europe/Atlantis" })
      const refused = yield* failureOf({ sendsOrderEmail: true })
      const invalid = yield* failureOf({ standardTax: 10, reducedTax: 22 })
      const nothing = yield* failureOf({})
      const current = yield* attempt({ ...account, settings: { timeZone: "UTC", sendsOrderEmail: false } })

      expect(unknown).toMatchObject({
        _tag: "FatalError",
        code: "VALIDATION_ERROR",
        message: "The portal does not offer “Europe/Atlantis” in the field “Time zone”.",
        hint: expect.stringContaining("Europe/Rome")
      })
      expect(refused).toMatchObject({
        code: "VALIDATION_ERROR",
        message: "The portal refused to save the settings.",
        hint: "It says: Order e-mails need an address to go to."
      })
      expect(invalid).toMatchObject({
        _tag: "InvalidInput",
        issues: [{ path: "settings", message: "the reduced tax rate is higher than the standard one" }]
      })
      expect(nothing).toMatchObject({ _tag: "InvalidInput" })
      expect(current).toMatchObject({ changed: [] })
      expect(writes(requests()).filter((write) => write === "POST /settings")).toHaveLength(1)
    }),
  LONGEST_MS
)

it.live(
  "signs in again after a lost session, and names a button that is not where it was",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("setup-system-settings")
      const memory = makeStepsMemory()
      const input = { ...account, settings: { currency: "CHF" } }
      faults.switchOn(restaurant, { kind: "session", timesLeft: 1, pathPrefix: "/settings" })

      const lost = yield* Effect.flip(attempt(input, memory))
      const result = yield* attempt(input, memory)
      faults.switchOn(restaurant, { kind: "moved-button", timesLeft: 5, pathPrefix: "/settings" })
      const moved = yield* Effect.flip(attempt({ ...account, settings: { currency: "GBP" } }))

      expect(lost).toMatchObject({ _tag: "RetryableError", code: "SESSION_EXPIRED" })
      expect(result).toEqual({ changed: ["Currency"], unchanged: [] })
      expect(moved).toMatchObject({
        _tag: "FatalError",
        code: "ELEMENT_NOT_FOUND",
        message: "The portal has changed: the button “Save settings” is not on its page /practice/settings any more."
      })
      expect(writes(requests())).toEqual(["POST /sign-in", "POST /sign-in", "POST /settings", "POST /sign-in"])
    }),
  LONGEST_MS
)
