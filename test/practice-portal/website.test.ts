import { expect, test } from "bun:test"
import { makeVisitor, openPortal, target } from "./PortalVisitor.ts"

const design = { theme: "dark", accent: "#D98B3A", headline: "Roma", welcome: "One.\r\nTwo." }

const signedIn = async (portal = openPortal()) => {
  const visitor = makeVisitor(portal)
  await visitor.signIn("trattoria-roma")
  return visitor
}

test("shows guests what was published, and the draft to the restaurant only", async () => {
  const portal = openPortal()
  const [visitor, guest] = [await signedIn(portal), makeVisitor(portal)]
  await visitor.post("/website", design)

  expect((await guest.get("/sites/trattoria-roma")).status).toBe(404)
  expect(target(await guest.get("/website/preview"))).toBe("/practice/sign-in")
  expect(await visitor.text("/website/preview")).toContain("<h1>Roma</h1>")
  await visitor.post("/website/publish", {})
  await visitor.post("/website", { ...design, headline: "Napoli" })

  expect(await guest.text("/sites/trattoria-roma")).toContain("<h1>Roma</h1>")
  expect(await guest.text("/sites/trattoria-roma/site.css")).toMatch(/color-scheme: dark.*#d98b3a; color: #000/su)
  expect(await visitor.text("/website")).toContain("Changed since it was published")
})

test.each([
  [{ accent: "red; } body { display: none" }],
  [{ headline: " " }],
  [{ headline: "x".repeat(81) }],
  [{ welcome: "x".repeat(501) }]
])("refuses the design with %p, and keeps the draft", async (fields) => {
  const visitor = await signedIn()

  expect((await visitor.post("/website", { ...design, ...fields })).status).toBe(422)
  expect(await visitor.text("/website")).toContain('value="Welcome"')
})

test("escapes what people typed, and answers strange addresses with 404", async () => {
  const visitor = await signedIn()
  await visitor.post("/website", { ...design, headline: "<b>x", welcome: "</textarea><i>" })
  await visitor.post("/website/publish", {})

  for (const path of ["/website", "/sites/trattoria-roma"]) expect(await visitor.text(path)).not.toMatch(/<b>|<i>/u)
  expect((await visitor.get("/sites/..%2f")).status).toBe(404)
  expect((await visitor.get("/sites/sushi-ito/site.css")).status).toBe(404)
})

test("has no website any more after a reset", async () => {
  const visitor = await signedIn()
  await visitor.post("/website", design)
  await visitor.post("/website/publish", {})

  await visitor.post("/reset", {})

  expect((await visitor.get("/sites/trattoria-roma")).status).toBe(404)
  expect(await visitor.text("/website")).toContain("Not published")
})
