/**
 * `finalise-onboarding`: goes through the portal's checklist, publishes the restaurant when everything is done, and looks
 * at the public page as a guest does. When something is missing it changes nothing and says what.
 */
import { Effect, Schema } from "effect"
import { FatalError, type JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields, practiceAccount } from "./Account.ts"
import { makeGoLivePage } from "./portal/GoLivePage.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makePublicPage } from "./portal/PublicPage.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"

const Input = Schema.Struct(accountFields)

const Checked = Schema.Struct({
  checked: Schema.Array(Schema.String).annotate({ title: "Checked" }),
  wasPublished: Schema.Boolean.annotate({ title: "Was published before" })
})

const Public = Schema.Struct({
  publicUrl: Schema.String.annotate({ title: "Public page" }),
  dishes: Schema.Int.annotate({ title: "Dishes on the public page" }),
  services: Schema.Int.annotate({ title: "Services on the public page" })
})

const Result = Schema.Struct({
  published: Schema.Boolean.annotate({ title: "Published" }),
  ...Checked.fields,
  ...Public.fields
})

/** Titles of the portal's checklist, and the job that does what is missing. */
const doneBy: Readonly<Record<string, string>> = {
  Menu: "Import a menu from CSV",
  Services: "Set up services and hours",
  "System settings": "Set up system settings",
  Payments: "Set up payments (where the portal offers no link, Set up payments without a link)"
}

const notDone = (titles: ReadonlyArray<string>) => {
  const jobs = titles.flatMap((title) => doneBy[title] ?? [])
  const run = jobs.length === 0 ? "" : `These jobs do it: ${jobs.join(", ")}. `
  return new FatalError({
    code: "VALIDATION_ERROR",
    message: `Not done yet: ${titles.join(", ")}. The restaurant was not published.`,
    hint: `${run}Then retry this job.`
  })
}

const emptyList = new FatalError({
  code: "ELEMENT_NOT_FOUND",
  message: "The portal has changed: the list “Checklist” is not on its page any more, or empty.",
  hint: "Trying again does not help. The script has to learn the new page."
})

const notPublic = (url: string) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    message: `The portal says that the restaurant is published, but guests find no dishes or services on ${new URL(url).pathname}.`,
    hint: "Open the public page. When it is right there, retry the job."
  })

const check = Effect.fn("checkList")(function* (portal: Portal) {
  const { isPublished, items } = yield* makeGoLivePage(portal).read
  if (items.length === 0) return yield* emptyList
  for (const { isDone, title } of items) yield* Effect.logInfo(`${title}: ${isDone ? "done" : "missing"}`)
  const missing = items.filter((item) => !item.isDone)
  if (missing.length > 0) return yield* notDone(missing.map(({ title }) => title))
  return { checked: items.map(({ title }) => title), wasPublished: isPublished }
})

/** Looks again first: an attempt that was cut off may have published it. */
const publish = Effect.fn("publish")(function* (portal: Portal) {
  const page = makeGoLivePage(portal)
  const { isPublished, items } = yield* page.read
  if (isPublished) return true
  const missing = items.filter((item) => !item.isDone).map(({ title }) => title)
  if (missing.length > 0) return yield* notDone(missing)
  if (!(yield* page.publish)) {
    return yield* new FatalError({
      code: "VALIDATION_ERROR",
      message: "The portal refused to publish the restaurant, though its checklist shows everything as done.",
      hint: "Try the same by hand in the portal: it says there why."
    })
  }
  yield* Effect.logInfo("Published the restaurant")
  return true
})

const verify = Effect.fn("verifyPublicPage")(function* (portal: Portal) {
  const page = makeGoLivePage(portal)
  yield* page.read
  const publicUrl = yield* page.publicUrl
  const { dishes, services } = yield* makePublicPage(portal).read(publicUrl)
  if (dishes === 0 || services === 0) return yield* notPublic(publicUrl)
  yield* Effect.logInfo(`The public page shows ${dishes} dishes and ${services} services`)
  return { publicUrl, dishes, services }
})

export const makeFinaliseOnboarding = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: "finalise-onboarding",
    title: "Publish a restaurant",
    description: "Checks that everything is set up, publishes the restaurant, and looks at its public page.",
    lane: "browser",
    input: Input,
    result: Result,
    steps: [
      { name: "sign-in", title: "Sign in" },
      { name: "check", title: "Go through the checklist" },
      { name: "publish", title: "Publish the restaurant" },
      { name: "verify", title: "Look at the public page" }
    ],
    // Of the practice portal's restaurants this one has everything set up.
    example: { ...practiceAccount, restaurantId: "pizzeria-ready" },
    run: (credentials) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const portal = yield* openPortal(yield* portalUrl)

        yield* steps.prepare("sign-in", makeSignInPage(portal).signIn(credentials))
        const list = yield* steps.run("check", Checked, check(portal))
        const published = yield* steps.run("publish", Schema.Boolean, publish(portal))
        const seen = yield* steps.run("verify", Public, verify(portal))
        return { published, ...list, ...seen }
      })
  })
