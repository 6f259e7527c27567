import { expect } from "bun:test"
import { Cause, Effect } from "effect"
import { it } from "../../support/effect.ts"
import { cutOffAfterEach } from "../support/cutOff.ts"
import { makeStepsMemory } from "../support/MemorySteps.ts"
import { practise } from "../support/PracticeSite.ts"

/** Several attempts in a real browser, on a machine that may be busy. */
const LONGEST_MS = 180_000

const restaurant = "trattoria-roma"

const account = { restaurantId: restaurant, email: "practice@example.com", password: "practice-password" }

const business = {
  legalName: "Sushi Ito GmbH",
  businessType: "Company",
  taxNumber: "DE123456789",
  street: "Am Markt 1",
  postcode: "10115",
  city: "Berlin",
  country: "Germany"
}
const representative = {
  firstName: "Adalgisa",
  lastName: "Bianchetti",
  birthDate: "1979-12-31",
  email: "adalgisa@example.com",
  phone: "+49 30 5550199"
}
const bank = { holder: "Bianchetti Holding", iban: "DE89 3704 0044 0532 0130 00" }
const otherIban = "IT60 X054 2811 1010 0000 0123 456"

const input = { ...account, business, representative, bank }

const saves = (requests: ReadonlyArray<string>) =>
  requests.filter((request) => request.startsWith("POST") && request !== "POST /sign-in")

const wholeWay = [
  "POST /payments/connect",
  "POST /payments-provider/business",
  "POST /payments-provider/representative",
  "POST /payments-provider/bank",
  "POST /payments-provider/review"
]

it.live(
  "walks its example through the provider's pages, and changes nothing when it is connected",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests } = yield* practise("setup-stripe-payments")

      const first = yield* attempt()
      const second = yield* attempt()

      expect(second).toEqual({ ...(first as object), wasConnected: true })
      expect(first).toEqual({
        connected: true,
        wasConnected: false,
        accountId: expect.stringMatching(/^acct_[0-9a-f]{16}$/u),
        accountEnding: "3456"
      })
      expect(saves(requests())).toEqual(wholeWay)
      expect(log).toContain("Payments are connected already")
    }),
  LONGEST_MS
)

it.live(
  "goes on at the provider's next page wherever it was cut off, and tells nobody who the person is",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests } = yield* practise("setup-stripe-payments")
      const memory = makeStepsMemory()

      const steps = ["look", "business", "representative", "bank", "submit", "verify"]
      const result = yield* cutOffAfterEach(steps, attempt, input, memory)

      expect(result).toMatchObject({ connected: true, wasConnected: false, accountEnding: "3000" })
      expect(saves(requests()).filter((save) => save !== "POST /payments/connect")).toEqual(wholeWay.slice(1))
      const told = JSON.stringify([log, memory.progress, [...memory.checkpoints.values()], requests(), result])
      expect(told).not.toMatch(/Adalgisa|Bianchetti|1979|adalgisa@|5550199|DE89|0532|DE123456789/u)
    }),
  LONGEST_MS
)

it.live(
  "says which page the provider refused without quoting it, and goes on from there with the right input",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests } = yield* practise("setup-stripe-payments")
      const wrongBank = { ...input, bank: { ...bank, iban: "DE88 3704 0044 0532 0130 00" } }

      const cause = yield* Effect.flip(Effect.sandbox(attempt(wrongBank)))
      const unknownType = yield* Effect.flip(
        attempt({ ...input, restaurantId: "sushi-ito", business: { ...business, businessType: "Kingdom" } })
      )
      const before = saves(requests()).length
      const result = yield* attempt(input)

      expect(Cause.squash(cause)).toMatchObject({
        _tag: "FatalError",
        code: "VALIDATION_ERROR",
        message: "The payments provider refused the bank account."
      })
      expect(`${Cause.pretty(cause)} ${JSON.stringify(Cause.squash(cause))} ${log}`).not.toMatch(
        /DE88|0532|Bianchetti/u
      )
      expect(unknownType).toMatchObject({
        code: "VALIDATION_ERROR",
        message: "The portal does not offer “Kingdom” in the field “Business type”.",
        hint: "It offers: Company, Partnership, Sole trader."
      })
      expect(saves(requests()).slice(before)).toEqual([
        "POST /payments/connect",
        "POST /payments-provider/bank",
        "POST /payments-provider/review"
      ])
      expect(result).toMatchObject({ connected: true, accountEnding: "3000" })
    }),
  LONGEST_MS
)

it.live(
  "sends no application that an earlier run left there with other details",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, log, requests } = yield* practise("setup-stripe-payments")
      const left = { business: { ...business, legalName: "Wrong S.r.l." }, bank: { ...bank, iban: otherIban } }
      faults.switchOn(restaurant, { kind: "captcha", timesLeft: 1, pathPrefix: "/payments-provider/review" })
      yield* Effect.flip(attempt({ ...input, ...left }))

      const error = yield* Effect.flip(attempt(input))
      const sent = saves(requests()).filter((save) => save === "POST /payments-provider/review")
      const result = yield* attempt({ ...input, ...left })

      expect(error).toMatchObject({
        _tag: "FatalError",
        code: "ALREADY_EXISTS",
        message:
          "The payments provider has other details from before: the legal name “Wrong S.r.l.”, an account that ends in 3456. The application was not sent."
      })
      expect(sent).toEqual([])
      expect(result).toMatchObject({ connected: true, accountEnding: "3456" })
      expect(`${JSON.stringify(error)} ${log}`).not.toMatch(/IT60|0542811|Bianchetti/u)
    }),
  LONGEST_MS
)

it.live(
  "does not report an account as connected by it that is not the input's",
  () =>
    Effect.gen(function* () {
      const { attempt } = yield* practise("setup-stripe-payments")
      const memory = makeStepsMemory()
      yield* attempt(input, memory)
      memory.checkpoints.delete("verify")

      const error = yield* Effect.flip(attempt({ ...input, bank: { ...bank, iban: otherIban } }, memory))

      expect(error).toMatchObject({ code: "ALREADY_EXISTS", message: expect.stringContaining("3000") })
    }),
  LONGEST_MS
)

it.live(
  "fails for good where the portal offers no link, and says what to run instead",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("setup-stripe-payments")

      const error = yield* Effect.flip(attempt({ ...input, restaurantId: "osteria-new" }))

      expect(error).toMatchObject({
        _tag: "FatalError",
        code: "NOT_FOUND",
        hint: expect.stringContaining("Set up payments without a link")
      })
      expect(saves(requests("osteria-new"))).toEqual([])
    }),
  LONGEST_MS
)

it.live(
  "sends the application once when its answer is lost, and goes on after a lost session",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("setup-stripe-payments")
      const memory = makeStepsMemory()
      faults.switchOn(restaurant, { kind: "session", timesLeft: 1, pathPrefix: "/payments-provider/bank" })
      faults.switchOn(restaurant, { kind: "dropped-connection", timesLeft: 1, pathPrefix: "/payments-provider/review" })

      const lost = yield* Effect.flip(attempt(input, memory))
      const dropped = yield* Effect.flip(attempt(input, memory))
      const result = yield* attempt(input, memory)

      expect(lost).toMatchObject({ _tag: "RetryableError", code: "SESSION_EXPIRED" })
      expect(dropped).toMatchObject({ _tag: "RetryableError", code: "NETWORK_ERROR" })
      expect(result).toMatchObject({ connected: true, wasConnected: false })
      expect(saves(requests()).filter((save) => save.startsWith("POST /payments-provider/"))).toEqual(wholeWay.slice(1))
    }),
  LONGEST_MS
)

it.live(
  "names the button that the provider moved",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("setup-stripe-payments")
      faults.switchOn(restaurant, { kind: "moved-button", timesLeft: 1, pathPrefix: "/payments-provider" })

      const error = yield* Effect.flip(attempt(input))

      expect(error).toMatchObject({
        _tag: "FatalError",
        code: "ELEMENT_NOT_FOUND",
        message:
          "The portal has changed: the button “Continue” is not on its page /practice/payments-provider/business any more."
      })
    }),
  LONGEST_MS
)

it.live(
  "stops at a page of the provider that it does not know, and keeps no step as done",
  () =>
    Effect.gen(function* () {
      const { attempt, requests, strange } = yield* practise("setup-stripe-payments")
      const memory = makeStepsMemory()
      strange.set("/practice/payments-provider", "<!doctype html><h1>One more document</h1>")

      const error = yield* Effect.flip(attempt(input, memory))
      strange.clear()
      const result = yield* attempt(input, memory)

      expect(error).toMatchObject({ _tag: "FatalError", code: "ELEMENT_NOT_FOUND" })
      expect(error).toMatchObject({ message: expect.stringContaining("a page of it that the script does not know") })
      expect(result).toMatchObject({ connected: true, wasConnected: false })
      expect(saves(requests()).filter((save) => save.startsWith("POST /payments-provider/"))).toEqual(wholeWay.slice(1))
    }),
  LONGEST_MS
)

it.live(
  "refuses a date and an e-mail that do not exist before it starts, without repeating them",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("setup-stripe-payments")
      const wrong = [{ birthDate: "1979-02-29" }, { birthDate: "31.12.1979" }, { email: "adalgisa@" }]

      const errors = yield* Effect.forEach(wrong, (fields) =>
        Effect.flip(attempt({ ...input, representative: { ...representative, ...fields } }))
      )

      expect(errors).toMatchObject([
        { issues: [{ path: "representative.birthDate", message: "has to be a date such as 1980-02-29" }] },
        { issues: [{ path: "representative.birthDate" }] },
        { issues: [{ path: "representative.email", message: "has to be an e-mail address" }] }
      ])
      expect(JSON.stringify(errors)).not.toMatch(/1979|adalgisa/u)
      expect(requests()).toEqual([])
    }),
  LONGEST_MS
)
