import { expect, test } from "bun:test"
import { makeVisitor, openPortal, target } from "./PortalVisitor.ts"

const crossSite: ReadonlyArray<Record<string, string>> = [
  { "Sec-Fetch-Site": "cross-site" },
  { "Sec-Fetch-Site": "same-site" },
  { Origin: "https://evil.example" },
  { Origin: "null" }
]

test.each([...crossSite])("refuses a form that another site sent: %p", async (headers) => {
  const portal = openPortal()
  const visitor = makeVisitor(portal)
  await visitor.signIn("trattoria-roma")

  const statuses = await Promise.all(
    ["/tags", "/reset", "/sign-out", "/faults"].map(
      async (path) =>
        (await visitor.post(path, { name: "Vegan", restaurant: "trattoria-roma", kind: "slow" }, headers)).status
    )
  )

  expect(statuses).toEqual([403, 403, 403, 403])
  expect(await visitor.text("/tags")).toContain("There are no tags yet.")
  expect(portal.faults.all("trattoria-roma")).toEqual([])
})

test.each([{ "Sec-Fetch-Site": "same-origin" }, { Origin: "http://localhost" }])(
  "takes a form of its own pages: %p",
  async (headers) => {
    const visitor = makeVisitor(openPortal())
    await visitor.signIn("trattoria-roma")

    const answer = await visitor.post("/tags", { name: "Vegan" }, headers)

    expect(target(answer)).toBe("/practice/tags?created=1")
  }
)

test.each(["/sign-in", "/menu", "/faults", "/requests", "/requests.json", "/portal.css", "/controls.css", "/icon.svg"])(
  "sends strict headers with %s",
  async (path) => {
    const { headers } = await makeVisitor(openPortal()).get(path)

    expect(headers.get("Content-Security-Policy")).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff")
    expect(headers.get("Cache-Control")).toBe(
      path.includes(".css") || path.includes(".svg") ? "public, max-age=300" : "no-store"
    )
  }
)

test("refuses bodies that no form of the portal can have", async () => {
  const visitor = makeVisitor(openPortal())

  const answer = await visitor.post("/sign-in", { restaurantId: "x".repeat(100_000) })

  expect(answer.status).toBe(413)
})
