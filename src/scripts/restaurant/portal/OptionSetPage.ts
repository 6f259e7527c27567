import { Effect, Schema } from "effect"
import { button } from "./Controls.ts"
import { fillRules, maxField, minField, type OptionRules } from "./OptionSetsPage.ts"
import type { Control, Portal } from "./Portal.ts"

/** A set as its page shows it. */
export const OptionSetShown = Schema.Struct({
  min: Schema.Int,
  max: Schema.Int,
  choices: Schema.Array(Schema.Struct({ name: Schema.String, priceCents: Schema.Int })),
  /** All items of the menu in its order, and whether they offer the set. */
  items: Schema.Array(Schema.Struct({ name: Schema.String, isTicked: Schema.Boolean }))
})
export type OptionSetShown = typeof OptionSetShown.Type

export type PricedChoice = OptionSetShown["choices"][number]

const group = (name: string): Control => ({
  name: `the group “${name}”`,
  locate: (page) => page.getByRole("group", { name, exact: true })
})
const prices = group("Prices")
const items = group("Items")
const nameField: Control = {
  name: "the field “Name”",
  locate: (page) => page.getByRole("textbox", { name: "Name", exact: true })
}
const newPriceField: Control = {
  name: "the field “Extra price in euros”",
  locate: (page) => page.getByRole("textbox", { name: "Extra price in euros", exact: true })
}
/** Each choice has a field for its price. */
const priceLabel = "Price of "
const priceField = (choice: string): Control => ({
  name: `the field “${priceLabel}${choice}”`,
  locate: (page) => prices.locate(page).getByLabel(`${priceLabel}${choice}`, { exact: true })
})

/** `1.50`, as the portal writes prices. */
const priceText = (cents: number) => (cents / 100).toFixed(2)

const readFields = (fields: ReadonlyArray<Element>) =>
  fields
    .filter((field) => field instanceof HTMLInputElement)
    .map((field) => ({
      name: (field.labels?.[0]?.textContent ?? "").trim(),
      value: field.value,
      isTicked: field.checked
    }))

const readRules = (portal: Portal) =>
  portal.use((page) => Promise.all([minField, maxField].map((control) => control.locate(page).inputValue())))

export const makeOptionSetPage = (portal: Portal) => {
  const save = (name: string) => Effect.map(portal.submit(button(name)), (answer) => answer.status < 400)

  return {
    /** Opens the page of a set and reads it. */
    read: Effect.fn("OptionSetPage.read")(function* (path: string) {
      yield* portal.open(path)
      yield* portal.find(items)
      const [min, max] = yield* readRules(portal)
      const choices = yield* portal.use((page) => prices.locate(page).getByRole("textbox").evaluateAll(readFields))
      const boxes = yield* portal.use((page) => items.locate(page).getByRole("checkbox").evaluateAll(readFields))
      return {
        min: Number(min),
        max: Number(max),
        choices: choices.map(({ name, value }) => ({
          name: name.slice(priceLabel.length),
          priceCents: Math.round(Number(value) * 100)
        })),
        items: boxes.map(({ isTicked, name }) => ({ name, isTicked }))
      } satisfies OptionSetShown
    }),

    // Each of these works on the open page, and gives false when the portal refused to save.
    saveRules: (rules: OptionRules) => Effect.andThen(fillRules(portal, rules), save("Save rules")),

    addChoice: Effect.fn("OptionSetPage.addChoice")(function* ({ name, priceCents }: PricedChoice) {
      yield* portal.fill(nameField, name)
      yield* portal.fill(newPriceField, priceText(priceCents))
      return yield* save("Add choice")
    }),

    /** Changes the prices of choices, named as the page names them. */
    savePrices: Effect.fn("OptionSetPage.savePrices")(function* (changed: ReadonlyArray<PricedChoice>) {
      yield* Effect.forEach(changed, ({ name, priceCents }) => portal.fill(priceField(name), priceText(priceCents)))
      return yield* save("Save prices")
    }),

    /** Ticks items by their places in the list, because names may be there twice. */
    addItems: Effect.fn("OptionSetPage.addItems")(function* (places: ReadonlyArray<number>) {
      yield* Effect.forEach(places, (place) =>
        portal.use((page) => items.locate(page).getByRole("checkbox").nth(place).check())
      )
      return yield* save("Save items")
    })
  }
}
