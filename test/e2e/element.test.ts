import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { openPage } from "../client/element/elementPage.ts"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/element-job-types.ts")

it.live(
  "shows jobs that run, complete, fail, are tried again and are cancelled",
  () =>
    Effect.gen(function* () {
      const folder = yield* temporaryDirectory
      const callboard = yield* startCallboard({ dataDirectory: join(folder, "data"), env: { CALLBOARD_CONFIG } })
      const names = ["good", "bad", "unwanted"]
      const jobs = yield* Effect.forEach(names, (name) => callboard.create("bake-bread", { gate: join(folder, name) }))
      const elements = names.map((name, n) => `<callboard-job id="${name}" job-id="${jobs[n]!.jobId}"></callboard-job>`)
      const { errors, page, timers, toldBy } = yield* openPage(callboard.url, elements.join(""))
      const job = (name: string) => page.locator(`#${name}`)
      const says = (name: string, text: string) => job(name).getByText(text, { exact: true }).first().waitFor()

      yield* Effect.promise(async () => {
        for (const name of names) await says(name, "Waiting for the oven")
        writeFileSync(join(folder, "good"), "hot")
        await says("good", "Done")
        writeFileSync(join(folder, "bad"), "cold")
        await says("bad", "The oven is cold.")
        writeFileSync(join(folder, "bad"), "hot")
        await job("bad").getByRole("button", { name: "Retry Bake bread" }).click()
        await says("bad", "Done")
        await job("unwanted").getByRole("button", { name: "Cancel Bake bread" }).click()
        await says("unwanted", "Cancelled")
      })

      const [good, bad, unwanted] = yield* Effect.promise(() => Promise.all(names.map(toldBy)))
      expect(good!.at(-1)).toEqual(["good", "complete", "completed", { loaves: 2 }])
      expect(bad!.filter(([, name]) => name !== "progress")).toEqual([
        ["bad", "error", "failed", "NOT_FOUND"],
        ["bad", "complete", "completed", { loaves: 2 }]
      ])
      expect(unwanted!.at(-1)).toEqual(["unwanted", "progress", "cancelled", undefined])
      expect((yield* callboard.job(jobs[2]!.id)).status).toBe("cancelled")
      expect(yield* Effect.promise(timers)).toBe(0)
      expect(errors).toEqual([])
    }),
  120_000
)
