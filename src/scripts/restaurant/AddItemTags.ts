/**
 * `add-item-tags`: creates the tags that a restaurant misses and puts them on items of its menu. Tags are only added,
 * never taken away. Each action looks first at what is there, so a step that was cut off can simply run again; what
 * the job reports is compared with the menu as it was before its first change.
 */
import { Effect, Schema } from "effect"
import { FatalError, type JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields, practiceAccount } from "./Account.ts"
import { includesName, named } from "./Names.ts"
import { refused } from "./portal/Form.ts"
import { makeItemPage } from "./portal/ItemPage.ts"
import { type MenuItem, makeMenuPage } from "./portal/MenuPage.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"
import { makeTagsPage, tagColours } from "./portal/TagsPage.ts"
import * as TagPlan from "./TagPlan.ts"

const Name = Schema.String.check(Schema.isNonEmpty(), Schema.isMaxLength(60))

const Tag = Schema.Struct({
  name: Name.annotate({
    title: "Tag",
    description: "As guests read it: Vegan. Created when the restaurant misses it."
  }),
  colour: Schema.optionalKey(
    Schema.Literals(tagColours).annotate({ title: "Colour", description: "Of a new tag. Grey when left out." })
  ),
  items: Schema.Array(Schema.String.check(Schema.isNonEmpty(), Schema.isMaxLength(200)))
    .check(Schema.isMinLength(1), Schema.isMaxLength(500))
    .annotate({ title: "Items", description: "Names of the items that get the tag, as the menu writes them." })
})

const Input = Schema.Struct({
  ...accountFields,
  tags: Schema.Array(Tag)
    .check(Schema.isMinLength(1), Schema.isMaxLength(50))
    .annotate({ title: "Tags", description: "The tags, and the items that get them." })
})

const Names = Schema.Array(Schema.String)

const Result = Schema.Struct({
  created: Names.annotate({ title: "New tags" }),
  alreadyThere: Names.annotate({ title: "Tags that existed before" }),
  assigned: Schema.Int.annotate({ title: "Tags put on items" }),
  unchanged: Schema.Int.annotate({ title: "Tags that items had before" })
})

const itemsUnknown = (names: ReadonlyArray<string>, items: ReadonlyArray<MenuItem>) =>
  new FatalError({
    code: "NOT_FOUND",
    message: `Not on the menu: ${names.map((name) => `“${name}”`).join(", ")}. Nothing was changed.`,
    hint: `Names on the menu: ${items.map((item) => item.name).join(", ")}.`.slice(0, 500)
  })

const gone = (plans: ReadonlyArray<TagPlan.ItemPlan>) =>
  new FatalError({
    code: "NOT_FOUND",
    message: `The menu does not show all tags: ${plans.map(({ item, tags }) => `${tags.join(", ")} on “${item.name}”`).join("; ")}.`,
    hint: "Somebody may be editing the menu at the same time. Retry the job from the start."
  })

const readMenu = Effect.fn("readMenu")(function* (portal: Portal, wishes: ReadonlyArray<TagPlan.TagWish>) {
  const items = yield* makeMenuPage(portal).read
  const unknown = TagPlan.unknownItems(items, wishes)
  if (unknown.length > 0) return yield* itemsUnknown(unknown, items)
  const tags = yield* makeTagsPage(portal).read
  yield* Effect.logInfo(`The menu has ${items.length} items, the restaurant ${tags.length} tags`)
  return { items, tags }
})

const createTags = Effect.fn("createTags")(function* (portal: Portal, wishes: ReadonlyArray<TagPlan.TagWish>) {
  const steps = yield* Steps
  const page = makeTagsPage(portal)
  const missing = TagPlan.missingTags(yield* page.read, wishes)
  yield* Effect.forEach(missing, ({ colour, name }, index) =>
    Effect.gen(function* () {
      yield* steps.progress(`Creating ${name}`, { done: index, of: missing.length })
      const words = yield* page.create({ name, colour })
      const wasCreated = words === undefined
      // Somebody else may have created it since the page was read, which is as good.
      if (!wasCreated && !includesName(yield* page.read, name)) return yield* refused(`the tag “${name}”`, words)
      yield* Effect.logInfo(wasCreated ? `Created the tag ${name}` : `The tag ${name} is there already`)
    })
  )
  return missing.map((wish) => wish.name)
})

/** Whether the item had to be changed. */
const assignTags = Effect.fn("assignTags")(function* (portal: Portal, { item, tags }: TagPlan.ItemPlan) {
  const page = makeItemPage(portal)
  const offered = yield* page.read(item.path)
  const wished = tags.map((tag) => named(offered, tag))
  if (wished.includes(undefined)) return yield* gone([{ item, tags }])
  const places = wished.flatMap((choice) => (choice?.isTicked === false ? [offered.indexOf(choice)] : []))
  if (places.length === 0) return false
  const words = yield* page.addTags(places)
  if (words !== undefined) return yield* refused(`“${item.name}”`, words)
  yield* Effect.logInfo(`Tagged ${item.name}: ${places.map((place) => offered[place]?.name).join(", ")}`)
  return true
})

const assignAll = Effect.fn("assignAll")(function* (portal: Portal, plans: ReadonlyArray<TagPlan.ItemPlan>) {
  const steps = yield* Steps
  const changed = yield* Effect.forEach(plans, (plan, index) =>
    steps
      .progress(`${index + 1} of ${plans.length} items: ${plan.item.name}`, { done: index, of: plans.length })
      .pipe(Effect.andThen(assignTags(portal, plan)))
  )
  return changed.filter(Boolean).length
})

const verify = Effect.fn("verify")(function* (portal: Portal, plans: ReadonlyArray<TagPlan.ItemPlan>) {
  const missing = TagPlan.missingAssignments(yield* makeMenuPage(portal).read, plans)
  if (missing.length > 0) return yield* gone(missing)
  yield* Effect.logInfo(`The menu shows all tags on ${plans.length} items`)
  return true
})

const report = (
  before: TagPlan.MenuBefore,
  plans: ReadonlyArray<TagPlan.ItemPlan>,
  wishes: ReadonlyArray<TagPlan.TagWish>
) => {
  const created = TagPlan.missingTags(before.tags, wishes).map((wish) => wish.name)
  const count = (some: ReadonlyArray<TagPlan.ItemPlan>) => some.reduce((sum, { tags }) => sum + tags.length, 0)
  const assigned = count(TagPlan.missingAssignments(before.items, plans))
  return {
    created,
    alreadyThere: TagPlan.missingTags(created, wishes).map((wish) => wish.name),
    assigned,
    unchanged: count(plans) - assigned
  }
}

export const makeAddItemTags = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: "add-item-tags",
    title: "Add tags to menu items",
    description: "Creates tags like Vegan or Spicy in the restaurant's portal and puts them on items of its menu.",
    lane: "browser",
    input: Input,
    result: Result,
    steps: [
      { name: "sign-in", title: "Sign in" },
      { name: "open-menu", title: "Read the menu" },
      { name: "create-tags", title: "Create missing tags" },
      { name: "assign-tags", title: "Put tags on items" },
      { name: "verify", title: "Check the menu" }
    ],
    example: {
      ...practiceAccount,
      tags: [
        { name: "Vegan", colour: "green", items: ["Marinara", "Bruschetta al pomodoro", "Sorbetto al limone"] },
        { name: "Spicy", colour: "red", items: ["Diavola", "Penne all'arrabbiata"] },
        { name: "Gluten free", colour: "blue", items: ["Risotto ai funghi", "Panna cotta", "Sorbetto al limone"] }
      ]
    },
    timeout: "20 minutes",
    run: ({ tags, ...credentials }) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const portal = yield* openPortal(yield* portalUrl)

        yield* steps.prepare("sign-in", makeSignInPage(portal).signIn(credentials))
        const before = yield* steps.run("open-menu", TagPlan.MenuBefore, readMenu(portal, tags))
        const plans = TagPlan.planItems(before.items, tags)
        yield* steps.run("create-tags", Names, createTags(portal, tags))
        yield* steps.run("assign-tags", Schema.Int, assignAll(portal, plans))
        yield* steps.run("verify", Schema.Boolean, verify(portal, plans))

        return report(before, plans, tags)
      })
  })
