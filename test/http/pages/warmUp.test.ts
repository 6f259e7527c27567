import { expect } from "bun:test"
import { Duration, Effect, Exit } from "effect"
import { Hono } from "hono"
import { type Caller, localCaller } from "../../../src/domain/Caller.ts"
import { personOf } from "../../../src/http/callerOf.ts"
import { unnoticed, warmUp } from "../../../src/http/pages/warmUp.ts"
import { sharedFor } from "../../../src/runtime/postgres/sharedFor.ts"
import { it } from "../../support/effect.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { makeBoard } from "./testBoard.ts"

/** What is asked of the board, and how it answers. */
const watched = (board: Hono) => {
  const answers = new Map<string, Array<number>>()
  const app = new Hono()
    .use(async (c, next) => {
      await next()
      answers.set(c.req.path, [...(answers.get(c.req.path) ?? []), c.res.status])
    })
    .route("/", board)
  return { answers, app }
}

it.effect("reads the main pages and the newest job's, all of them several times", () =>
  Effect.gen(function* () {
    const fake = new FakeJobs([tagDishes])
    fake.seed()
    const { jobId } = fake.seed()
    const { answers, app } = watched(makeBoard({ fake }).app)
    yield* warmUp(app)
    expect([...answers.keys()]).toContain("/jobs")
    expect([...answers.keys()]).toContain(`/jobs/${jobId}`)
    expect([...answers.keys()]).toContain(`/jobs/${jobId}/steps`)
    for (const [path, statuses] of answers) expect([path, ...statuses]).toEqual([path, 200, 200, 200])
  })
)

it.effect("says itself for whom it reads: this computer", () =>
  Effect.gen(function* () {
    const readers = new Set<Caller | undefined>()
    yield* warmUp(
      new Hono().get("*", (c) => {
        readers.add(personOf(c))
        return c.text("")
      })
    )
    expect([...readers]).toEqual([localCaller])
  })
)

it.effect("reads no job's pages where there is none", () =>
  Effect.gen(function* () {
    const { answers, app } = watched(makeBoard().app)
    yield* warmUp(app)
    expect([...answers.keys()].filter((path) => path.startsWith("/jobs"))).toEqual(["/jobs"])
  })
)

it.effect("goes on where pages fail", () =>
  Effect.gen(function* () {
    const asked = new Set<string>()
    const broken = new Hono().get("*", (c) => {
      asked.add(c.req.path)
      throw new Error("no database")
    })
    yield* warmUp(broken)
    expect(asked).toContain("/fleet")
  })
)

it.effect("leaves nothing that readers are given", () =>
  Effect.gen(function* () {
    const { run } = makeBoard()
    let reads = 0
    const shared = sharedFor(Duration.seconds(10))(Effect.sync(() => ++reads))
    yield* Effect.promise(() => unnoticed(run)(shared))
    const first = yield* Effect.promise(() => run(shared))
    yield* Effect.promise(() => unnoticed(run)(shared))
    const second = yield* Effect.promise(() => run(shared))
    expect([first, second]).toEqual([Exit.succeed(2), Exit.succeed(2)])
  })
)
