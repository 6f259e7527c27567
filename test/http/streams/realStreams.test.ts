import { expect } from "bun:test"
import { Effect } from "effect"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { add, firstClaim } from "../../runtime/postgres/builders.ts"
import { makePgApi } from "../../support/PgApi.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { setClock } from "../../support/wallClock.ts"
import { type Event, openStream, readEvents } from "./streamApi.ts"

const inDatabase = databaseTests(idle)

const shown = ({ data, event }: Event) =>
  event === "step"
    ? `${event} ${data.name} ${data.outcome ?? "runs"}`
    : `${event} ${data.message ?? data.status ?? data.percent}`

inDatabase(
  "tells the life of a real job over two processes, with nothing missing and nothing twice",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const [first, second] = [yield* makePgApi, yield* makePgApi]
    const { id } = yield* add()
    const path = `/api/jobs/${id}/events`
    const { lease } = yield* firstClaim
    const log = (message: string) => queue.log(lease, [{ level: "info", at: new Date(), message }])
    const start = (name: string, number: number) => {
      const progress = { percent: number * 10, step: number, totalSteps: 2, stepName: name }
      return queue.startStep(lease, { name, number, totalSteps: 2, progress })
    }

    const events = readEvents(yield* openStream(first.handler, path))
    const told = [...(yield* events.take(2))]
    yield* start("first", 1)
    yield* log("one")
    while (!["step first runs", "log one"].every((each) => told.map(shown).includes(each)))
      told.push((yield* events.next)!)
    yield* events.close
    yield* queue.endStep(lease, { name: "first", outcome: "completed", checkpoint: { output: 1 } })
    yield* start("second", 2)
    yield* log("two")
    const rest = readEvents(yield* openStream(second.handler, path, { lastEventId: told.at(-1)!.id }))
    const begun = yield* rest.take(2)
    yield* queue.settle(lease, { _tag: "Completed", result: null })
    const last = [...begun, ...(yield* rest.rest)]
    const all = yield* readEvents(yield* openStream(second.handler, path)).rest

    expect(told.map(shown).toSorted()).toEqual(
      ["status in_progress", "progress 0", "progress 10", "step first runs", "log one"].toSorted()
    )
    expect(last.map(shown).at(-1)).toBe("status completed")
    expect(last.filter(({ event }) => event === "log").map(shown)).toEqual(["log two"])
    // How fast the look comes decides whether the second step is seen running.
    expect(
      last
        .filter(({ event }) => event === "step")
        .map(shown)
        .toSorted()
    ).toEqual(expect.arrayContaining(["step first completed", "step second stopped"]))
    expect(all.filter(({ event }) => event === "step").map(shown)).toEqual([
      "step first completed",
      "step second stopped"
    ])
    expect(all.filter(({ event }) => event === "log").map(shown)).toEqual(["log one", "log two"])
  }).pipe(Effect.scoped)
)

inDatabase(
  "tells every job that changes, one by one and many at once",
  Effect.gen(function* () {
    const { handler } = yield* makePgApi
    const jobs = yield* Jobs
    const events = readEvents(yield* openStream(handler, "/api/events?label=mine"))
    yield* events.next

    const one = yield* add({ labels: ["mine"] })
    yield* add()
    const told = yield* events.next
    const many = yield* jobs.createBatch(
      Array.from({ length: 30 }, () => ({ jobType: "idle", input: {}, labels: ["mine"] }))
    )
    const batch = yield* events.take(30)
    yield* events.close

    expect(told?.data).toMatchObject({ id: one.id, status: "pending" })
    expect(batch.map(({ data }) => data.id).toSorted()).toEqual(many.jobs.map(({ id }) => id as string).toSorted())
  }).pipe(Effect.scoped)
)

inDatabase(
  "tells what changed since the last event also where the clock of the process is ahead of the database's",
  Effect.scoped(
    Effect.gen(function* () {
      yield* setClock(600_000)
      const first = yield* makePgApi
      const events = readEvents(yield* openStream(first.handler, "/api/events"))
      const start = yield* events.next
      yield* events.close
      const { id } = yield* add()

      const second = yield* makePgApi
      const again = readEvents(yield* openStream(second.handler, "/api/events", { lastEventId: start!.id }))
      const told = yield* again.next
      yield* again.close

      expect(told?.data.id).toBe(id)
    })
  )
)
