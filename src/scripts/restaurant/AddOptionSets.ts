/**
 * `add-option-sets`: creates sets of options such as "Size" with priced choices, and offers them on items of the menu.
 * Rules and prices become what the job says; choices and items are only added. Each action looks first at what is
 * there, so a step that was cut off can simply run again.
 */
import { Effect, Schema } from "effect"
import { FatalError, type JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields, practiceAccount } from "./Account.ts"
import { hasTwoDecimals } from "./decimals.ts"
import { isSameName } from "./Names.ts"
import * as OptionPlan from "./OptionPlan.ts"
import { makeMenuPage } from "./portal/MenuPage.ts"
import { makeOptionSetPage } from "./portal/OptionSetPage.ts"
import { makeOptionSetsPage } from "./portal/OptionSetsPage.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"

const Name = Schema.String.check(Schema.isPattern(/\S/u), Schema.isMaxLength(60))

const Choice = Schema.Struct({
  name: Name.annotate({ title: "Choice", description: "As guests read it: Large." }),
  // Words are kept with the last check, and a filter is not in JSON Schema; so it comes first.
  price: Schema.Finite.check(
    Schema.makeFilter((price: number) => hasTwoDecimals(price) || "has at most two decimals"),
    Schema.isBetween({ minimum: 0, maximum: 1_000 })
  ).annotate({
    title: "Extra price",
    description: "In euros, on top of the item's price: 2.50. 0 for no extra."
  })
})

const hasNoDoubles = (names: ReadonlyArray<string>) =>
  names.every((name, place) => names.findIndex((other) => isSameName(name, other)) === place)

const OptionSet = Schema.Struct({
  name: Name.annotate({ title: "Option set", description: "As guests read it: Size." }),
  min: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 })).annotate({
    title: "At least",
    description: "How many choices a guest has to take. 0 makes the set optional."
  }),
  max: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 })).annotate({
    title: "At most",
    description: "How many choices a guest may take."
  }),
  choices: Schema.Array(Choice)
    .check(Schema.isMinLength(1), Schema.isMaxLength(20))
    .annotate({ title: "Choices", description: "What a guest can take, with the extra price of each." }),
  items: Schema.Array(Schema.String.check(Schema.isNonEmpty(), Schema.isMaxLength(200)))
    .check(Schema.isMaxLength(500))
    .annotate({ title: "Items", description: "Names of the items that offer the set, as the menu writes them." })
}).check(
  Schema.makeFilter(({ choices, max, min }) => {
    if (min > max) return "“At least” must not be more than “At most”"
    if (min > choices.length) return "“At least” must not be more than the number of choices"
    return hasNoDoubles(choices.map(({ name }) => name)) || "two choices have the same name"
  })
)

const Input = Schema.Struct({
  ...accountFields,
  sets: Schema.Array(OptionSet)
    .annotate({ title: "Option sets", description: "The sets, their choices, and the items that offer them." })
    .check(
      Schema.isMinLength(1),
      Schema.isMaxLength(50),
      Schema.makeFilter((sets) => hasNoDoubles(sets.map(({ name }) => name)) || "two sets have the same name")
    )
})

const Names = Schema.Array(Schema.String)

const Result = Schema.Struct({
  created: Names.annotate({ title: "New option sets" }),
  changed: Names.annotate({ title: "Option sets that were changed" }),
  unchanged: Names.annotate({ title: "Option sets that were right before" }),
  choicesAdded: Schema.Int.annotate({ title: "Choices added" }),
  pricesChanged: Schema.Int.annotate({ title: "Prices changed" }),
  itemsAdded: Schema.Int.annotate({ title: "Items that offer a set now" })
})

const Before = Schema.Struct({ menu: Names, sets: OptionPlan.SetsBefore })

const itemsUnknown = (names: ReadonlyArray<string>, menu: ReadonlyArray<string>) =>
  new FatalError({
    code: "NOT_FOUND",
    message: `Not on the menu: ${names.map((name) => `“${name}”`).join(", ")}. Nothing was changed.`,
    hint: `Names on the menu: ${menu.join(", ")}.`.slice(0, 500)
  })

const refused = (what: string) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    message: `The portal refused to ${what}.`,
    hint: "Try the same by hand in the portal: it says there what it does not accept."
  })

const gone = (names: ReadonlyArray<string>) =>
  new FatalError({
    code: "NOT_FOUND",
    message: `The portal does not show these option sets as they were saved: ${names.join(", ")}.`,
    hint: "Somebody may be editing them at the same time. Retry the job from the start."
  })

type Wishes = ReadonlyArray<OptionPlan.OptionSetWish>

/** The wished set as the portal shows it, and none when it does not exist. */
const readSet = Effect.fn("readSet")(function* (portal: Portal, name: string) {
  const listed = (yield* makeOptionSetsPage(portal).read).find((set) => isSameName(set.name, name))
  return listed === undefined ? null : yield* makeOptionSetPage(portal).read(listed.path)
})

const readBefore = Effect.fn("readBefore")(function* (portal: Portal, wishes: Wishes) {
  const menu = (yield* makeMenuPage(portal).read).map((item) => item.name)
  const unknown = OptionPlan.unknownItems(menu, wishes)
  if (unknown.length > 0) return yield* itemsUnknown(unknown, menu)
  const sets = yield* Effect.forEach(wishes, ({ name }) => readSet(portal, name))
  yield* Effect.logInfo(`The menu has ${menu.length} items; ${sets.filter(Boolean).length} of the sets exist already`)
  return { menu, sets }
})

const saved = (what: string) => (isSaved: boolean) => (isSaved ? Effect.void : Effect.fail(refused(what)))

/** The set as the portal shows it after it was created. The list is open, because a missing set was looked for there. */
const createSet = Effect.fn("createSet")(function* (portal: Portal, wish: OptionPlan.OptionSetWish) {
  yield* Effect.flatMap(makeOptionSetsPage(portal).create(wish.name, wish), saved(`create the set “${wish.name}”`))
  yield* Effect.logInfo(`Created the option set ${wish.name}`)
  return (yield* readSet(portal, wish.name)) ?? (yield* gone([wish.name]))
})

/** Creates the set when it is missing, then its rules, choices and prices. */
const saveSet = Effect.fn("saveSet")(function* (portal: Portal, wish: OptionPlan.OptionSetWish) {
  const page = makeOptionSetPage(portal)
  const shown = (yield* readSet(portal, wish.name)) ?? (yield* createSet(portal, wish))
  const changes = OptionPlan.changesOf(shown, wish)
  if (changes.rules) yield* Effect.flatMap(page.saveRules(wish), saved(`save the rules of “${wish.name}”`))
  yield* Effect.forEach(changes.newChoices, (choice) =>
    Effect.flatMap(page.addChoice(choice), saved(`add “${choice.name}” to “${wish.name}”`))
  )
  if (changes.newPrices.length === 0) return
  yield* Effect.flatMap(page.savePrices(changes.newPrices), saved(`save the prices of “${wish.name}”`))
})

const offerSet = Effect.fn("offerSet")(function* (portal: Portal, wish: OptionPlan.OptionSetWish) {
  const shown = (yield* readSet(portal, wish.name)) ?? (yield* gone([wish.name]))
  const { newItems } = OptionPlan.changesOf(shown, wish)
  if (newItems.length === 0) return
  yield* Effect.flatMap(makeOptionSetPage(portal).addItems(newItems), saved(`offer “${wish.name}” on its items`))
  yield* Effect.logInfo(`${newItems.length} items offer ${wish.name} now`)
})

const forEachSet = Effect.fn("forEachSet")(function* <E, R>(
  wishes: Wishes,
  work: (wish: OptionPlan.OptionSetWish) => Effect.Effect<void, E, R>
) {
  const steps = yield* Steps
  yield* Effect.forEach(wishes, (wish, index) =>
    steps
      .progress(`${index + 1} of ${wishes.length} sets: ${wish.name}`, { done: index, of: wishes.length })
      .pipe(Effect.andThen(work(wish)))
  )
  return wishes.length
})

const verify = Effect.fn("verify")(function* (portal: Portal, wishes: Wishes) {
  const wrong = yield* Effect.filter(wishes, (wish) =>
    Effect.map(readSet(portal, wish.name), (shown) => !(shown && OptionPlan.isDone(OptionPlan.changesOf(shown, wish))))
  )
  if (wrong.length > 0) return yield* gone(wrong.map(({ name }) => name))
  yield* Effect.logInfo(`The portal shows all ${wishes.length} option sets`)
  return true
})

export const makeAddOptionSets = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: "add-option-sets",
    title: "Add option sets to menu items",
    description: "Creates sets like Size or Extra toppings with priced choices, and offers them on items of the menu.",
    lane: "browser",
    input: Input,
    result: Result,
    steps: [
      { name: "sign-in", title: "Sign in" },
      { name: "read-menu", title: "Read menu and options" },
      { name: "save-sets", title: "Create sets and choices" },
      { name: "offer-sets", title: "Offer them on items" },
      { name: "verify", title: "Check the options" }
    ],
    example: {
      ...practiceAccount,
      sets: [
        {
          name: "Size",
          min: 1,
          max: 1,
          choices: [
            { name: "Regular", price: 0 },
            { name: "Large", price: 2.5 }
          ],
          items: ["Margherita", "Marinara", "Diavola"]
        },
        {
          name: "Extra toppings",
          min: 0,
          max: 3,
          choices: [
            { name: "Mozzarella", price: 1.5 },
            { name: "Olives", price: 1 },
            { name: "Chilli", price: 0.5 }
          ],
          items: ["Margherita", "Diavola"]
        }
      ]
    },
    timeout: "20 minutes",
    run: ({ sets, ...credentials }) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const portal = yield* openPortal(yield* portalUrl)

        yield* steps.prepare("sign-in", makeSignInPage(portal).signIn(credentials))
        const before = yield* steps.run("read-menu", Before, readBefore(portal, sets))
        yield* steps.run(
          "save-sets",
          Schema.Int,
          forEachSet(sets, (wish) => saveSet(portal, wish))
        )
        yield* steps.run(
          "offer-sets",
          Schema.Int,
          forEachSet(sets, (wish) => offerSet(portal, wish))
        )
        yield* steps.run("verify", Schema.Boolean, verify(portal, sets))

        return OptionPlan.report(before.menu, before.sets, sets)
      })
  })
