/**
 * How long a script waits for its page: from the permit to a page in a context of its own, with Callboard's warm browser,
 * with a browser for each job, and with Crawlee's browser pool. `bun bench/browserSessions.ts [--rounds 60]`.
 */
import { basename, join } from "node:path"
import { parseArgs } from "node:util"
import { BrowserPool, PlaywrightPlugin } from "@crawlee/browser-pool"
import { Console, Context, Effect, Exit, Layer, Logger, Scope } from "effect"
import { chromium, type LaunchOptions } from "playwright"
import { BrowserSessions } from "../src/runtime/browser/BrowserSessions.ts"
import { type Chromium, findChromium } from "../src/runtime/browser/Chromium.ts"
import { temporaryDirectory } from "../test/support/CallboardProcess.ts"
import { median, quantile } from "./quantile.ts"

/** Rounds that are not counted: browsers start and code is compiled meanwhile. */
const WARM_UP = 5

/** Gives a page, and afterwards takes it back; only the first part is measured. */
interface Contender {
  readonly name: string
  /** What happens right before, and is not measured. */
  readonly before?: Effect.Effect<unknown>
  readonly open: Effect.Effect<Effect.Effect<unknown>>
}

/** A warm browser may be resting, or another script may just have left it. */
const inBothWays = (name: string, open: Contender["open"]): ReadonlyArray<Contender> => [
  { name: `${name}, after a pause`, open },
  { name: `${name}, job after job`, before: Effect.flatten(open), open }
]

const callboard = (found: Chromium) =>
  Effect.gen(function* () {
    const worker = { name: `bench-${crypto.randomUUID()}`, bootId: "1" }
    const layer = BrowserSessions.layer({ sessions: 1, worker, chromium: Effect.succeed(found) })
    const { open } = Context.get(yield* Layer.build(layer), BrowserSessions)
    const openOnce = Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Effect.orDie(Scope.provide(open, scope))
      return Scope.close(scope, Exit.void)
    })
    return inBothWays("Callboard", openOnce)
  })

const launchOptions = ({ env, executablePath }: Chromium): LaunchOptions => ({
  executablePath,
  env: { ...(process.env as Record<string, string>), ...env },
  chromiumSandbox: process.getuid?.() !== 0
})

const freshBrowser = (found: Chromium): Contender => ({
  name: "a browser for each job",
  open: Effect.promise(async () => {
    const browser = await chromium.launch(launchOptions(found))
    const context = await browser.newContext()
    await context.newPage()
    return Effect.promise(() => browser.close())
  })
})

/** Each page in a context of its own, as the others have it; made-up fingerprints cost time and are left out. */
const crawlee = (found: Chromium) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(
        () =>
          new BrowserPool({
            useFingerprints: false,
            browserPlugins: [
              new PlaywrightPlugin(chromium, { launchOptions: launchOptions(found), useIncognitoPages: true })
            ]
          })
      ),
      (pool) => Effect.promise(() => pool.destroy())
    ),
    (pool) =>
      inBothWays(
        "Crawlee",
        Effect.promise(async () => {
          const page = await pool.newPage()
          return Effect.promise(() => page.close())
        })
      )
  )

const timed = ({ before: prepare = Effect.void, open }: Contender) =>
  Effect.gen(function* () {
    yield* prepare
    const before = performance.now()
    const close = yield* open
    const took = performance.now() - before
    yield* close
    return took
  })

const row = (name: string, times: ReadonlyArray<number>, base: number) =>
  `${name.padEnd(26)} median ${median(times).toFixed(1).padStart(7)} ms   95th percentile ${quantile(times, 0.95).toFixed(1).padStart(7)} ms   ${(median(times) / base).toFixed(1)}x`

const measure = Effect.gen(function* () {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "60" } } })
  const rounds = Number(values.rounds)
  const configured = process.env.CALLBOARD_CHROMIUM
  const dataDirectory = join(yield* temporaryDirectory, "data")
  const found = yield* findChromium({ dataDirectory, ...(configured !== undefined && { configured }) })
  const contenders = [...(yield* callboard(found)), freshBrowser(found), ...(yield* crawlee(found))]
  const times = contenders.map((): Array<number> => [])
  for (let round = -WARM_UP; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      // Another one goes first each time.
      const index = (turn + round + WARM_UP) % contenders.length
      const took = yield* timed(contenders[index]!)
      if (round >= 0) times[index]!.push(took)
    }
  }
  yield* Console.log(`${rounds} rounds, ${basename(found.executablePath)} (${found.source})`)
  for (const [index, { name }] of contenders.entries()) {
    yield* Console.log(row(name, times[index]!, median(times[0]!)))
  }
})

await Effect.runPromise(measure.pipe(Effect.scoped, Effect.provide(Logger.layer([]))))
