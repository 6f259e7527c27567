import { expect, test } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { settingsDocument, withSettings } from "../build/settingsDocument.ts"
import { BrowserSession } from "../src/domain/BrowserSession.ts"
import { Operator } from "../src/domain/Operator.ts"
import { Steps } from "../src/domain/Steps.ts"
import { loadOwnJobTypes } from "../src/runtime/OwnJobTypes.ts"
import { it } from "./support/effect.ts"

const ROOT = join(import.meta.dir, "..")
const readme = await Bun.file(join(ROOT, "README.md")).text()

test("lists the settings as the process reads them", async () => {
  expect(await Bun.file(join(ROOT, "docs/settings.md")).text()).toBe(settingsDocument)
  expect(readme).toBe(withSettings(readme))
})

test("leads from the settings that are needed first to all of them", () => {
  const table = /<!-- settings -->\n([\s\S]*)\n<!-- \/settings -->/u.exec(readme)?.[1]?.split("\n") ?? []

  expect(table.length).toBeGreaterThan(10)
  for (const row of table) expect(settingsDocument).toContain(row)
  expect(readme).toContain("](docs/settings.md)")
})

test("links only to files that are there", async () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/gu)].map((match) => match[1]!)

  expect(links.length).toBeGreaterThan(3)
  for (const link of links) expect([link, await Bun.file(join(ROOT, link)).exists()]).toEqual([link, true])
})

it.effect("shows a job type that loads and runs as it stands there", () =>
  Effect.gen(function* () {
    const code = /```ts\n([\s\S]*?)```/u.exec(readme)?.[1]
    // In the project, because the file imports "callboard".
    const file = join(ROOT, ".callboard/readme/callboard.config.ts")
    mkdirSync(join(ROOT, ".callboard/readme"), { recursive: true })
    yield* Effect.promise(() => Bun.write(file, code?.replace("2 seconds", "0 millis") ?? ""))

    const [greet] = yield* loadOwnJobTypes(file)
    const result = yield* greet!.run(yield* greet!.parseInput(greet!.example()))

    expect(result).toBe("Hello, Ada!")
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        Layer.mock(BrowserSession, {}),
        Layer.mock(Operator, {}),
        Layer.mock(Steps, { attempt: 1, run: (_name, _output, work) => work })
      )
    )
  )
)
