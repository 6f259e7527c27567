import { expect, test } from "bun:test"
import { join } from "node:path"
import { makeVisitor, openPortal } from "./PortalVisitor.ts"

const PORTAL = join(import.meta.dir, "../../src/practice-portal")

test.each([
  "/sign-in",
  "/menu",
  "/faults",
  "/requests",
  "/requests.json",
  "/phone",
  "/portal.css",
  "/controls.css",
  "/setup.css",
  "/icon.svg"
])("sends strict headers with %s", async (path) => {
  const { headers } = await makeVisitor(openPortal()).get(path)

  expect(headers.get("Content-Security-Policy")).toBe(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
  )
  expect(headers.get("X-Content-Type-Options")).toBe("nosniff")
  expect(headers.get("Cache-Control")).toBe(
    path.includes(".css") || path.includes(".svg") ? "public, max-age=300" : "no-store"
  )
})

test("refuses bodies that no form of the portal can have", async () => {
  const visitor = makeVisitor(openPortal())

  const answer = await visitor.post("/sign-in", { restaurantId: "x".repeat(100_000) })

  expect(answer.status).toBe(413)
})

test.each(["portal.css", "controls.css", "setup.css", "icon.svg"])("gives %s as it was written", async (name) => {
  const answer = await makeVisitor(openPortal()).get(`/${name}`)

  expect(await answer.text()).toBe(await Bun.file(join(PORTAL, name)).text())
})
