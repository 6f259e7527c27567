import { expect, test } from "bun:test"
import { breakProblem, daysOf } from "../../../src/scripts/restaurant/OpeningHours.ts"
import { differentZones, missingZones, serviceValues } from "../../../src/scripts/restaurant/ServicePlan.ts"

const lunch = { opens: "11:30", closes: "14:30" }

test("closes the days that nobody named, and leaves their times alone", () => {
  const values = serviceValues({ service: "pickup", hours: [{ days: "Saturday and Sunday", ...lunch }] })

  expect(values).toMatchObject({ isOffered: true, "Friday.isOpen": false, "Saturday.isOpen": true })
  expect(values).not.toHaveProperty(["Friday.opens"])
  expect(values).not.toHaveProperty("preparationMinutes")
  expect(values).toMatchObject({ "Sunday.opens": "11:30", "Sunday.breakFrom": "" })
})

test("takes a service off without touching its hours", () => {
  expect(serviceValues({ service: "pickup", offered: "no", hours: [] })).toEqual({ isOffered: false })
})

test("knows which days people mean", () => {
  expect(daysOf("Every day")).toHaveLength(7)
  expect(daysOf("Monday to Friday").at(-1)).toBe("Friday")
  expect(daysOf("Saturday and Sunday")).toEqual(["Saturday", "Sunday"])
  expect(daysOf("Tuesday")).toEqual(["Tuesday"])
})

test.each([
  [{ opens: "18:00", closes: "02:00", breakFrom: "00:30", breakUntil: "01:00" }, undefined],
  [{ ...lunch, breakFrom: "12:00", breakUntil: "12:30" }, undefined],
  [{ ...lunch, breakFrom: "12:30", breakUntil: "12:00" }, "the break is not inside the opening hours"],
  [{ ...lunch, breakFrom: "11:30", breakUntil: "12:00" }, "the break is not inside the opening hours"],
  [{ ...lunch, breakUntil: "12:00" }, "a break needs its begin and its end"],
  [{ opens: "12:00", closes: "12:00" }, "opens and closes at the same time"]
])("judges the hours %p", (hours, problem) => {
  expect(breakProblem(hours)).toBe(problem)
})

test("compares zones by name, whatever its case, and by what they hold", () => {
  const zone = { path: "/zones/1", postcodes: "00184, 00185", fee: "2.50", minimumOrder: "0.00" }
  const listed = [
    { ...zone, name: "Centro" },
    { ...zone, name: "Ostia" }
  ]
  const wishes = [
    { name: " centro", postcodes: ["00184", "00185", "00184"], fee: "2.50" },
    { name: "Ostia", postcodes: ["00121"], fee: "2.50" },
    { name: "Prati", postcodes: ["00192"], fee: "2.50" }
  ]

  expect(differentZones(listed, wishes).map(({ name }) => name)).toEqual(["Ostia"])
  expect(missingZones(listed, wishes).map(({ name }) => name)).toEqual(["Prati"])
})
