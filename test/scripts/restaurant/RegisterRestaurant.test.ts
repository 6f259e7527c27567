import { expect } from "bun:test"
import { Cause, Effect } from "effect"
import { it } from "../../support/effect.ts"
import { cutOffAfterEach } from "../support/cutOff.ts"
import { makeStepsMemory } from "../support/MemorySteps.ts"
import { makePracticePhone } from "../support/PracticePhone.ts"
import { practise } from "../support/PracticeSite.ts"

/** The first test may have to unpack a browser, and a job of many attempts takes as many browsers. */
const BROWSER_TIMEOUT_MS = 180_000

const restaurant = "osteria-nova"

const nova = {
  restaurantId: restaurant,
  name: " Osteria  Nova ",
  email: "owner@nova.example",
  password: "a-long-password",
  address: { street: "Via 1", postalCode: "00186", city: "Roma", country: "Italy", phone: "+39 06 1234567" },
  opening: { days: ["Friday", "Monday"], from: "11:30", to: "22:00" }
}

const steps = ["look", "account", "address", "opening", "create", "verify"]

const writes = (requests: ReadonlyArray<string>) => requests.filter((request) => request.startsWith("POST"))

it.live(
  "registers the restaurant of its example, and only signs in the second time",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("register-restaurant")
      const memory = makeStepsMemory()

      const first = yield* attempt(undefined, memory)
      const before = writes(requests(restaurant)).length
      const second = yield* attempt()

      expect(first).toEqual({ registered: true, restaurantId: restaurant })
      expect(memory.started).toEqual(steps)
      expect(second).toEqual({ registered: false, restaurantId: restaurant })
      expect(writes(requests(restaurant)).slice(before)).toEqual(["POST /sign-in"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "takes an e-mail whose domain has other letters than ASCII, and knows its account again",
  () =>
    Effect.gen(function* () {
      const { attempt } = yield* practise("register-restaurant")
      const withDomain = (domain: string) => attempt({ ...nova, email: `owner@${domain}` })

      const first = yield* withDomain("straße-münchen.example")
      const again = yield* withDomain("xn--strae-mnchen-o9a32b.example")
      const impossible = yield* Effect.flip(withDomain("١.example"))

      expect([first, again]).toMatchObject([{ registered: true }, { registered: false }])
      expect(impossible).toMatchObject({ issues: [{ path: "email", message: "has a domain that cannot exist" }] })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "goes on after being cut off behind each step, and creates the restaurant once",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("register-restaurant")

      const result = yield* cutOffAfterEach(steps, attempt, nova)

      expect(result).toEqual({ registered: true, restaurantId: restaurant })
      expect(writes(requests(restaurant)).filter((request) => request === "POST /register/confirm")).toHaveLength(1)
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "asks a person for the one-time code, and fails for good after three wrong ones",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, log, url } = yield* practise("register-restaurant")
      faults.switchOn(restaurant, { kind: "one-time-code", timesLeft: 2, pathPrefix: "/register" })
      const [stranger, person] = [makePracticePhone(url, restaurant, 3), makePracticePhone(url, restaurant, 1)]

      const error = yield* Effect.flip(attempt(nova, makeStepsMemory(), stranger.layer))
      const result = yield* attempt(nova, makeStepsMemory(), person.layer)

      expect(error).toMatchObject({ _tag: "FatalError", code: "INVALID_CREDENTIALS" })
      expect(result).toMatchObject({ registered: true })
      expect([stranger.asked.length, person.asked.length]).toEqual([3, 2])
      expect(log.join("\n")).not.toMatch(/\d{6}/u)
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "says when the ID or the e-mail is in use, and repeats neither e-mail nor password",
  () =>
    Effect.gen(function* () {
      const { attempt, log } = yield* practise("register-restaurant")
      yield* attempt(nova)
      const fail = (input: unknown) => Effect.flip(Effect.sandbox(attempt(input)))

      const sameId = yield* fail({ ...nova, email: "other@nova.example" })
      const sameMail = yield* fail({ ...nova, restaurantId: "other", password: "another-password" })
      const short = yield* fail({ ...nova, restaurantId: "other", email: "other@nova.example", password: "short-one" })

      expect(Cause.squash(sameId)).toMatchObject({
        code: "ALREADY_EXISTS",
        message: "The restaurant ID osteria-nova is in use. Nothing was registered."
      })
      expect(Cause.squash(sameMail)).toMatchObject({
        code: "ALREADY_EXISTS",
        message: "There is an account with this e-mail already. Nothing was registered."
      })
      expect(Cause.squash(short)).toMatchObject({
        code: "VALIDATION_ERROR",
        hint: expect.stringContaining("at least 10 characters")
      })
      const told = [sameId, sameMail, short].map((cause) => `${Cause.pretty(cause)} ${JSON.stringify(cause)}`)
      expect(`${told} ${log}`).not.toMatch(/@nova|-password|short-one/u)
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "does not change a restaurant that has other details",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("register-restaurant")
      yield* attempt(nova)
      const before = writes(requests(restaurant)).length

      const error = yield* Effect.flip(
        attempt({ ...nova, name: "Osteria Vecchia", opening: { ...nova.opening, to: "23:00" } })
      )

      expect(error).toMatchObject({
        code: "ALREADY_EXISTS",
        message: "“osteria-nova” is registered with other details: Restaurant name, Hours."
      })
      expect(writes(requests(restaurant)).slice(before)).toEqual(["POST /sign-in"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "refuses hours and addresses that no restaurant has, before it starts",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("register-restaurant")
      const wrong = [
        { opening: { ...nova.opening, from: "23:00" } },
        { opening: { ...nova.opening, to: "noon" } },
        { address: { ...nova.address, phone: "call me" } }
      ]

      const errors = yield* Effect.forEach(wrong, (fields) => Effect.flip(attempt({ ...nova, ...fields })))

      expect(errors).toMatchObject([
        { issues: [{ path: "opening", message: "the restaurant has to open before it closes" }] },
        { issues: [{ path: "opening.to" }] },
        { issues: [{ path: "address.phone" }] }
      ])
      expect(requests(restaurant)).toEqual([])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "goes on after the wizard forgot it, an error of the portal and a lost last answer",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("register-restaurant")
      const memory = makeStepsMemory()
      faults.switchOn(restaurant, { kind: "session", pathPrefix: "/register/address" })
      const forgottenAtOnce = yield* Effect.flip(attempt(nova, memory))
      faults.switchOn(restaurant, { kind: "session", pathPrefix: "/register/opening" })
      const forgotten = yield* Effect.flip(attempt(nova, memory))
      faults.switchOn(restaurant, { kind: "error", pathPrefix: "/register/address" })
      const error = yield* Effect.flip(attempt(nova, memory))
      faults.switchOn(restaurant, { kind: "dropped-connection", pathPrefix: "/register/confirm" })
      const opened = yield* Effect.flip(attempt(nova, memory))
      faults.switchOn(restaurant, { kind: "dropped-connection", pathPrefix: "/register/done" })
      const dropped = yield* Effect.flip(attempt(nova, memory))

      const result = yield* attempt(nova, memory)

      expect([forgottenAtOnce, forgotten, error, opened, dropped]).toMatchObject([
        { code: "SESSION_EXPIRED", retryable: true },
        { code: "SESSION_EXPIRED", retryable: true },
        { code: "SERVICE_UNAVAILABLE", retryable: true },
        { code: "NETWORK_ERROR", retryable: true },
        { code: "NETWORK_ERROR", retryable: true }
      ])
      expect(result).toEqual({ registered: true, restaurantId: restaurant })
      expect(writes(requests(restaurant)).filter((request) => request === "POST /register/confirm")).toHaveLength(1)
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "signs in again inside a step when an attempt goes on",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("register-restaurant")
      const memory = makeStepsMemory()
      faults.switchOn(restaurant, { kind: "error", pathPrefix: "/register/address" })
      yield* Effect.flip(attempt(nova, memory))
      const before = memory.started.length
      faults.switchOn(restaurant, { kind: "error", pathPrefix: "/sign-in" })

      const error = yield* Effect.flip(attempt(nova, memory))

      expect(error).toMatchObject({ code: "SERVICE_UNAVAILABLE" })
      expect(memory.started.slice(before)).toEqual(["account"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "says which button is not there any more",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("register-restaurant")
      faults.switchOn(restaurant, { kind: "moved-button", pathPrefix: "/register/confirm" })

      const error = yield* Effect.flip(attempt(nova))

      expect(error).toMatchObject({
        code: "ELEMENT_NOT_FOUND",
        message:
          "The portal has changed: the button “Create restaurant” is not on its page /practice/register/confirm any more."
      })
    }),
  BROWSER_TIMEOUT_MS
)
