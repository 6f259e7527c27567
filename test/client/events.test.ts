import { expect, test } from "bun:test"
import { createClient } from "../../src/client.ts"

test("says at once what can never be sent, and does not try it again and again", async () => {
  const opened = [
    createClient().events("1"),
    createClient({ baseUrl: "http://127.0.0.1:9", token: "a\nb" }).events("1")
  ]

  const failures = await Promise.all(opened.map((each) => each.next().catch((error: unknown) => error)))

  expect(failures).toMatchObject([
    { message: expect.stringContaining("createClient needs a baseUrl") },
    { message: expect.stringContaining("no header can carry") }
  ])
})
