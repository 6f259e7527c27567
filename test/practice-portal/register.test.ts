import { expect, test } from "bun:test"
import { makeVisitor, openPortal, target } from "./PortalVisitor.ts"

const owner = {
  restaurantId: "osteria-nova",
  name: "Osteria Nova",
  email: "owner@nova.example",
  password: "a-long-password"
}
const address = { street: "Via 1", postalCode: "00186", city: "Roma", country: "Italy", phone: "+39 06 1234567" }
const opening = { days: ["Monday", "Friday"], from: "11:30", to: "22:00" }

const fillIn = async (portal = openPortal()) => {
  const visitor = makeVisitor(portal)
  await visitor.post("/register", owner)
  await visitor.post("/register/address", address)
  const last = await visitor.post("/register/opening", opening)
  return { visitor, portal, last }
}

test("registers a restaurant that can then sign in with its own account, and has an empty menu", async () => {
  const { portal, visitor } = await fillIn()

  expect(await visitor.text("/register/confirm")).toMatch(/Osteria Nova.*Monday, Friday.*11:30 to 22:00/su)
  expect((await visitor.post("/register/confirm", {})).status).toBe(422)
  const done = await visitor.post("/register/confirm", { terms: "accepted" })

  expect(target(done)).toBe("/practice/register/done?restaurant=osteria-nova")
  const signedIn = makeVisitor(portal)
  expect((await signedIn.post("/sign-in", { ...owner, password: "another-one" })).status).toBe(401)
  expect((await signedIn.post("/sign-in", owner)).status).toBe(303)
  expect(await signedIn.text("/profile")).toContain("owner@nova.example")
  expect(await signedIn.text("/menu")).toContain("The menu is empty.")
})

test("lets nobody register an ID or an e-mail twice, whatever its case", async () => {
  const { portal, visitor } = await fillIn()
  const late = await fillIn(portal)
  await visitor.post("/register/confirm", { terms: "accepted" })
  const stranger = makeVisitor(portal)

  const sameId = await stranger.post("/register", { ...owner, email: "other@nova.example" })
  const sameMail = await stranger.post("/register", { ...owner, restaurantId: "other", email: "OWNER@nova.example" })

  expect(await sameId.text()).toContain("This restaurant ID is taken.")
  expect(await sameMail.text()).toContain("There is an account with this e-mail already.")
  expect((await late.visitor.post("/register/confirm", { terms: "accepted" })).status).toBe(409)
})

test.each([
  ["", { ...owner, restaurantId: "Nova" }],
  ["", { ...owner, password: "short" }],
  ["", { ...owner, email: "nobody" }],
  ["/address", { ...address, postalCode: "?" }],
  ["/address", { ...address, phone: "call me" }],
  ["/opening", { ...opening, days: "Someday" }],
  ["/opening", { ...opening, from: "23:00" }]
])("refuses what is wrong on the page /register%s", async (path, fields) => {
  const { visitor } = await fillIn()

  expect((await visitor.post(`/register${path}`, fields)).status).toBe(422)
})

test("starts at its first page, and never shows the password again", async () => {
  const stranger = makeVisitor(openPortal())

  const skipped = await stranger.get("/register/confirm")
  const refused = await stranger.post("/register", { ...owner, name: "" })

  expect(target(skipped)).toBe("/practice/register")
  expect(await refused.text()).not.toContain(owner.password)
})

test("asks for a code before the confirmation when that is switched on", async () => {
  const portal = openPortal()
  portal.faults.switchOn("osteria-nova", { kind: "one-time-code", pathPrefix: "/register" })
  const { last, visitor } = await fillIn(portal)
  const code = /<strong>(\d{6})/u.exec(await visitor.text("/phone?restaurant=osteria-nova"))?.[1] ?? ""

  expect(target(last)).toBe("/practice/register/code")
  expect(target(await visitor.get("/register/confirm"))).toBe("/practice/register/address")
  expect((await visitor.post("/register/code", { code: "x" })).status).toBe(401)
  expect(target(await visitor.post("/register/code", { code }))).toBe("/practice/register/confirm")
  expect((await visitor.post("/register/confirm", { terms: "accepted" })).status).toBe(303)
})

test("can be registered anew after a reset", async () => {
  const { portal, visitor } = await fillIn()
  await visitor.post("/register/confirm", { terms: "accepted" })
  await visitor.post("/sign-in", owner)
  expect(await visitor.text("/profile")).toContain("Via 1")

  await visitor.post("/reset", {})

  expect(await visitor.text("/profile")).toContain("Nobody has registered this restaurant")
  expect(target((await fillIn(portal)).last)).toBe("/practice/register/confirm")
})
