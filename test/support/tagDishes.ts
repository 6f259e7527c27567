/** A job type with every kind of field that forms draw, for tests of pages. It is never run. */
import { Effect, Schema } from "effect"
import { defineJobType } from "../../src/domain/JobType.ts"
import { Secret } from "../../src/domain/Secret.ts"

export const tagDishes = defineJobType({
  name: "add-item-tags",
  title: "Add item tags",
  description: "Adds tags to dishes.",
  lane: "browser",
  input: Schema.Struct({
    portal: Schema.Struct({ email: Schema.String.check(Schema.isNonEmpty()), password: Secret }),
    restaurantId: Schema.String.check(Schema.isNonEmpty()),
    dishes: Schema.Array(
      Schema.Struct({ name: Schema.String.check(Schema.isNonEmpty()), tags: Schema.Array(Schema.String) })
    ),
    overwrite: Schema.Boolean,
    limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))),
    pace: Schema.optionalKey(Schema.Literals(["fast", "careful"])),
    extra: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json))
  }),
  result: Schema.Struct({ added: Schema.Int, token: Schema.optionalKey(Secret) }),
  steps: [
    { name: "sign-in", title: "Sign in" },
    { name: "add-tags", title: "Add tags" },
    { name: "check", title: "Check the result" }
  ],
  example: {
    portal: { email: "owner@practice.example", password: "practice-password" },
    restaurantId: "sushi-ito",
    dishes: [{ name: "Miso soup", tags: ["Vegan", "Hot"] }],
    overwrite: true
  },
  run: () => Effect.succeed({ added: 0 })
})
