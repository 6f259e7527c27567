/**
 * `setup-services`: delivery, pickup and dine-in with their hours, closed days, and delivery zones with their fees.
 * Named services are made to be as the input says; days and zones are only added or brought up to date.
 */
import { Effect, Schema } from "effect"
import type { JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields, practiceAccount } from "./Account.ts"
import { differences, notKept, refused } from "./portal/Form.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makeServicePage, serviceTitles } from "./portal/ServicePage.ts"
import { makeServicesPage } from "./portal/ServicesPage.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"
import { makeZonesPage } from "./portal/ZonesPage.ts"
import { differentZones, findZone, missingZones, serviceValues, zoneValues } from "./ServicePlan.ts"
import { type Service, serviceFields, type Zone } from "./ServicesInput.ts"

const Input = Schema.Struct({ ...accountFields, ...serviceFields })

interface Wishes {
  readonly services: ReadonlyArray<Service>
  readonly zones: ReadonlyArray<Zone>
  readonly closedDays: ReadonlyArray<string>
}

const Names = Schema.Array(Schema.String)

const Result = Schema.Struct({
  servicesChanged: Names.annotate({ title: "Services that were changed" }),
  servicesUnchanged: Names.annotate({ title: "Services that were right before" }),
  zonesCreated: Names.annotate({ title: "New delivery zones" }),
  zonesChanged: Names.annotate({ title: "Delivery zones that were changed" }),
  closedDaysAdded: Names.annotate({ title: "New closed days" })
})
type Result = typeof Result.Type

/** What differs from the wishes now. */
const compare = Effect.fn("compareServices")(function* (portal: Portal, { closedDays, services, zones }: Wishes) {
  const page = makeServicePage(portal)
  const different = yield* Effect.filter(services, (service) =>
    Effect.andThen(page.open(service.service), page.form.read).pipe(
      Effect.map((now) => differences(now, serviceValues(service)).length > 0)
    )
  )
  const listed = zones.length === 0 ? [] : yield* makeZonesPage(portal).read
  const closedNow = closedDays.length === 0 ? [] : yield* makeServicesPage(portal).readClosedDays
  const titles = services.map((service) => serviceTitles[service.service])
  const servicesChanged = different.map((service) => serviceTitles[service.service])
  const result: Result = {
    servicesChanged,
    servicesUnchanged: titles.filter((title) => !servicesChanged.includes(title)),
    zonesCreated: missingZones(listed, zones).map((zone) => zone.name),
    zonesChanged: differentZones(listed, zones).map((zone) => zone.name),
    closedDaysAdded: [...new Set(closedDays)].filter((date) => !closedNow.includes(date)).toSorted()
  }
  return result
})

const saveServices = Effect.fn("saveServices")(function* (portal: Portal, services: ReadonlyArray<Service>) {
  const steps = yield* Steps
  const page = makeServicePage(portal)
  yield* Effect.forEach(services, (service, index) =>
    Effect.gen(function* () {
      const title = serviceTitles[service.service]
      yield* steps.progress(`Hours of ${title}`, { done: index, of: services.length })
      yield* page.open(service.service)
      const wasSaved = yield* page.form.bringTo(title, serviceValues(service))
      yield* Effect.logInfo(wasSaved ? `Saved ${title}` : `${title} is right already`)
    })
  )
  return true
})

const saveZones = Effect.fn("saveZones")(function* (portal: Portal, zones: ReadonlyArray<Zone>) {
  const steps = yield* Steps
  const page = makeZonesPage(portal)
  const listed = zones.length === 0 ? [] : yield* page.read
  const toSave = [...missingZones(listed, zones), ...differentZones(listed, zones)]
  yield* Effect.forEach(toSave, (zone, index) =>
    Effect.gen(function* () {
      yield* steps.progress(`Zone ${zone.name}`, { done: index, of: toSave.length })
      yield* page.open(findZone(listed, zone.name))
      yield* page.form.bringTo(`the zone “${zone.name}”`, zoneValues(zone))
      yield* Effect.logInfo(`Saved the zone ${zone.name}`)
    })
  )
  return true
})

const closeDays = Effect.fn("closeDays")(function* (portal: Portal, dates: ReadonlyArray<string>) {
  if (dates.length === 0) return true
  const page = makeServicesPage(portal)
  const now = yield* page.readClosedDays
  const missing = dates.filter((date) => !now.includes(date))
  if (missing.length === 0) return true
  const words = yield* page.saveClosedDays([...new Set([...now, ...missing])].toSorted())
  if (words !== undefined) return yield* refused("the closed days", words)
  yield* Effect.logInfo(`Closed on ${missing.join(", ")}`)
  return true
})

const verify = Effect.fn("verifyServices")(function* (portal: Portal, wishes: Wishes) {
  const { closedDaysAdded, servicesChanged, zonesChanged, zonesCreated } = yield* compare(portal, wishes)
  const wrong = [...servicesChanged, ...zonesCreated, ...zonesChanged, ...closedDaysAdded]
  if (wrong.length > 0) return yield* notKept("the services", wrong)
  yield* Effect.logInfo("The portal shows all services as they should be")
  return true
})

export const makeSetupServices = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: "setup-services",
    title: "Set up services and hours",
    description:
      "Sets which of delivery, pickup and dine-in a restaurant offers and when, closed days, and delivery zones.",
    lane: "browser",
    input: Input,
    result: Result,
    steps: [
      { name: "sign-in", title: "Sign in" },
      { name: "compare", title: "Compare with the portal" },
      { name: "services", title: "Save services and hours" },
      { name: "zones", title: "Save delivery zones" },
      { name: "closed-days", title: "Save closed days" },
      { name: "verify", title: "Check the services" }
    ],
    example: {
      ...practiceAccount,
      services: [
        {
          service: "delivery",
          preparationMinutes: 30,
          hours: [
            { days: "Monday to Friday", opens: "11:30", closes: "22:00", breakFrom: "14:30", breakUntil: "17:30" },
            { days: "Saturday and Sunday", opens: "12:00", closes: "23:00" }
          ]
        },
        { service: "pickup", preparationMinutes: 15, hours: [{ days: "Every day", opens: "11:30", closes: "22:30" }] },
        { service: "dine-in", hours: [{ days: "Saturday", opens: "18:00", closes: "01:00" }] }
      ],
      zones: [
        { name: "Centro", postcodes: ["00184", "00185", "00186"], fee: "2.50", minimumOrder: "15.00" },
        { name: "Trastevere", postcodes: ["00153"], fee: "3.90", minimumOrder: "20.00" }
      ],
      closedDays: ["2030-12-25", "2030-12-26"]
    },
    run: ({ closedDays = [], services, zones = [], ...credentials }) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const portal = yield* openPortal(yield* portalUrl)
        const wishes = { services, zones, closedDays }

        yield* steps.prepare("sign-in", makeSignInPage(portal).signIn(credentials))
        const report = yield* steps.run("compare", Result, compare(portal, wishes))
        yield* steps.run("services", Schema.Boolean, saveServices(portal, services))
        yield* steps.run("zones", Schema.Boolean, saveZones(portal, zones))
        yield* steps.run("closed-days", Schema.Boolean, closeDays(portal, closedDays))
        yield* steps.run("verify", Schema.Boolean, verify(portal, wishes))

        return report
      })
  })
