import { expect } from "bun:test"
import { Cause, Effect } from "effect"
import { it } from "../../support/effect.ts"
import { cutOffAfterEach } from "../support/cutOff.ts"
import { makeStepsMemory } from "../support/MemorySteps.ts"
import { practise } from "../support/PracticeSite.ts"

/** Several attempts in a real browser, on a machine that may be busy. */
const LONGEST_MS = 180_000

const restaurant = "osteria-new"

const account = { restaurantId: restaurant, email: "practice@example.com", password: "practice-password" }

const input = { ...account, bank: { holder: "Bianchetti Holding", iban: "DE89 3704 0044 0532 0130 00" } }

const saves = (requests: ReadonlyArray<string>) =>
  requests.filter((request) => request.startsWith("POST") && request !== "POST /sign-in")

it.live(
  "sends the bank details of its example once, and says that a person has to go on",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests } = yield* practise("setup-stripe-payments-no-link")

      const first = yield* attempt()
      const second = yield* attempt()

      expect(second).toEqual({ ...(first as object), sent: false })
      expect(first).toEqual({
        sent: true,
        status: "waiting",
        reference: expect.stringMatching(/^REQ-[0-9A-F]{8}$/u),
        accountEnding: "3456",
        toDo: expect.stringContaining("A person at the payments provider")
      })
      expect(saves(requests(restaurant))).toEqual(["POST /payments/bank-details"])
      expect(log).toContain("The bank details were sent before")
      expect(JSON.stringify([log, first])).not.toMatch(/IT60|Osteria/u)
    }),
  LONGEST_MS
)

it.live(
  "sends them once wherever it was cut off, also when the answer is lost",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("setup-stripe-payments-no-link")
      const memory = makeStepsMemory()

      const whole = yield* cutOffAfterEach(["look", "send", "verify"], attempt, input)
      const other = { ...input, restaurantId: "trattoria-new" }
      faults.switchOn("trattoria-new", {
        kind: "dropped-connection",
        pathPrefix: "/payments/bank-details",
        timesLeft: 2
      })
      const first = yield* Effect.flip(attempt(other, memory))
      const second = yield* Effect.flip(attempt(other, memory))
      const third = yield* attempt(other, memory)

      expect(whole).toMatchObject({ sent: true, status: "waiting" })
      expect(saves(requests(restaurant))).toEqual(["POST /payments/bank-details"])
      expect([first, second]).toMatchObject([{ code: "NETWORK_ERROR" }, { code: "NETWORK_ERROR" }])
      expect(third).toMatchObject({ sent: true, status: "waiting" })
      expect(saves(requests("trattoria-new"))).toEqual(["POST /payments/bank-details"])
    }),
  LONGEST_MS
)

it.live(
  "never replaces bank details, sends no wrong ones, and none where there is a link",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests } = yield* practise("setup-stripe-payments-no-link")
      const wrong = { ...input, bank: { ...input.bank, iban: "DE88 3704 0044 0532 0130 00" } }

      const refused = yield* Effect.flip(Effect.sandbox(attempt(wrong)))
      yield* attempt(input)
      const before = saves(requests(restaurant)).length
      const other = yield* Effect.flip(attempt())
      const linked = yield* Effect.flip(attempt({ ...input, restaurantId: "trattoria-roma" }))

      expect(Cause.squash(refused)).toMatchObject({
        _tag: "FatalError",
        code: "VALIDATION_ERROR",
        message: "The portal refused the bank details."
      })
      expect(`${Cause.pretty(refused)} ${JSON.stringify(Cause.squash(refused))} ${log}`).not.toMatch(
        /DE88|0532|Bianchetti/u
      )
      expect(other).toMatchObject({
        _tag: "FatalError",
        code: "ALREADY_EXISTS",
        message: expect.stringContaining("3000")
      })
      expect(linked).toMatchObject({ code: "VALIDATION_ERROR", hint: expect.stringContaining("Set up payments") })
      expect(saves(requests(restaurant))).toHaveLength(before)
      expect(saves(requests("trattoria-roma"))).toEqual([])
    }),
  LONGEST_MS
)
