/** The practice portal on a real port, and a job type of the restaurant scripts that works on it. */

import { Effect, type Layer, Logger } from "effect"
import { Hono } from "hono"
import type { JobType } from "../../../src/domain/JobType.ts"
import type { Operator } from "../../../src/domain/Operator.ts"
import { makePracticePortal } from "../../../src/practice-portal/PracticePortal.tsx"
import { restaurantScripts } from "../../../src/scripts/restaurant/RestaurantScripts.ts"
import { openBrowser } from "../../support/browser.ts"
import { AnsweringOperator, makeOperatorScript } from "./AnsweringOperator.ts"
import { MemorySteps, makeStepsMemory, type StepsMemory } from "./MemorySteps.ts"
import { BrowserSessionOn } from "./TestBrowser.ts"

const openSite = Effect.acquireRelease(
  Effect.sync(() => {
    const portal = makePracticePortal({ databasePath: ":memory:" })
    /** What a path of the portal answers instead. */
    const strange = new Map<string, string>()
    const { fetch } = new Hono().route("/practice", portal.app)
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => {
        const page = strange.get(new URL(request.url).pathname)
        return page === undefined ? fetch(request) : new Response(page, { headers: { "Content-Type": "text/html" } })
      }
    })
    return { portal, server, strange, url: new URL("/practice/", server.url) }
  }),
  ({ portal, server }) => Effect.promise(() => server.stop(true)).pipe(Effect.andThen(Effect.sync(portal.close)))
)

/** Starts a practice portal, and gives what runs one attempt of a script on it, as the runtime would. */
export const practise = Effect.fn("practise")(function* (jobType: string) {
  const { portal, server, strange, url } = yield* openSite
  const browser = yield* openBrowser
  const scriptOf = (wanted: string) => {
    const found = restaurantScripts({ portalUrl: Effect.succeed(url) }).find(({ name }) => name === wanted)
    if (found === undefined) throw new Error(`There is no job type ${wanted}.`)
    return found
  }
  const log: Array<string> = []
  const logger = Logger.make(({ message }) => {
    log.push([message].flat().map(String).join(" "))
  })
  const run = (script: JobType, input: unknown, memory: StepsMemory, person: Layer.Layer<Operator>) =>
    script
      .parseInput(input)
      .pipe(
        Effect.flatMap(script.run),
        Effect.provide([MemorySteps(memory), BrowserSessionOn(browser), person, Logger.layer([logger])]),
        Effect.scoped
      )
  const script = scriptOf(jobType)
  const nobody = () => AnsweringOperator(makeOperatorScript())
  const attempt = (input: unknown = script.example(), memory = makeStepsMemory(), person = nobody()) =>
    run(script, input, memory, person)
  /** Runs another job type on the same portal, to bring it into a state. */
  const prepare = (other: string, input: unknown) => run(scriptOf(other), input, makeStepsMemory(), nobody())
  /** What was asked of the portal, oldest first: `POST /tags`. */
  const requests = (restaurant = "trattoria-roma") =>
    portal
      .requests(restaurant)
      .toReversed()
      .map(({ method, path }) => `${method} ${path}`)
  return { attempt, faults: portal.faults, log, prepare, requests, server, strange, url }
})
