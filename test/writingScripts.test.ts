/** The guide for authors: its code is loaded and run as it stands there. */
import { expect, test } from "bun:test"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { Hono } from "hono"
import { JobErrorCode, RetryableCode } from "../src/domain/JobError.ts"
import type { JobType } from "../src/domain/JobType.ts"
import { seedMenu } from "../src/practice-portal/data/seedMenu.ts"
import { makePracticePortal } from "../src/practice-portal/PracticePortal.tsx"
import { loadOwnJobTypes } from "../src/runtime/OwnJobTypes.ts"
import { AnsweringOperator, makeOperatorScript } from "../src/testing/AnsweringOperator.ts"
import { MemorySteps, makeStepsMemory } from "../src/testing/MemorySteps.ts"
import { makeTestJob } from "../src/testing/TestJob.ts"
import { BrowserSessionOn } from "./scripts/support/TestBrowser.ts"
import { openBrowser } from "./support/browser.ts"
import { it } from "./support/effect.ts"
import { testChromium } from "./support/TestChromium.ts"

const ROOT = join(import.meta.dir, "..")
const guide = await Bun.file(join(ROOT, "docs/writing-scripts.md")).text()

/** The blocks of code that stand for a file, in order. */
const filesOf = (name: string) =>
  [...guide.matchAll(/```(?:js|ts)\n\/\/ (\S+)\n([\s\S]*?)```/gu)].flatMap(([, file, code]) =>
    file === name ? [code!] : []
  )

/** In the project, because the files import "callboard" and "playwright". */
const folder = (name: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const path = join(ROOT, ".callboard", `guide-${name}-${process.pid}`)
      mkdirSync(path, { recursive: true })
      return path
    }),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )

const write = (path: string, text: string) => Effect.promise(() => Bun.write(path, text))

const openPortal = Effect.acquireRelease(
  Effect.sync(() => {
    const portal = makePracticePortal({ databasePath: ":memory:" })
    const { fetch } = new Hono().route("/practice", portal.app)
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch })
    return { portal, server, url: new URL("/practice/", server.url).href }
  }),
  ({ portal, server }) => Effect.promise(() => server.stop(true)).pipe(Effect.andThen(Effect.sync(portal.close)))
)

const inputFor = (type: JobType, portal: string, rest: object = {}) => ({
  ...(type.example() as object),
  portal,
  ...rest
})

const RESULT = { restaurant: "trattoria-roma", dishes: seedMenu.length }

test("names every code with which a job may fail, and whether it is tried again", () => {
  const codesOf = (name: string) =>
    [...(/^.*$/mu.exec(guide.slice(guide.indexOf(`| \`${name}\` |`)))?.[0] ?? "").matchAll(/`([A-Z_]+)`/gu)].map(
      ([, code]) => code!
    )
  const retryable: ReadonlyArray<string> = RetryableCode.literals

  expect(codesOf("RetryableError")).toEqual([...retryable])
  expect(codesOf("FatalError")).toEqual(JobErrorCode.literals.filter((code) => !retryable.includes(code)))
})

it.live("runs the script of the guide unchanged, as a command", () =>
  Effect.gen(function* () {
    const directory = yield* folder("command")
    const { url } = yield* openPortal
    const { env, executablePath } = yield* testChromium
    // The one thing that is ours: which browser there is, and that root cannot use its sandbox.
    const launch = JSON.stringify({ executablePath, chromiumSandbox: process.getuid?.() !== 0, env })
    const script = filesOf("count-dishes.mjs")[0]!
    yield* write(join(directory, "count-dishes.mjs"), script.replace(".launch()", `.launch(${launch})`))
    yield* write(join(directory, "callboard.config.ts"), filesOf("callboard.config.ts")[0]!)

    const [type] = yield* loadOwnJobTypes(join(directory, "callboard.config.ts"))
    const result = yield* makeTestJob(type!, { input: inputFor(type!, url) }).attempt
    const refused = makeTestJob(type!, { input: inputFor(type!, url, { password: "wrong-password" }) })

    expect(result).toEqual(RESULT)
    expect(yield* Effect.flip(refused.attempt)).toMatchObject({ code: "INVALID_CREDENTIALS" })
  })
)

it.live("runs the job type of the guide on the practice portal", () =>
  Effect.gen(function* () {
    const directory = yield* folder("browser")
    const { url } = yield* openPortal
    const browser = yield* openBrowser
    yield* write(join(directory, "callboard.config.ts"), filesOf("callboard.config.ts")[1]!)

    const [type] = yield* loadOwnJobTypes(join(directory, "callboard.config.ts"))
    const attempt = (rest: object = {}) =>
      type!
        .parseInput(inputFor(type!, url, rest))
        .pipe(
          Effect.flatMap(type!.run),
          Effect.provide([
            MemorySteps(makeStepsMemory()),
            BrowserSessionOn(browser),
            AnsweringOperator(makeOperatorScript())
          ]),
          Effect.scoped
        )

    expect(yield* attempt()).toEqual(RESULT)
    expect(yield* Effect.flip(attempt({ password: "wrong-password" }))).toMatchObject({ code: "INVALID_CREDENTIALS" })
  })
)

it.live("has a test in the guide that passes", () =>
  Effect.gen(function* () {
    const directory = yield* folder("test")
    yield* write(join(directory, "callboard.config.ts"), filesOf("callboard.config.ts")[1]!)
    yield* write(join(directory, "count-dishes.test.ts"), filesOf("count-dishes.test.ts")[0]!)

    const run = Bun.spawn([process.execPath, "test", join(directory, "count-dishes.test.ts")], {
      cwd: ROOT,
      stdout: "ignore",
      stderr: "pipe"
    })
    const output = yield* Effect.promise(() => new Response(run.stderr).text())

    expect(output).toContain("3 pass")
    expect([output, yield* Effect.promise(() => run.exited)]).toEqual([output, 0])
  })
)

test("names every heading that the guide links to", () => {
  const headings = [...guide.matchAll(/^#+ (.+)$/gmu)].map(([, text]) =>
    text!
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/gu, "")
      .replaceAll(" ", "-")
  )
  const links = [...guide.matchAll(/\]\(#([^)]+)\)/gu)].map(([, anchor]) => anchor!)

  expect(links.length).toBeGreaterThan(5)
  expect(links.filter((anchor) => !headings.includes(anchor))).toEqual([])
})
