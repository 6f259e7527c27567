import { expect } from "bun:test"
import { Arbitrary, Effect, Schema } from "effect"
import { percentOf } from "../../src/domain/Progress.ts"
import { it } from "../support/effect.ts"

it.effect("rises with steps and with work inside a step, and never shows the end before the end", () =>
  Effect.sync(() => {
    expect(percentOf(0, 4)).toBe(0)
    expect(percentOf(1, 4, { done: 18, of: 40 })).toBe(36)
    expect(percentOf(3, 4, { done: 40, of: 40 })).toBe(99)
    expect(percentOf(0, 0)).toBe(0)
  })
)

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 }))

it.effect("stays between 0 and 99, and never falls when more is done", () =>
  Effect.gen(function* () {
    const facts = Schema.Struct({ before: Count, total: Count, done: Count, of: Count })
    const result = yield* Arbitrary.checkEffect(Arbitrary.schema(facts), ({ before, done, of, total }) => {
      const now = percentOf(before, total, { done, of })
      const later = [percentOf(before, total, { done: done + 1, of }), percentOf(before + 1, total)]
      return now >= 0 && now <= 99 && later.every((percent) => percent >= now)
    })

    expect(Arbitrary.formatCheckFailure(result)).toBeUndefined()
  })
)
