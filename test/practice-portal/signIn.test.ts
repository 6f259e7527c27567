import { expect, test } from "bun:test"
import { credentials, makeVisitor, openPortal, target } from "./PortalVisitor.ts"

test("signs in with the practice credentials and opens the back office", async () => {
  const visitor = makeVisitor(openPortal())

  const answer = await visitor.signIn("trattoria-roma")

  expect(answer.status).toBe(303)
  expect(target(answer)).toBe("/practice/dashboard")
  expect(answer.headers.get("Set-Cookie")).toMatch(/Path=\/practice; HttpOnly; SameSite=Lax$/u)
  expect(await visitor.text("/dashboard")).toContain("trattoria-roma")
})

test("shows a wrong password on the page, keeps the e-mail and makes no session", async () => {
  const visitor = makeVisitor(openPortal())

  const answer = await visitor.post("/sign-in", { restaurantId: "a", email: "me@example.com", password: "wrong-one" })

  expect(answer.status).toBe(401)
  expect(answer.headers.get("Set-Cookie")).toBeNull()
  const page = await answer.text()
  expect(page).toContain("The e-mail or the password is wrong.")
  expect(page).toContain('value="me@example.com"')
  expect(page).not.toContain("wrong-one")
})

test.each(["", "Trattoria", "a b", "../x", "a".repeat(65)])("refuses %p as a restaurant id", async (restaurantId) => {
  const visitor = makeVisitor(openPortal())

  const answer = await visitor.post("/sign-in", { restaurantId, ...credentials })

  expect(answer.status).toBe(400)
})

test.each(["/", "", "/dashboard", "/menu", "/menu/items/margherita", "/tags", "/no-such-page"])(
  "sends a stranger from %p to the sign-in",
  async (path) => {
    const visitor = makeVisitor(openPortal())

    expect(target(await visitor.get(path))).toBe("/practice/sign-in")
  }
)

test("ends the session on the server when somebody signs out", async () => {
  const portal = openPortal()
  const [visitor, thief] = [makeVisitor(portal), makeVisitor(portal)]
  const cookie = (await visitor.signIn("trattoria-roma")).headers.get("Set-Cookie")!.split(";")[0]!
  await visitor.post("/sign-out", {})

  const answer = await portal.server.request("/practice/menu", { headers: { cookie } })

  expect(target(answer)).toBe("/practice/sign-in?ended=1")
  expect(await thief.text("/sign-in?ended=1")).toContain("Your session has ended")
})

test("opens the dashboard at the portal's address, with and without a slash", async () => {
  const visitor = makeVisitor(openPortal())
  await visitor.signIn("trattoria-roma")

  expect(target(await visitor.get(""))).toBe("/practice/dashboard")
  expect(target(await visitor.get("/"))).toBe("/practice/dashboard")
})

const waitForCode = async () => {
  const portal = openPortal()
  portal.faults.switchOn("trattoria-roma", { kind: "one-time-code", pathPrefix: "/sign-in" })
  const visitor = makeVisitor(portal)
  const asked = target(await visitor.signIn("trattoria-roma"))
  const phone = await visitor.text("/phone?restaurant=trattoria-roma")
  return { asked, visitor, code: /<strong>(\d{6})/u.exec(phone)?.[1] ?? "none" }
}

test("asks for the code on the practice phone, which works once", async () => {
  const { asked, code, visitor } = await waitForCode()

  expect(asked).toBe("/practice/sign-in/code")
  expect(target(await visitor.get("/menu"))).toMatch(/sign-in/u)
  expect(await visitor.text("/sign-in/code")).not.toContain(code)
  expect(await visitor.text("/phone?restaurant=sushi-ito")).not.toContain(code)
  expect(target(await visitor.post("/sign-in/code", { code }))).toBe("/practice/dashboard")
  expect((await visitor.get("/menu")).status).toBe(200)
  expect(await visitor.text("/phone?restaurant=trattoria-roma")).toContain("No code waits")
})

test("starts over after three wrong codes, also when the right one follows", async () => {
  const { code, visitor } = await waitForCode()

  const answers = [await visitor.post("/sign-in/code", { code: "x" }), await visitor.post("/sign-in/code", {})]
  const last = await visitor.post("/sign-in/code", { code: "x" })

  expect([...answers, last].map(({ status }) => status)).toEqual([401, 401, 401])
  expect(await answers[1]!.text()).toContain("This code is not right.")
  expect(await last.text()).toContain("The code was wrong too often.")
  expect(target(await visitor.post("/sign-in/code", { code }))).toBe("/practice/sign-in")
})
