import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { cutOffAfterEach } from "../support/cutOff.ts"
import { makeStepsMemory } from "../support/MemorySteps.ts"
import { practise } from "../support/PracticeSite.ts"

/** Several attempts in a real browser, on a machine that may be busy. */
const LONGEST_MS = 180_000

const ready = "pizzeria-ready"

const input = { restaurantId: ready, email: "practice@example.com", password: "practice-password" }

const saves = (requests: ReadonlyArray<string>) =>
  requests.filter((request) => request.startsWith("POST") && request !== "POST /sign-in")

it.live(
  "publishes the restaurant of its example, looks at it as a guest, and changes nothing the second time",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests, server } = yield* practise("finalise-onboarding")

      const first = yield* attempt()
      const second = yield* attempt()

      expect(first).toEqual({
        published: true,
        checked: ["Menu", "Services", "System settings", "Payments"],
        wasPublished: false,
        publicUrl: new URL("/practice/r/pizzeria-ready", server.url).href,
        dishes: 12,
        services: 1
      })
      expect(second).toEqual({ ...(first as object), wasPublished: true })
      expect(saves(requests(ready))).toEqual(["POST /go-live"])
      expect(log).toContain("System settings: done")
    }),
  LONGEST_MS
)

it.live(
  "publishes once wherever it was cut off, after an error and a lost session",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("finalise-onboarding")
      const memory = makeStepsMemory()
      faults.switchOn(ready, { kind: "error", timesLeft: 1, pathPrefix: "/go-live", retryAfterSeconds: 7 })
      const unavailable = yield* Effect.flip(attempt(input, memory))
      faults.switchOn(ready, { kind: "session", timesLeft: 1, pathPrefix: "/go-live" })
      const lost = yield* Effect.flip(attempt(input, memory))

      const result = yield* cutOffAfterEach(["check", "publish", "verify"], attempt, input, memory)

      expect(unavailable).toMatchObject({ code: "SERVICE_UNAVAILABLE", retryAfterMs: 7_000 })
      expect(lost).toMatchObject({ _tag: "RetryableError", code: "SESSION_EXPIRED" })
      expect(result).toMatchObject({ published: true, wasPublished: false, dishes: 12 })
      expect(saves(requests(ready))).toEqual(["POST /go-live"])
    }),
  LONGEST_MS
)

it.live(
  "lists what is missing, in words of the checklist, and publishes nothing",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("finalise-onboarding")

      const error = yield* Effect.flip(attempt({ ...input, restaurantId: "trattoria-roma" }))

      expect(error).toMatchObject({
        _tag: "FatalError",
        code: "VALIDATION_ERROR",
        message: "Not done yet: Services, System settings, Payments. The restaurant was not published.",
        hint: "These jobs do it: Set up services and hours, Set up system settings, Set up payments (where the portal offers no link, Set up payments without a link). Then retry this job."
      })
      expect(saves(requests())).toEqual([])
    }),
  LONGEST_MS
)

it.live(
  "names the button that is not where it was, and the wrong password as what it is",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("finalise-onboarding")
      faults.switchOn(ready, { kind: "moved-button", timesLeft: 5, pathPrefix: "/go-live" })

      const moved = yield* Effect.flip(attempt(input))
      const wrong = yield* Effect.flip(attempt({ ...input, password: "another" }))

      expect(moved).toMatchObject({
        code: "ELEMENT_NOT_FOUND",
        message:
          "The portal has changed: the button “Publish restaurant” is not on its page /practice/go-live any more."
      })
      expect(wrong).toMatchObject({ _tag: "FatalError", code: "INVALID_CREDENTIALS" })
      expect(saves(requests(ready))).toEqual([])
    }),
  LONGEST_MS
)
