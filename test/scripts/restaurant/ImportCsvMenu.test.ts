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

const steps = ["sign-in", "read-menu", "upload", "choose-columns", "import", "verify"]

const csv = (...rows: ReadonlyArray<string>) => ({ ...account, csv: ["category,name,price", ...rows].join("\n") })

const writes = (requests: ReadonlyArray<string>) => requests.filter((request) => request.startsWith("POST"))

it.live(
  "imports the menu of its example, and uploads nothing the second time",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("import-csv-menu")
      const memory = makeStepsMemory()

      const first = yield* attempt(undefined, memory)
      const before = writes(requests()).length
      const second = yield* attempt()

      expect(first).toEqual({ created: 3, changed: 1, unchanged: 0, refused: [] })
      expect(memory.started).toEqual(steps)
      expect(memory.progress).toContain("Importing 4 items")
      expect(second).toEqual({ created: 0, changed: 0, unchanged: 4, refused: [] })
      expect(writes(requests()).slice(before)).toEqual(["POST /sign-in"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "goes on after being cut off behind each step, and uploads and imports once",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("import-csv-menu")

      const result = yield* cutOffAfterEach(steps, attempt, csv("Bevande,Chinotto,3.90", "Pizza,Marinara,8.00"))

      expect(result).toEqual({ created: 1, changed: 0, unchanged: 1, refused: [] })
      expect(writes(requests()).filter((request) => /import$|run$/u.test(request))).toEqual([
        "POST /import",
        "POST /import/1/run"
      ])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "lists the rows with errors and changes nothing, unless it is to skip them",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("import-csv-menu")
      const input = csv("Bevande,Chinotto,3.90", "Bevande,Tonica,free", ",Spritz,7", "Pizza,Marinara,8.20")

      const error = yield* Effect.flip(attempt(input))
      const asked = requests().length
      const result = yield* attempt({ ...input, onErrors: "skip" })
      const before = writes(requests()).length
      const again = yield* attempt({ ...input, onErrors: "skip" })

      const refused = [
        { row: 3, problem: "“free” is no price." },
        { row: 4, problem: "The category is missing." }
      ]
      expect(error).toMatchObject({
        _tag: "FatalError",
        code: "VALIDATION_ERROR",
        message: "The CSV has 2 rows with an error. Row 3: “free” is no price. Row 4: The category is missing."
      })
      expect(asked).toBe(0)
      expect(result).toEqual({ created: 1, changed: 1, unchanged: 0, refused })
      expect(again).toEqual({ created: 0, changed: 0, unchanged: 2, refused })
      expect(writes(requests()).slice(before)).toEqual(["POST /sign-in"])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "imports the rows that it reports, whatever the blanks in their names",
  () =>
    Effect.gen(function* () {
      const { attempt } = yield* practise("import-csv-menu")
      const rows = ["Pizza,Neu  Eins,10.00", "Pizza,Neu Eins,99.00", "Pizza,Quattro   stagioni,9.50"]
      const input = { ...csv(...rows), onErrors: "skip" }

      const result = yield* attempt(input)
      const again = yield* attempt(input)

      const refused = [{ row: 3, problem: "This item is in the file twice." }]
      expect(result).toEqual({ created: 2, changed: 0, unchanged: 0, refused })
      expect(again).toEqual({ created: 0, changed: 0, unchanged: 2, refused })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "reads a file with columns of its own, semicolons and quotation marks",
  () =>
    Effect.gen(function* () {
      const { attempt } = yield* practise("import-csv-menu")
      const input = {
        ...account,
        csv: 'Preis;Gericht;Gruppe\r\n"3,90";"Chinotto; ""rosso""";Bevande\r\n',
        columns: { category: "gruppe", name: "gericht", price: "preis" }
      }

      const result = yield* attempt(input)
      const again = yield* attempt(input)

      expect(result).toMatchObject({ created: 1, refused: [] })
      expect(again).toMatchObject({ created: 0, unchanged: 1 })
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "refuses a file that is no menu, before it opens the portal",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("import-csv-menu")

      const errors = [
        yield* Effect.flip(attempt({ ...account, csv: "Dish,Price\nPizza,9" })),
        yield* Effect.flip(attempt(csv())),
        yield* Effect.flip(attempt(csv("x".repeat(60_000))))
      ]

      expect(errors).toMatchObject([
        {
          code: "VALIDATION_ERROR",
          message: "The CSV has no column “category”, “name”. Its columns are “Dish”, “Price”."
        },
        { code: "VALIDATION_ERROR", message: "The CSV has no rows below its header." },
        { _tag: "InvalidInput", issues: [{ path: "csv", message: "has more than 60,000 bytes" }] }
      ])
      expect(requests()).toEqual([])
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "goes on after lost answers, a lost session and an error of the portal, and uploads once",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("import-csv-menu")
      const memory = makeStepsMemory()
      const input = csv("Bevande,Chinotto,3.90")
      faults.switchOn(restaurant, { kind: "session", pathPrefix: "/import" })
      const session = yield* Effect.flip(attempt(input, memory))
      faults.switchOn(restaurant, { kind: "error", pathPrefix: "/import/1/columns" })
      const error = yield* Effect.flip(attempt(input, memory))
      faults.switchOn(restaurant, { kind: "dropped-connection", pathPrefix: "/import/1/run" })
      const dropped = yield* Effect.flip(attempt(input, memory))

      const result = yield* attempt(input, memory)

      expect([session, error, dropped]).toMatchObject([
        { code: "SESSION_EXPIRED", retryable: true },
        { code: "SERVICE_UNAVAILABLE", retryable: true },
        { code: "NETWORK_ERROR", retryable: true }
      ])
      expect(result).toEqual({ created: 1, changed: 0, unchanged: 0, refused: [] })
      expect(writes(requests()).filter((request) => /import$|run$/u.test(request))).toHaveLength(2)
    }),
  BROWSER_TIMEOUT_MS
)

it.live(
  "says which button is not there any more",
  () =>
    Effect.gen(function* () {
      const { attempt, faults } = yield* practise("import-csv-menu")
      faults.switchOn(restaurant, { kind: "moved-button", timesLeft: 9, pathPrefix: "/import/1/preview" })

      const error = yield* Effect.flip(attempt(csv("Bevande,Chinotto,3.90")))

      expect(error).toMatchObject({
        code: "ELEMENT_NOT_FOUND",
        message:
          "The portal has changed: the button “Import rows” is not on its page /practice/import/1/preview any more."
      })
    }),
  BROWSER_TIMEOUT_MS
)
