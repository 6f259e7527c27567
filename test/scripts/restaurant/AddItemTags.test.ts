import { expect } from "bun:test"
import { Cause, Effect } from "effect"
import { it } from "../../support/effect.ts"
import { makeStepsMemory } from "../support/MemorySteps.ts"
import { practise } from "../support/PracticeSite.ts"

/** The first test may have to unpack a browser. */
const BROWSER_TIMEOUT_MS = 60_000

const restaurant = "trattoria-roma"

const account = { restaurantId: restaurant, email: "practice@example.com", password: "practice-password" }

const vegan = { ...account, tags: [{ name: "Vegan", colour: "green", items: ["Marinara", "Sorbetto al limone"] }] }

const writes = (requests: ReadonlyArray<string>) => requests.filter((request) => request.startsWith("POST"))

it.live(
  "puts the tags of its example on the menu",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests } = yield* practise("add-item-tags")
      const memory = makeStepsMemory()

      const result = yield* attempt(undefined, memory)

      expect(result).toEqual({
        created: ["Vegan", "Spicy", "Gluten free"],
        alreadyThere: [],
        assigned: 8,
        unchanged: 0
      })
      expect(memory.started).toEqual(["sign-in", "open-menu", "create-tags", "assign-tags", "verify"])
      expect(memory.progress).toContain("7 of 7 items: Sorbetto al limone")
      expect(writes(requests())).toHaveLength(1 + 3 + 7)
      expect(log).toContain("Created the tag Gluten free")
      expect(log).toContain("Tagged Sorbetto al limone: Vegan, Gluten free")
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "changes nothing when everything is there",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("add-item-tags")
      yield* attempt(vegan)
      const before = writes(requests()).length

      const result = yield* attempt(vegan)

      expect(result).toEqual({ created: [], alreadyThere: ["Vegan"], assigned: 0, unchanged: 2 })
      expect(writes(requests()).slice(before)).toEqual(["POST /sign-in"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "reports the same when steps that were cut off after their work run again",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("add-item-tags")
      const memory = makeStepsMemory()
      const first = yield* attempt(vegan, memory)
      for (const step of ["create-tags", "assign-tags", "verify"]) memory.checkpoints.delete(step)
      const before = writes(requests()).length

      const second = yield* attempt(vegan, memory)

      expect(second).toEqual(first)
      expect(second).toMatchObject({ created: ["Vegan"], assigned: 2 })
      expect(writes(requests()).slice(before)).toEqual(["POST /sign-in"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "adds to what is there, whatever the case of the names, and takes nothing away",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("add-item-tags")
      yield* attempt(vegan)
      const before = writes(requests()).length

      const result = yield* attempt({
        ...account,
        tags: [
          { name: " vegan ", items: ["MARINARA", "Tiramisu\u0300"] },
          { name: "New", items: ["marinara"] },
          { name: "VEGAN", items: ["Marinara"] }
        ]
      })
      const again = yield* attempt(vegan)

      expect(result).toEqual({ created: ["New"], alreadyThere: [" vegan "], assigned: 2, unchanged: 1 })
      expect(writes(requests()).slice(before, -1)).toEqual([
        "POST /sign-in",
        "POST /tags",
        "POST /menu/items/marinara",
        "POST /menu/items/tiramisu"
      ])
      expect(again).toMatchObject({ assigned: 0, unchanged: 2 })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "takes names that differ by what nobody sees for the same",
  () =>
    Effect.gen(function* () {
      const { attempt } = yield* practise("add-item-tags")
      yield* attempt({ ...account, tags: [{ name: "Hot\u200b", items: ["Diavola"] }] })

      const result = yield* attempt({
        ...account,
        tags: [
          { name: "Vegan", items: ["Marinara"] },
          { name: "Vegan\u200b", items: ["Diavola"] },
          { name: "Hot", items: ["Dia\u00advola", "Marinara"] }
        ]
      })

      expect(result).toEqual({ created: ["Vegan"], alreadyThere: ["Hot"], assigned: 3, unchanged: 1 })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "fails for good when the password is wrong, and repeats neither it nor the e-mail",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests } = yield* practise("add-item-tags")

      const cause = yield* Effect.flip(
        Effect.sandbox(attempt({ ...vegan, email: "ada@example.com", password: "hunter2hunter2" }))
      )

      expect(Cause.squash(cause)).toMatchObject({ _tag: "FatalError", code: "INVALID_CREDENTIALS" })
      expect(`${Cause.pretty(cause)} ${JSON.stringify(Cause.squash(cause))} ${log}`).not.toMatch(/hunter2|ada@/u)
      expect(requests()).toEqual(["POST /sign-in"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "can be tried again while the portal answers 500, and passes its Retry-After on",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("add-item-tags")
      const memory = makeStepsMemory()
      faults.switchOn(restaurant, { kind: "error", timesLeft: 2, pathPrefix: "/menu", retryAfterSeconds: 7 })

      const first = yield* Effect.flip(attempt(vegan, memory))
      const second = yield* Effect.flip(attempt(vegan, memory))
      const result = yield* attempt(vegan, memory)

      const unavailable = { _tag: "RetryableError", code: "SERVICE_UNAVAILABLE", retryAfterMs: 7_000 }
      expect([first, second]).toMatchObject([unavailable, unavailable])
      expect(result).toMatchObject({ created: ["Vegan"], assigned: 2 })
      expect(memory.started.filter((step) => step === "sign-in")).toHaveLength(3)
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "can be tried again when its form is answered with 500",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("add-item-tags")
      const memory = makeStepsMemory()
      yield* attempt({ ...account, tags: [{ name: "Other", items: ["Diavola"] }] })
      faults.switchOn(restaurant, { kind: "error", timesLeft: 1, pathPrefix: "/sign-in" })

      const error = yield* Effect.flip(attempt(vegan, memory))

      expect(error).toMatchObject({
        code: "SERVICE_UNAVAILABLE",
        message: expect.stringContaining("/practice/sign-in")
      })
      expect(requests().at(-1)).toBe("POST /sign-in")
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "signs in again after a lost session and does not repeat finished steps",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("add-item-tags")
      const memory = makeStepsMemory()
      faults.switchOn(restaurant, { kind: "session", timesLeft: 1, pathPrefix: "/menu/items/sorbetto" })

      const error = yield* Effect.flip(attempt(vegan, memory))
      const before = requests().length
      const result = yield* attempt(vegan, memory)

      expect(error).toMatchObject({ _tag: "RetryableError", code: "SESSION_EXPIRED" })
      expect([...memory.checkpoints.keys()]).toEqual(["open-menu", "create-tags", "assign-tags", "verify"])
      expect(requests().slice(before)).toEqual([
        "POST /sign-in",
        "GET /dashboard",
        "GET /menu/items/marinara",
        "GET /menu/items/sorbetto",
        "POST /menu/items/sorbetto",
        "GET /menu/items/sorbetto",
        "GET /menu"
      ])
      expect(result).toEqual({ created: ["Vegan"], alreadyThere: [], assigned: 2, unchanged: 0 })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "can be tried again when its session is lost right behind the sign-in, which refused nothing",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("add-item-tags")
      faults.switchOn(restaurant, { kind: "session", timesLeft: 1, pathPrefix: "/dashboard" })

      const error = yield* Effect.flip(attempt(vegan))
      const result = yield* attempt(vegan)

      expect(error).toMatchObject({ _tag: "RetryableError", code: "SESSION_EXPIRED" })
      expect(result).toMatchObject({ created: ["Vegan"], assigned: 2 })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "names the items that are not on the menu and changes nothing",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("add-item-tags")

      const error = yield* Effect.flip(
        attempt({ ...account, tags: [{ name: "Vegan", items: ["Marinara", "Calzone", "calzone", "Focaccia"] }] })
      )

      expect(error).toMatchObject({
        _tag: "FatalError",
        code: "NOT_FOUND",
        message: "Not on the menu: “Calzone”, “Focaccia”. Nothing was changed.",
        hint: expect.stringContaining("Marinara")
      })
      expect(writes(requests())).toEqual(["POST /sign-in"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "says that the portal changed when a button is not where it was",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("add-item-tags")
      faults.switchOn(restaurant, { kind: "moved-button", timesLeft: 1, pathPrefix: "/menu/items" })

      const error = yield* Effect.flip(attempt(vegan))

      expect(error).toMatchObject({
        _tag: "FatalError",
        code: "ELEMENT_NOT_FOUND",
        message:
          "The portal has changed: the button “Save item” is not on its page /practice/menu/items/marinara any more."
      })
      expect(requests().at(-1)).toBe("GET /menu/items/marinara")
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "waits for a slow page",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("add-item-tags")
      faults.switchOn(restaurant, { kind: "slow", timesLeft: 1, pathPrefix: "/tags", delayMs: 4_500 })

      const result = yield* attempt(vegan)

      expect(result).toMatchObject({ created: ["Vegan"], assigned: 2 })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "waits for the slow answer to a form too, and does not take it for a missing button",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("add-item-tags")
      // Longer than an action may take in these tests, shorter than a navigation may.
      faults.switchOn(restaurant, { kind: "slow", timesLeft: 2, pathPrefix: "/sign-in", delayMs: 5_000 })

      const result = yield* attempt(vegan)

      expect(result).toMatchObject({ created: ["Vegan"], assigned: 2 })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "can be tried again when nobody answers",
  () =>
    Effect.gen(function* () {
      const { attempt, server } = yield* practise("add-item-tags")
      yield* Effect.promise(() => server.stop(true))

      const error = yield* Effect.flip(attempt(vegan))

      expect(error).toMatchObject({ _tag: "RetryableError", code: "NETWORK_ERROR" })
    }),
  BROWSER_TIMEOUT_MS
)
