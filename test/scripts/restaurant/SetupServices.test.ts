import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { cutOffAfterEach } from "../support/cutOff.ts"
import { makeStepsMemory } from "../support/MemorySteps.ts"
import { practise } from "../support/PracticeSite.ts"

/** Dozens of fields are filled in one after the other, which takes long on a busy machine. */
const LONGEST_MS = 180_000

const restaurant = "trattoria-roma"

const account = { restaurantId: restaurant, email: "practice@example.com", password: "practice-password" }

const lunch = { days: "Every day", opens: "11:30", closes: "14:30" }

const pickup = { ...account, services: [{ service: "pickup", hours: [lunch] }] }

const saves = (requests: ReadonlyArray<string>) =>
  requests.filter((request) => request.startsWith("POST") && request !== "POST /sign-in")

it.live(
  "sets what its example says, and changes nothing when everything is right",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("setup-services")

      const first = yield* attempt()
      const firstSaves = saves(requests())
      const second = yield* attempt()

      expect(first).toEqual({
        servicesChanged: ["Delivery", "Pickup", "Dine-in"],
        servicesUnchanged: [],
        zonesCreated: ["Centro", "Trastevere"],
        zonesChanged: [],
        closedDaysAdded: ["2030-12-25", "2030-12-26"]
      })
      expect(firstSaves).toEqual([
        "POST /services/delivery",
        "POST /services/pickup",
        "POST /services/dine-in",
        "POST /delivery-zones/new",
        "POST /delivery-zones/new",
        "POST /services"
      ])
      expect(second).toMatchObject({
        servicesChanged: [],
        servicesUnchanged: ["Delivery", "Pickup", "Dine-in"],
        zonesCreated: [],
        zonesChanged: [],
        closedDaysAdded: []
      })
      expect(saves(requests())).toHaveLength(firstSaves.length)
    }),
  LONGEST_MS
)

it.live(
  "goes on wherever it was cut off, and saves each thing once",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("setup-services")
      yield* attempt({
        ...pickup,
        zones: [{ name: "Centro", postcodes: ["00184"], fee: "1.00" }],
        closedDays: ["2030-01-01"]
      })
      const before = saves(requests()).length
      const input = {
        ...account,
        services: [
          { service: "pickup", offered: "no", hours: [] },
          { service: "dine-in", hours: [{ ...lunch, days: "Sunday" }] }
        ],
        zones: [
          { name: "centro", postcodes: ["00184", "00185", "00184"], fee: "1.00", minimumOrder: "10.00" },
          { name: "Ostia", postcodes: ["00121"], fee: "6.00" }
        ],
        closedDays: ["2030-12-25", "2030-01-01", "2030-12-25"]
      }

      const steps = ["compare", "services", "zones", "closed-days", "verify"]
      const result = yield* cutOffAfterEach(steps, attempt, input)

      expect(result).toEqual({
        servicesChanged: ["Pickup", "Dine-in"],
        servicesUnchanged: [],
        zonesCreated: ["Ostia"],
        zonesChanged: ["centro"],
        closedDaysAdded: ["2030-12-25"]
      })
      expect(saves(requests()).slice(before)).toEqual([
        "POST /services/pickup",
        "POST /services/dine-in",
        "POST /delivery-zones/new",
        "POST /delivery-zones/1",
        "POST /services"
      ])
    }),
  LONGEST_MS
)

it.live(
  "saves a zone of as many postcodes as it takes",
  () =>
    Effect.gen(function* () {
      const { attempt } = yield* practise("setup-services")
      const postcodes = Array.from({ length: 200 }, (_, place) => `ZZ-${1_000_000 + place}`)

      const result = yield* attempt({ ...pickup, zones: [{ name: "Big", postcodes, fee: "2.50" }] })

      expect(result).toMatchObject({ zonesCreated: ["Big"] })
    }),
  LONGEST_MS
)

it.live(
  "goes on after a lost session in the middle of the zones",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, requests } = yield* practise("setup-services")
      const memory = makeStepsMemory()
      const zones = [
        { name: "Centro", postcodes: ["00184"], fee: "1.00" },
        { name: "Ostia", postcodes: ["00121"], fee: "6.00" }
      ]
      yield* attempt({ ...pickup, zones: zones.slice(0, 1) })
      const before = saves(requests()).length
      faults.switchOn(restaurant, { kind: "session", timesLeft: 1, pathPrefix: "/delivery-zones/new" })

      const lost = yield* Effect.flip(attempt({ ...pickup, zones }, memory))
      const result = yield* attempt({ ...pickup, zones }, memory)

      expect(lost).toMatchObject({ _tag: "RetryableError", code: "SESSION_EXPIRED" })
      expect(result).toMatchObject({ servicesUnchanged: ["Pickup"], zonesCreated: ["Ostia"], zonesChanged: [] })
      expect(saves(requests()).slice(before)).toEqual(["POST /delivery-zones/new"])
    }),
  LONGEST_MS
)

it.live(
  "refuses wishes that contradict themselves before it opens the portal",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("setup-services")
      const issuesOf = (wish: object) =>
        Effect.flip(attempt({ ...pickup, ...wish })).pipe(Effect.map((error) => JSON.stringify(error)))
      const withHours = (...hours: ReadonlyArray<object>) => ({ services: [{ service: "pickup", hours }] })

      const [twice, late, half, noHours, zones, date, services] = yield* Effect.all([
        issuesOf(withHours(lunch, { ...lunch, days: "Sunday" })),
        issuesOf(withHours({ ...lunch, breakFrom: "14:00", breakUntil: "15:00" })),
        issuesOf(withHours({ ...lunch, breakFrom: "12:00" })),
        issuesOf(withHours()),
        issuesOf({ zones: ["A", "a"].map((name) => ({ name, postcodes: ["1"], fee: "1.00" })) }),
        issuesOf({ closedDays: ["2030-02-30"] }),
        issuesOf({ services: [...pickup.services, ...pickup.services] })
      ])

      expect(twice).toContain("names Sunday twice")
      expect(late).toContain("the break is not inside the opening hours")
      expect(half).toContain("a break needs its begin and its end")
      expect(noHours).toContain("a service that is offered needs opening hours")
      expect(zones).toContain("names the zone a twice")
      expect(date).toContain("is no date of the calendar")
      expect(services).toContain("names the service pickup twice")
      expect(requests()).toEqual([])
    }),
  LONGEST_MS
)
