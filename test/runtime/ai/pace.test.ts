import { expect } from "bun:test"
import { Clock, Context, Duration, Effect, Layer, Logger, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Untimed } from "../../../src/domain/Untimed.ts"
import { AiTurns, type Turn } from "../../../src/runtime/ai/AiTurns.ts"
import * as PgAiTurns from "../../../src/runtime/postgres/PgAiTurns.ts"
import { meteredTests, start } from "./meteredTests.ts"

const inDatabase = meteredTests()

inDatabase(
  "waits for its own turn for as long as that takes, which is no failure and none of the attempt's time",
  Effect.gen(function* () {
    let left = 3
    let untimed = 0
    const waits: Array<number> = []
    const take = Effect.sync((): Turn => {
      waits.push(untimed)
      left -= 1
      return { _tag: left > 0 ? "Later" : "Taken", wait: Duration.millis(1) }
    })
    const { ai, ask } = yield* start({ turns: AiTurns.of({ take, pause: () => Effect.void }) })
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))

    const { text } = yield* ask({}).pipe(
      Effect.provide(Logger.layer([logger])),
      Effect.provideService(Untimed, (wait) =>
        Effect.acquireUseRelease(
          Effect.sync(() => (untimed += 1)),
          () => wait,
          () => Effect.sync(() => (untimed -= 1))
        )
      )
    )

    expect([text, waits, untimed, ai.requests.length]).toEqual(["Hello", [1, 1, 1], 0, 1])
    expect(lines).toEqual([expect.stringContaining("CALLBOARD_AI_REQUESTS_PER_MINUTE")])
  })
)

inDatabase(
  "says of each job that it waits, also of one behind another",
  Effect.gen(function* () {
    let mayGo = false
    const take = Effect.sync((): Turn => ({ _tag: mayGo ? "Taken" : "Later", wait: Duration.millis(1) }))
    const { ask } = yield* start({ turns: AiTurns.of({ take, pause: () => Effect.void }) })
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => {
      mayGo = lines.push(String(message)) === 2
    })

    yield* Effect.all([ask({}), ask({})], { concurrency: 2 }).pipe(Effect.provide(Logger.layer([logger])))

    expect(lines).toHaveLength(2)
  })
)

inDatabase(
  "tells its own pace from a pause that the provider asked for, and takes no turn that is far away",
  Effect.gen(function* () {
    const { turns } = yield* start({ requestsPerMinute: 10 })
    const sql = yield* SqlClient.SqlClient
    const next = sql<{ ms: number }>`SELECT extract(epoch FROM next_at)::float8 * 1000 AS ms FROM ai_turns`
    yield* turns.take
    yield* sql`UPDATE ai_turns SET next_at = now() + interval '10 minutes'`
    const before = yield* next

    const late = yield* turns.take

    expect(late._tag).toBe("Later")
    expect(Duration.toSeconds(late.wait)).toBe(20)
    expect(yield* next).toEqual(before)
    yield* turns.pause(Duration.seconds(5))
    expect((yield* turns.take)._tag).toBe("Later")
    yield* turns.pause(Duration.minutes(30))
    expect((yield* turns.take)._tag).toBe("Paused")
  })
)

inDatabase(
  "gives turns to all processes together, at the pace of the key and after those that were kept",
  Effect.gen(function* () {
    // One a second, five kept.
    const one = yield* start({ requestsPerMinute: 60 })
    const other = yield* Layer.build(
      Layer.fresh(PgAiTurns.layer({ baseUrl: one.ai.baseUrl, apiKey: Redacted.make("sk-test"), requestsPerMinute: 60 }))
    )
    const taking = [one.turns, Context.get(other, AiTurns)]

    const startedMs = yield* Clock.currentTimeMillis
    const turns = yield* Effect.forEach(
      Array.from({ length: 60 }, (_, index) => taking[index % 2]!),
      ({ take }) => take,
      { concurrency: 4 }
    )
    const seconds = Math.ceil(((yield* Clock.currentTimeMillis) - startedMs) / 1_000)

    const waits = (tag: Turn["_tag"]) =>
      turns.flatMap(({ _tag, wait }) => (_tag === tag ? [Duration.toSeconds(wait)] : []))
    // Five that were kept, one that is due, and one that comes within the next second.
    expect(waits("Taken").filter((wait) => wait === 0).length).toBeGreaterThanOrEqual(6)
    expect(waits("Taken").length).toBeGreaterThanOrEqual(7)
    expect(waits("Taken").length).toBeLessThanOrEqual(8 + seconds)
    // Nothing was taken for the others, so the next turn is no further away for them.
    expect(Math.max(...waits("Taken"), ...waits("Later"))).toBeLessThanOrEqual(1)
    expect(waits("Paused")).toEqual([])
  })
)
