import { expect } from "bun:test"
import { Effect, Exit, Tracer } from "effect"
import { FatalError } from "../../src/domain/JobError.ts"
import { discreet } from "../../src/runtime/Tracing.ts"
import { it } from "../support/effect.ts"

/** What reaches the exporter of these effects. */
const spansOf = <A, E>(work: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    yield* Effect.exit(Effect.provideService(work, Tracer.Tracer, discreet(tracer)))
    return spans
  })

it.effect("tells of a span what is on the list, and nothing else", () =>
  Effect.gen(function* () {
    const attributes = { "callboard.step": "sign-in", "url.full": "https://portal/?token=hunter2", password: "hunter2" }
    const [span] = yield* spansOf(
      Effect.annotateCurrentSpan("note", "hunter2").pipe(
        Effect.withSpan("JobExecutor.attempt", { attributes, root: true })
      )
    )

    expect([...span!.attributes]).toEqual([["callboard.step", "sign-in"]])
  })
)

it.effect("tells how something failed in one word", () =>
  Effect.gen(function* () {
    const failing = (error: unknown) => Effect.withSpan(Effect.fail(error), "JobExecutor.attempt", { root: true })
    const ends = yield* Effect.forEach(
      [
        new FatalError({ code: "NOT_FOUND", message: "no hunter2", cause: new Error("hunter2") }),
        new TypeError("hunter2"),
        Object.assign(new Error("hunter2"), { name: "hunter2 was refused" }),
        "hunter2"
      ],
      (error) =>
        Effect.map(spansOf(failing(error)), ([span]) => (span!.status._tag === "Ended" ? span!.status.exit : undefined))
    )

    const errors = ends.map((exit) => (exit !== undefined && Exit.isFailure(exit) ? exit.cause.reasons : []))
    expect(errors.map(([reason]) => (reason?._tag === "Fail" ? (reason.error as Error).stack : undefined))).toEqual([
      "NOT_FOUND",
      "TypeError",
      "Error",
      "Error"
    ])
  })
)

it.effect("begins no trace for what runs by itself all the time", () =>
  Effect.gen(function* () {
    const inside = Effect.withSpan(Effect.void, "sql.execute")
    const beat = yield* spansOf(Effect.withSpan(inside, "LeaseKeeper.beat", { root: true }))
    const attempt = yield* spansOf(Effect.withSpan(inside, "JobExecutor.attempt", { root: true }))

    expect(beat.map(({ sampled }) => sampled)).toEqual([false, false])
    expect(attempt.map(({ sampled }) => sampled)).toEqual([true, true])
  })
)

it.effect("tells nothing of what goes on after a request was answered", () =>
  Effect.gen(function* () {
    const [request, query] = yield* spansOf(
      Effect.gen(function* () {
        const span = yield* Effect.makeSpan("GET /api/events", { kind: "server", root: true })
        span.end(1n, Exit.void)
        yield* Effect.withParentSpan(Effect.withSpan(Effect.void, "sql.execute"), span)
      })
    )

    expect([request?.sampled, query?.sampled]).toEqual([true, false])
  })
)
