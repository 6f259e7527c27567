import { expect } from "bun:test"
import { Cause, Effect } from "effect"
import { it } from "../../../support/effect.ts"
import { makeStepsMemory } from "../../support/MemorySteps.ts"
import { makePracticePhone } from "../../support/PracticePhone.ts"
import { practise } from "../../support/PracticeSite.ts"

/** The first test may have to unpack a browser, and a job of many attempts takes as many browsers. */
const BROWSER_TIMEOUT_MS = 180_000

const restaurant = "trattoria-roma"

const vegan = {
  restaurantId: restaurant,
  email: "practice@example.com",
  password: "practice-password",
  tags: [{ name: "Vegan", items: ["Marinara"] }]
}

/** Any script signs in; this is the smallest one. */
const practiseWithCode = Effect.gen(function* () {
  const site = yield* practise("add-item-tags")
  site.faults.switchOn(restaurant, { kind: "one-time-code", pathPrefix: "/sign-in" })
  return site
})

it.live(
  "asks a person for the one-time code, and again when it was wrong",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests, url } = yield* practiseWithCode
      const phone = makePracticePhone(url, restaurant, 2)

      const result = yield* attempt(vegan, makeStepsMemory(), phone.layer)

      expect(result).toMatchObject({ created: ["Vegan"], assigned: 1 })
      expect(phone.asked.map(({ kind, label }) => [kind, label])).toEqual([
        ["otp", "One-time code for trattoria-roma"],
        ["otp", "That code was wrong. One-time code for trattoria-roma"],
        ["otp", "That code was wrong. One-time code for trattoria-roma"]
      ])
      expect(requests().filter((request) => request === "POST /sign-in/code")).toHaveLength(3)
      expect(log.join("\n")).not.toMatch(/\d{6}/u)
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "fails for good after three wrong codes, and repeats none of them",
  () =>
    Effect.gen(function* () {
      const { attempt, log, url } = yield* practiseWithCode
      const phone = makePracticePhone(url, restaurant, 3)

      const cause = yield* Effect.flip(Effect.sandbox(attempt(vegan, makeStepsMemory(), phone.layer)))

      expect(Cause.squash(cause)).toMatchObject({ _tag: "FatalError", code: "INVALID_CREDENTIALS" })
      expect(phone.asked).toHaveLength(3)
      expect(`${JSON.stringify(Cause.squash(cause))} ${log}`).not.toMatch(/\d{6}/u)
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "can be tried again when the session is lost right behind the code, which was right",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, url } = yield* practiseWithCode
      faults.switchOn(restaurant, { kind: "session", timesLeft: 1, pathPrefix: "/dashboard" })
      const phone = makePracticePhone(url, restaurant, 0)

      const error = yield* Effect.flip(attempt(vegan, makeStepsMemory(), phone.layer))

      expect(error).toMatchObject({ _tag: "RetryableError", code: "SESSION_EXPIRED" })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "fails when nobody answers in time, and starts anew with the next attempt",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practiseWithCode
      const memory = makeStepsMemory()

      const error = yield* Effect.flip(attempt(vegan, memory))
      const result = yield* attempt(vegan, memory)

      expect(error).toMatchObject({ _tag: "FatalError", code: "OPERATOR_INPUT_TIMEOUT" })
      expect(requests().slice(0, 2)).toEqual(["POST /sign-in", "GET /sign-in/code"])
      expect(result).toMatchObject({ assigned: 1 })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "says that only a person gets past a captcha",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("add-item-tags")
      faults.switchOn(restaurant, { kind: "captcha", pathPrefix: "/dashboard" })

      const error = yield* Effect.flip(attempt(vegan))

      expect(error).toMatchObject({
        _tag: "FatalError",
        code: "PERMISSION_DENIED",
        message:
          "The portal asks on /practice/dashboard whether a person is at work (captcha), which a script must not answer."
      })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "can be tried again when the answer to a form gets lost, and finds its work done",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("add-item-tags")
      const memory = makeStepsMemory()
      faults.switchOn(restaurant, { kind: "dropped-connection", pathPrefix: "/tags" })
      yield* Effect.flip(attempt(vegan, memory))
      faults.switchOn(restaurant, { kind: "dropped-connection", timesLeft: 2, pathPrefix: "/menu/items" })
      const first = yield* Effect.flip(attempt(vegan, memory))
      const second = yield* Effect.flip(attempt(vegan, memory))

      const result = yield* attempt(vegan, memory)

      for (const error of [first, second]) expect(error).toMatchObject({ code: "NETWORK_ERROR", retryable: true })
      expect(result).toMatchObject({ created: ["Vegan"], assigned: 1 })
      expect(requests().filter((request) => /^POST \/(?:menu|tags)/u.test(request))).toEqual([
        "POST /tags",
        "POST /menu/items/marinara"
      ])
    }),
  BROWSER_TIMEOUT_MS
)
