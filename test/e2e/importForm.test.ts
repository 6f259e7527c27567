import { expect } from "bun:test"
import { Effect } from "effect"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const LONGEST_MS = 180_000

/** More than forms without a file may have: 1.4 MB. */
const PADDING = "x".repeat(700)
const GOOD = 2_000

const rows = ["What,format,note", ...Array<string>(GOOD).fill(`jobs,csv,${PADDING}`), "foo,csv,a", "jobs,,b"].join("\n")

it.live(
  "checks a file that the board's form sends, shows its bad rows, and makes jobs of the good ones when told to",
  () =>
    Effect.gen(function* () {
      const address = yield* TestPostgres.freshDatabase()
      const dataDirectory = yield* temporaryDirectory
      const callboard = yield* startCallboard({ dataDirectory, env: { DATABASE_URL: TestPostgres.urlOf(address) } })
      const ask = (path: string, body?: FormData) =>
        Effect.promise(async () => {
          const init = body === undefined ? {} : { method: "POST", body, redirect: "manual" as const }
          const answer = await fetch(new URL(path, callboard.url), init)
          return { text: await answer.text(), to: answer.headers.get("location") ?? "" }
        })
      const ended = (to: string) => callboard.jobEnded(to.split("/").at(-1)!)
      // What is made is only looked at.
      yield* callboard.post("/api/types/data_export/pause", {})
      const form = new FormData()
      form.set("jobType", "data_export")
      form.set("mapping", "What = of\nnote =")
      form.set("file", new File([rows], "menu.csv"))

      const sent = yield* ask("/jobs/new/bulk_import/file", form)
      const checked = yield* ended(sent.to)
      const page = yield* ask(sent.to)
      const confirmed = yield* ask(`${sent.to}/import`, new FormData())
      const imported = yield* ended(confirmed.to)

      expect(checked).toMatchObject({ status: "completed", result: { good: GOOD, bad: 2, created: 0 } })
      expect(page.text).toContain(`<td>${GOOD + 2}</td>`)
      expect(page.text).toContain("format: is missing")
      expect(page.text).toContain("Start 2,000 jobs")
      expect(imported).toMatchObject({ status: "completed", result: { good: GOOD, created: GOOD } })
      expect((yield* ask(confirmed.to)).text).toContain("Jobs of this import")
    }),
  LONGEST_MS
)
