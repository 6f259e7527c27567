import { expect, test } from "bun:test"
import { isIban } from "../../src/practice-portal/data/Payments.ts"
import { makeVisitor, openPortal, target } from "./PortalVisitor.ts"

const business = {
  legalName: "Roma S.r.l.",
  businessType: "Company",
  taxNumber: "IT01234567890",
  street: "Via Cavour 12",
  postcode: "00184",
  city: "Roma",
  country: "Italy"
}
const person = {
  firstName: "Practice",
  lastName: "Person",
  birthDate: "1980-02-29",
  email: "person@example.com",
  phone: "+39 06 5550100"
}
const bank = { holder: "Roma S.r.l.", iban: "IT60 X054 2811 1010 0000 0123 456" }

/** A visitor on the provider's first page. */
const atProvider = async (restaurant = "trattoria-roma") => {
  const visitor = makeVisitor(openPortal())
  await visitor.signIn(restaurant)
  const link = target(await visitor.post("/payments/connect", {})) ?? ""
  const { searchParams } = new URL(link, "http://portal.test")
  return { visitor, link: searchParams.get("link") ?? "" }
}

test.each([
  ["IT60X0542811101000000123456", true],
  ["DE89370400440532013000", true],
  ["DE88370400440532013000", false],
  ["de89370400440532013000", false],
  ["", false]
])("says of the IBAN %p whether it is one: %p", (iban, expected) => {
  expect(isIban(iban)).toBe(expected)
})

test("goes through the provider's pages in their order and comes back connected", async () => {
  const { link, visitor } = await atProvider()

  const entered = await visitor.get(`/payments-provider?link=${link}`)
  const early = await visitor.get("/payments-provider/bank")
  const targets = [
    target(await visitor.post("/payments-provider/business", business)),
    target(await visitor.post("/payments-provider/representative", person)),
    target(await visitor.post("/payments-provider/bank", bank))
  ]
  const review = await visitor.text("/payments-provider/review")
  const disagreed = await visitor.post("/payments-provider/review", {})
  const agreed = await visitor.post("/payments-provider/review", { agrees: "on" })
  await visitor.signIn("trattoria-roma")

  expect(target(entered)).toBe("/practice/payments-provider/business")
  expect(target(early)).toBe("/practice/payments-provider/business")
  expect(targets).toEqual(["representative", "bank", "review"].map((page) => `/practice/payments-provider/${page}`))
  expect(review).toContain("account ending in 3456")
  expect(review).not.toContain("0542811")
  expect(disagreed.status).toBe(422)
  expect(target(agreed)).toBe("/practice/payments")
  expect(await visitor.text("/payments")).toMatch(/Connected.*acct_[0-9a-f]{16}.*ending in 3456/su)
})

test("knows no link but its own, and none by an empty one", async () => {
  const { visitor } = await atProvider()
  const stranger = makeVisitor(openPortal())

  const answers = [
    await visitor.get("/payments-provider?link=other"),
    await visitor.get("/payments-provider?link="),
    await visitor.get("/payments-provider"),
    await stranger.get("/payments-provider/business"),
    await stranger.post("/payments-provider/business", business)
  ]

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
})

test.each([
  ["business", { ...business, taxNumber: "1" }, "This is not a tax number."],
  ["business", { ...business, city: "" }, "Please fill in all fields."],
  ["business", { ...business, country: "Atlantis" }, "Choose a country."]
])("refuses a wrong page: %s", async (page, fields, problem) => {
  const { link, visitor } = await atProvider()
  await visitor.get(`/payments-provider?link=${link}`)

  const answer = await visitor.post(`/payments-provider/${page}`, fields)

  expect(answer.status).toBe(422)
  expect(await answer.text()).toContain(problem)
  expect(target(await visitor.get("/payments-provider/representative"))).toBe("/practice/payments-provider/business")
})

test("takes bank details for a person where there is no link", async () => {
  const visitor = makeVisitor(openPortal())
  await visitor.signIn("osteria-new")

  const connect = await visitor.post("/payments/connect", {})
  const wrong = await visitor.post("/payments/bank-details", { ...bank, iban: "IT61X0542811101000000123456" })
  const sent = await visitor.post("/payments/bank-details", bank)

  expect([connect.status, wrong.status]).toEqual([404, 422])
  expect(await wrong.text()).not.toContain("0542811")
  expect(target(sent)).toBe("/practice/payments?saved=1")
  expect(await visitor.text("/payments")).toMatch(/Waiting for the payments provider.*REQ-[0-9A-F]{8}/su)
})

test("lets somebody decide about bank details in the provider's place, once they were sent", async () => {
  const visitor = makeVisitor(openPortal())
  await visitor.signIn("osteria-new")

  const early = await visitor.post("/payments/decide", {})
  await visitor.post("/payments/bank-details", bank)
  const waiting = await visitor.text("/payments")
  const decided = await visitor.post("/payments/decide", {})

  expect(early.status).toBe(404)
  expect(waiting).toContain("Accept the bank details")
  expect(target(decided)).toBe("/practice/payments?saved=1")
  expect(await visitor.text("/payments")).toMatch(/Connected.*acct_[0-9a-f]{16}.*ending in 3456/su)
  expect(await visitor.text("/go-live")).toMatch(/Payments<\/a><\/th><td>Done/u)
})
