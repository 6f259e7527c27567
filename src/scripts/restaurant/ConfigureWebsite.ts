/**
 * `configure-website-light` and `configure-website-dark`: give the restaurant's website a theme, a colour and its
 * words, publish it, and look at it as a guest. Two job types, because people choose between two products; one script.
 */
import { Effect, Schema } from "effect"
import { FatalError, type JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields, practiceAccount } from "./Account.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"
import { makeSitePage } from "./portal/SitePage.ts"
import { makeWebsitePage, type Theme, type WebsiteDesign, WebsiteShown } from "./portal/WebsitePage.ts"

const Input = Schema.Struct({
  ...accountFields,
  headline: Schema.String.check(Schema.isPattern(/\S/u), Schema.isMaxLength(80)).annotate({
    title: "Headline",
    description: "The large words at the top: Real pizza since 1968."
  }),
  welcome: Schema.optionalKey(
    Schema.String.check(Schema.isMaxLength(500)).annotate({
      title: "Welcome text",
      description: "A few sentences below the headline. Stays as it is when left out.",
      format: "textarea"
    })
  ),
  accent: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^#[0-9a-fA-F]{6}$/u)).annotate({
      title: "Accent colour",
      description: "Like #8a2f1b. The theme's own colour when left out."
    })
  )
})
type Input = typeof Input.Type

const Result = Schema.Struct({
  changed: Schema.Array(Schema.String).annotate({ title: "What was changed" }),
  published: Schema.Boolean.annotate({ title: "Published by this job" }),
  url: Schema.String.annotate({ title: "Address of the website" })
})

/** Both read well with the text that the portal puts on them. */
const themeColours: Record<Theme, string> = { light: "#8a2f1b", dark: "#d98b3a" }

const words = { theme: "Theme", accent: "Accent colour", headline: "Headline", welcome: "Welcome text" } as const

const designOf = (theme: Theme, { accent, headline, welcome }: Input, before: WebsiteShown): WebsiteDesign => ({
  theme,
  accent: (accent ?? themeColours[theme]).toLowerCase(),
  // The portal keeps no outer blanks, and none that are repeated in a headline.
  headline: headline.trim().replace(/\s+/gu, " "),
  welcome: (welcome ?? before.welcome).replaceAll("\r\n", "\n").trim()
})

/** Titles of what differs. */
const differences = (one: WebsiteDesign, other: WebsiteDesign): ReadonlyArray<string> =>
  (["theme", "accent", "headline", "welcome"] as const)
    .filter((key) => one[key] !== other[key])
    .map((key) => words[key])

const refused = new FatalError({
  code: "VALIDATION_ERROR",
  message: "The portal refused to save the design of the website.",
  hint: "Try the same by hand in the portal: it says there what it does not accept."
})

const notShown = (where: string, what: ReadonlyArray<string>) =>
  new FatalError({
    code: "NOT_FOUND",
    message: `${where} does not show what was saved: ${what.join(", ")}.`,
    hint: "Somebody may be editing the website at the same time. Retry the job from the start."
  })

const saveDesign = Effect.fn("saveDesign")(function* (portal: Portal, design: WebsiteDesign) {
  const page = makeWebsitePage(portal)
  const changed = differences(yield* page.read, design)
  if (changed.length === 0) return false
  if (!(yield* page.save(design))) return yield* refused
  const left = differences(yield* page.read, design)
  if (left.length > 0) return yield* notShown("The portal", left)
  yield* Effect.logInfo(`Saved the draft: ${changed.join(", ")}`)
  return true
})

const publish = Effect.fn("publish")(function* (portal: Portal) {
  const page = makeWebsitePage(portal)
  if ((yield* page.read).isPublished) return false
  yield* page.publish
  if (!(yield* page.read).isPublished) return yield* notShown("The portal", ["that the website is published"])
  yield* Effect.logInfo("Published the website")
  return true
})

const verify = Effect.fn("verify")(function* (portal: Portal, url: string, design: WebsiteDesign) {
  const left = differences(yield* makeSitePage(portal).read(url), design)
  if (left.length > 0) return yield* notShown("The public website", left)
  yield* Effect.logInfo(`Guests see the ${design.theme} website at ${url}`)
  return true
})

const makeConfigureWebsite = (theme: Theme, portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: `configure-website-${theme}`,
    title: `Set up the ${theme} website`,
    description: `Gives the restaurant's website the ${theme} theme with its colour and words, and publishes it.`,
    lane: "browser",
    input: Input,
    result: Result,
    steps: [
      { name: "sign-in", title: "Sign in" },
      { name: "read-website", title: "Read the website" },
      { name: "save-design", title: "Save the design" },
      { name: "publish", title: "Publish the website" },
      { name: "verify", title: "Look at it as a guest" }
    ],
    example: {
      ...practiceAccount,
      headline: "Trattoria Roma",
      welcome: "Fresh pasta and pizza from the wood oven, five minutes from the river.",
      accent: themeColours[theme]
    },
    run: (input) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const portal = yield* openPortal(yield* portalUrl)

        yield* steps.prepare("sign-in", makeSignInPage(portal).signIn(input))
        const before = yield* steps.run("read-website", WebsiteShown, makeWebsitePage(portal).read)
        const design = designOf(theme, input, before)
        yield* steps.progress(`Setting up the ${theme} theme`)
        yield* steps.run("save-design", Schema.Boolean, saveDesign(portal, design))
        yield* steps.run("publish", Schema.Boolean, publish(portal))
        yield* steps.progress("Looking at the public website")
        yield* steps.run("verify", Schema.Boolean, verify(portal, before.url, design))

        const changed = differences(before, design)
        return { changed, published: changed.length > 0 || !before.isPublished, url: before.url }
      })
  })

export const makeConfigureWebsiteLight = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  makeConfigureWebsite("light", portalUrl)

export const makeConfigureWebsiteDark = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  makeConfigureWebsite("dark", portalUrl)
