import { expect, test } from "bun:test"
import { makeVisitor, openPortal, target } from "./PortalVisitor.ts"

const signedIn = async (restaurant = "trattoria-roma", portal = openPortal()) => {
  const visitor = makeVisitor(portal)
  await visitor.signIn(restaurant)
  return visitor
}

const monday = { "Monday.isOpen": "on", "Monday.opens": "18:00", "Monday.closes": "01:00" }

const pickup = { isOffered: "on", preparationMinutes: "15", ...monday }

const settings = {
  timeZone: "Europe/Rome",
  currency: "EUR",
  language: "it",
  standardTax: "22",
  reducedTax: "10",
  orderEmail: "orders@example.com",
  receiptText: "Grazie!"
}

const zone = { name: "Centro", postcodes: "00184,00185 00186", fee: "2.50", minimumOrder: "15.00" }

test("keeps the hours of a service, for one restaurant only", async () => {
  const portal = openPortal()
  const roma = await signedIn("trattoria-roma", portal)
  const ito = await signedIn("sushi-ito", portal)

  expect(target(await roma.post("/services/pickup", pickup))).toBe("/practice/services/pickup?saved=1")

  const page = await roma.text("/services/pickup")
  expect(page).toContain('name="isOffered" value="on" checked')
  expect(page).toMatch(/name="Monday\.closes" type="time" value="01:00"/u)
  expect(await roma.text("/services")).toMatch(/Pickup<\/a><\/th><td>Yes<\/td><td>Mon</u)
  expect(await ito.text("/services/pickup")).not.toContain('value="01:00"')
})

test.each([
  ["Monday: the break is not inside the opening hours.", { "Monday.breakFrom": "17:00", "Monday.breakUntil": "17:30" }],
  ["Monday: a break needs its begin and its end.", { "Monday.breakFrom": "19:00" }],
  ["Monday: it opens and closes at the same time.", { "Monday.closes": "18:00" }],
  ["Monday: an open day needs an opening and a closing time.", { "Monday.opens": "6 pm" }],
  ["The preparation time is a whole number of minutes, at most 240.", { preparationMinutes: "241" }],
  ["A service that is offered needs at least one open day.", { "Monday.isOpen": "" }]
])("refuses a service: %s", async (problem, wrong) => {
  const visitor = await signedIn()

  const answer = await visitor.post("/services/pickup", { ...pickup, ...wrong })

  expect(answer.status).toBe(422)
  expect(await answer.text()).toContain(problem)
  expect(await visitor.text("/services/pickup")).not.toContain("checked")
})

test("takes a break after midnight for one inside the hours", async () => {
  const visitor = await signedIn()

  const answer = await visitor.post("/services/pickup", {
    ...pickup,
    "Monday.breakFrom": "00:10",
    "Monday.breakUntil": "00:30"
  })

  expect(answer.status).toBe(303)
})

test("keeps closed days in order, each once, and refuses what is no date", async () => {
  const visitor = await signedIn()

  await visitor.post("/services", { closedDays: "2030-12-26\r\n2030-12-25\r\n2030-12-26" })
  const refused = await visitor.post("/services", { closedDays: "Christmas" })

  expect(refused.status).toBe(422)
  expect(await visitor.text("/services")).toContain("2030-12-25\n2030-12-26</textarea>")
})

test("creates and changes delivery zones, and refuses a name that is taken or an amount that is none", async () => {
  const visitor = await signedIn()

  const created = await visitor.post("/delivery-zones/new", zone)
  const changed = await visitor.post("/delivery-zones/1", { ...zone, fee: "3.00" })
  const taken = await visitor.post("/delivery-zones/new", { ...zone, name: "CENTRO" })
  const wrong = await visitor.post("/delivery-zones/new", { ...zone, name: "Ostia", fee: "3" })

  expect([created, changed, taken, wrong].map(({ status }) => status)).toEqual([303, 303, 422, 422])
  const page = await visitor.text("/delivery-zones")
  expect(page).toContain("<td>00184, 00185, 00186</td><td>3.00</td>")
  expect([...page.matchAll(/scope="row"/gu)]).toHaveLength(1)
  expect((await visitor.get("/delivery-zones/7")).status).toBe(404)
})

test.each([
  ["Choose a time zone.", { timeZone: "Mars/Olympus" }],
  ["A tax rate is a percentage with at most two decimals.", { standardTax: "22.001" }],
  ["The reduced tax rate is higher than the standard one.", { reducedTax: "23" }],
  ["The e-mail address is not complete.", { orderEmail: "orders" }],
  ["Order e-mails need an address to go to.", { orderEmail: "", sendsOrderEmail: "on" }]
])("refuses settings: %s", async (problem, wrong) => {
  const visitor = await signedIn()

  const answer = await visitor.post("/settings", { ...settings, ...wrong })

  expect(answer.status).toBe(422)
  expect(await answer.text()).toContain(problem)
  expect(await visitor.text("/settings")).toContain('value="UTC" selected')
})

test("publishes a restaurant only when its checklist is done, and shows it to guests then", async () => {
  const portal = openPortal()
  const visitor = await signedIn("trattoria-roma", portal)
  const guest = makeVisitor(portal)

  const early = await visitor.post("/go-live", {})
  const hidden = await guest.get("/r/trattoria-roma")
  await visitor.post("/services/pickup", pickup)
  await visitor.post("/settings", settings)
  const checklist = await visitor.text("/go-live")
  const ready = await signedIn("pizzeria-ready", portal)
  const published = await ready.post("/go-live", {})

  expect([early.status, hidden.status]).toEqual([409, 404])
  expect([...checklist.matchAll(/Missing/gu)]).toHaveLength(1)
  expect(target(published)).toBe("/practice/go-live?saved=1")
  expect(await guest.text("/r/pizzeria-ready")).toMatch(/Open for orders.*Pickup.*Margherita/su)
})

test("forgets all that was set up when the restaurant is reset", async () => {
  const visitor = await signedIn()
  await visitor.post("/services/pickup", pickup)
  await visitor.post("/settings", settings)
  await visitor.post("/api-keys/new", { name: "Till", permissions: "Read the menu" })

  await visitor.post("/reset", {})

  expect(await visitor.text("/services/pickup")).not.toContain("checked")
  expect(await visitor.text("/settings")).toContain('value="UTC" selected')
  expect(await visitor.text("/api-keys")).toContain("There are no keys yet.")
})

test("escapes what people typed into the set-up forms", async () => {
  const visitor = await signedIn()
  const name = `<img src=x onerror="alert(1)">`

  const pages = [
    await (await visitor.post("/delivery-zones/new", { ...zone, name: name.repeat(3) })).text(),
    await (
      await visitor.post("/settings", { ...settings, receiptText: `</textarea>${name}`, orderEmail: name })
    ).text(),
    await (await visitor.post("/services", { closedDays: `</textarea>${name}` })).text()
  ]

  for (const page of pages) {
    expect(page).toContain("&lt;img")
    expect(page).not.toContain("<img")
  }
})
