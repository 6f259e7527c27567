import { afterEach, expect, test } from "bun:test"
import { createClient } from "../../src/client.ts"

const { Request } = globalThis
afterEach(() => {
  globalThis.Request = Request
})

const failureOf = (baseUrl: string) =>
  createClient({ baseUrl })
    .list({ jobType: "bake" })
    .then(
      () => undefined,
      ({ cause, message }: Error) => [message, cause]
    )

test("says that an address may have no password in it where the platform takes none, and does not quote it", async () => {
  // As browsers and Node do it; Bun sends it.
  globalThis.Request = class extends Request {
    constructor(url: string) {
      super(url)
      throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${url}`)
    }
  } as typeof Request

  const failures = await Promise.all(["https://ada:p4ss@host", "https://ada:p4/p4ss@host"].map(failureOf))

  for (const failure of failures) {
    expect(failure).toEqual([
      "No request can go to a baseUrl with a user name and password in it (host/api/jobs). Use a token, or a fetch of your own.",
      undefined
    ])
  }
})

test("names an address without a host, but not what was asked there", async () => {
  expect(await failureOf("")).toEqual([
    "/api/jobs is no whole address. Outside of a page, createClient needs a baseUrl.",
    undefined
  ])
})
