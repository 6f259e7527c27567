/** The job types of the pictures: what a job does depends on its restaurant, so that every status is there at once. */
import { defineJobType, FatalError, Operator, RetryableError, Secret, Steps } from "callboard"
import { Effect, Schema } from "effect"

const PHOTOS = 40
const UPLOADED = 18

/** Longer than the pictures take. */
const forLong = Effect.sleep("1 hour")

const aMoment = Effect.as(Effect.sleep("120 millis"), null)

const signIn = (restaurantId: string) =>
  Effect.gen(function* () {
    const { prompt } = yield* Operator
    if (["ristorante-bella", "osteria-nova"].includes(restaurantId)) {
      return yield* new FatalError({
        code: "INVALID_CREDENTIALS",
        message: "The portal refused the login: wrong password",
        hint: "Ask the owner for the new password, then retry with changes."
      })
    }
    if (restaurantId === "trattoria-roma") {
      yield* prompt({ kind: "otp", label: "Code from the text message", hint: "Sent to the owner’s phone, ends in 42" })
    }
    return yield* aMoment
  })

const readMenu = (restaurantId: string) =>
  Effect.gen(function* () {
    const { prompt } = yield* Operator
    if (restaurantId === "gelateria-fredda") {
      return yield* new RetryableError({
        code: "NAVIGATION_TIMEOUT",
        message: "The menu page did not load in 30 seconds",
        retryAfterMs: 600_000
      })
    }
    if (restaurantId === "cafe-lumen") {
      yield* prompt({
        kind: "choice",
        label: "Which of these menus is current?",
        choices: ["menu-2025.pdf", "menu-2026.pdf"]
      })
    }
    if (restaurantId === "pizzeria-napoli") yield* forLong
    return yield* aMoment
  })

const uploadPhotos = (restaurantId: string) =>
  Effect.gen(function* () {
    const { progress } = yield* Steps
    if (restaurantId !== "sushi-ito") return yield* aMoment
    yield* progress(`${UPLOADED} of ${PHOTOS}`, { done: UPLOADED, of: PHOTOS })
    yield* Effect.logInfo("uploaded img_17.jpg (212 KB)")
    yield* Effect.logInfo("uploaded img_18.jpg (198 KB)")
    return yield* Effect.as(forLong, null)
  })

const refreshMenu = defineJobType({
  name: "refresh-menu",
  title: "Refresh menu",
  description: "Brings the menu of a restaurant up to date from its old portal.",
  lane: "default",
  input: Schema.Struct({ restaurantId: Schema.String, portal: Schema.String, email: Schema.String, password: Secret }),
  result: Schema.Struct({ items: Schema.Int, photos: Schema.Int }),
  steps: [
    { name: "open", title: "Open the portal" },
    { name: "sign-in", title: "Sign in" },
    { name: "read", title: "Read the menu" },
    { name: "prices", title: "Check prices" },
    { name: "photos", title: "Upload photos" },
    { name: "publish", title: "Publish", irreversible: true }
  ],
  example: {
    restaurantId: "sushi-ito",
    portal: "partner-one",
    email: "owner@example.com",
    password: "practice-password"
  },
  timeout: "2 hours",
  run: ({ restaurantId }) =>
    Effect.gen(function* () {
      const steps = yield* Steps
      yield* steps.run("open", Schema.Null, aMoment)
      yield* steps.run("sign-in", Schema.Null, signIn(restaurantId))
      yield* steps.run("read", Schema.Null, readMenu(restaurantId))
      yield* steps.run("prices", Schema.Null, aMoment)
      yield* steps.run("photos", Schema.Null, uploadPhotos(restaurantId))
      yield* steps.run("publish", Schema.Null, aMoment)
      return { items: 38, photos: PHOTOS }
    })
})

/** For the picture of the columns of a file. */
const changePrice = defineJobType({
  name: "change-price",
  title: "Change a price",
  description: "Changes the price of a dish, and says why on the menu.",
  lane: "default",
  input: Schema.Struct({
    restaurantId: Schema.String,
    dish: Schema.String,
    price: Schema.Number,
    tags: Schema.optionalKey(Schema.Array(Schema.String)),
    remark: Schema.optionalKey(Schema.String)
  }),
  result: Schema.Struct({}),
  steps: [{ name: "change", title: "Change the price" }],
  example: { restaurantId: "sushi-ito", dish: "Miso soup", price: 4.5, tags: ["Vegan", "Hot"] },
  run: () => Effect.succeed({})
})

export default [refreshMenu, changePrice]
