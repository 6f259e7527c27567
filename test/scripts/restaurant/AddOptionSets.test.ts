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

const size = {
  name: "Size",
  min: 1,
  max: 1,
  choices: [
    { name: "Regular", price: 0 },
    { name: "Large", price: 2.5 }
  ],
  items: ["Margherita", "Diavola"]
}

const steps = ["sign-in", "read-menu", "save-sets", "offer-sets", "verify"]

const writes = (requests: ReadonlyArray<string>) => requests.filter((request) => request.startsWith("POST"))

it.live(
  "creates the sets of its example, and changes nothing the second time",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("add-option-sets")
      const memory = makeStepsMemory()

      const first = yield* attempt(undefined, memory)
      const before = writes(requests()).length
      const second = yield* attempt()

      expect(first).toEqual({
        created: ["Size", "Extra toppings"],
        changed: [],
        unchanged: [],
        choicesAdded: 5,
        pricesChanged: 0,
        itemsAdded: 5
      })
      expect(memory.started).toEqual(steps)
      expect(memory.progress).toContain("2 of 2 sets: Extra toppings")
      expect(second).toMatchObject({ created: [], unchanged: ["Size", "Extra toppings"], choicesAdded: 0 })
      expect(writes(requests()).slice(before)).toEqual(["POST /sign-in"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "goes on after being cut off behind each step, and does nothing twice",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("add-option-sets")

      const result = yield* cutOffAfterEach(steps, attempt, { ...account, sets: [size] })

      expect(result).toMatchObject({ created: ["Size"], choicesAdded: 2, itemsAdded: 2 })
      expect(writes(requests()).filter((request) => request !== "POST /sign-in")).toEqual([
        "POST /options",
        "POST /options/1/choices",
        "POST /options/1/choices",
        "POST /options/1/items"
      ])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "brings rules and prices of an existing set to what is wished, and takes nothing away",
  () =>
    Effect.gen(function* () {
      const { attempt } = yield* practise("add-option-sets")
      yield* attempt({ ...account, sets: [size] })
      const wish = { ...size, name: " SIZE ", min: 0, choices: [{ name: "large", price: 3 }], items: ["marinara"] }

      const result = yield* attempt({ ...account, sets: [wish] })
      const again = yield* attempt({ ...account, sets: [{ ...size, min: 0, choices: [size.choices[0]] }] })

      expect(result).toEqual({
        created: [],
        changed: [" SIZE "],
        unchanged: [],
        choicesAdded: 0,
        pricesChanged: 1,
        itemsAdded: 1
      })
      expect(again).toMatchObject({ unchanged: ["Size"] })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "does not take a dish for a field of the page",
  () =>
    Effect.gen(function* () {
      const { attempt, prepare } = yield* practise("add-option-sets")
      yield* prepare("import-csv-menu", { ...account, csv: "category,name,price\nPizza,At least,9" })

      const result = yield* attempt({ ...account, sets: [{ ...size, items: ["At least"] }] })

      expect(result).toMatchObject({ created: ["Size"], itemsAdded: 1 })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "names the items that are not on the menu and changes nothing",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("add-option-sets")

      const error = yield* Effect.flip(attempt({ ...account, sets: [{ ...size, items: ["Margherita", "Calzone"] }] }))

      expect(error).toMatchObject({
        code: "NOT_FOUND",
        message: "Not on the menu: “Calzone”. Nothing was changed.",
        hint: expect.stringContaining("Marinara")
      })
      expect(writes(requests())).toEqual(["POST /sign-in"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "refuses sets that nobody could order from, before it starts",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("add-option-sets")
      const refuse = (...sets: ReadonlyArray<unknown>) => Effect.flip(attempt({ ...account, sets }))

      const errors = [
        yield* refuse({ ...size, min: 2 }),
        yield* refuse({ ...size, min: 3, max: 3 }),
        yield* refuse({ ...size, choices: [size.choices[0], { name: "regular", price: 1 }] }),
        yield* refuse(size, { ...size, name: "size" }),
        yield* refuse({ ...size, choices: [{ name: "Large", price: 1.005 }] })
      ]

      expect(errors).toMatchObject([
        { _tag: "InvalidInput", issues: [{ message: "“At least” must not be more than “At most”" }] },
        { _tag: "InvalidInput", issues: [{ message: "“At least” must not be more than the number of choices" }] },
        { _tag: "InvalidInput", issues: [{ message: "two choices have the same name" }] },
        { _tag: "InvalidInput", issues: [{ path: "sets", message: "two sets have the same name" }] },
        { _tag: "InvalidInput", issues: [{ path: "sets[0].choices[0].price", message: "has at most two decimals" }] }
      ])
      expect(requests()).toEqual([])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "goes on after a lost session, a broken answer and an error of the portal",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("add-option-sets")
      const memory = makeStepsMemory()
      const input = { ...account, sets: [size] }
      faults.switchOn(restaurant, { kind: "session", pathPrefix: "/options/1" })
      const session = yield* Effect.flip(attempt(input, memory))
      faults.switchOn(restaurant, { kind: "dropped-connection", pathPrefix: "/options/1/choices" })
      const dropped = yield* Effect.flip(attempt(input, memory))
      faults.switchOn(restaurant, { kind: "error", pathPrefix: "/options/1/items" })
      const error = yield* Effect.flip(attempt(input, memory))

      const result = yield* attempt(input, memory)

      expect([session, dropped, error]).toMatchObject([
        { code: "SESSION_EXPIRED", retryable: true },
        { code: "NETWORK_ERROR", retryable: true },
        { code: "SERVICE_UNAVAILABLE", retryable: true }
      ])
      expect(result).toMatchObject({ created: ["Size"], choicesAdded: 2, itemsAdded: 2 })
      expect(writes(requests()).filter((request) => request === "POST /options/1/choices")).toHaveLength(2)
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "says which button is not there any more",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("add-option-sets")
      faults.switchOn(restaurant, { kind: "moved-button", timesLeft: 9, pathPrefix: "/options" })

      const error = yield* Effect.flip(attempt({ ...account, sets: [size] }))

      expect(error).toMatchObject({
        code: "ELEMENT_NOT_FOUND",
        message: "The portal has changed: the button “Create set” is not on its page /practice/options any more."
      })
    }),
  BROWSER_TIMEOUT_MS
)
