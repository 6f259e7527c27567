import { expect } from "bun:test"
import { Effect } from "effect"
import { complaintsOf, look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openClosedBoard } from "./openBoard.ts"

const LONG_MS = 120_000

it.live(
  "leads to the line of a log that a link names, also after a wrong try",
  () =>
    Effect.gen(function* () {
      const { fake, identity, page, server } = yield* openClosedBoard
      const { id, jobId } = fake.seed()
      fake.log(id, "Signed in")
      const key = identity.keyFor("viewer")
      const complaints = complaintsOf(page)
      yield* look(async () => {
        const link = `${server.url.origin}/jobs/${jobId}/log?level=info#l1`
        await page.goto(link)
        const send = async (text: string) => {
          await page.getByLabel("Key").fill(text)
          await page.getByRole("button", { name: "Sign in" }).click()
        }
        await send(" ")
        await page.getByText("Paste a key first.").waitFor()
        await send(key)
        await page.waitForURL("**/jobs/**")
        expect(page.url()).toBe(link)
        expect(complaints.filter((text) => text.includes("Security Policy"))).toEqual([])
      })
    }),
  LONG_MS
)
