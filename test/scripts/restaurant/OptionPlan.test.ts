import { expect, test } from "bun:test"
import { changesOf, isDone, report, unknownItems } from "../../../src/scripts/restaurant/OptionPlan.ts"

const size = {
  name: "Size",
  min: 1,
  max: 1,
  choices: [
    { name: "Regular", price: 0 },
    { name: "Large", price: 2.55 }
  ],
  items: ["Margherita"]
}

const shown = {
  min: 1,
  max: 1,
  choices: [
    { name: "regular", priceCents: 0 },
    { name: "LARGE", priceCents: 255 },
    { name: "Family", priceCents: 900 }
  ],
  items: [
    { name: "Marinara", isTicked: true },
    { name: "Margherita", isTicked: true }
  ]
}

test("leaves a set alone that has what is wished, and more", () => {
  expect(isDone(changesOf(shown, size))).toBe(true)
})

test("changes a price under the name that the portal writes, and ticks every item of a name", () => {
  const cheaper = { ...size, max: 2, choices: [{ name: "large", price: 2 }], items: ["margherita"] }
  const items = [
    { name: "Margherita", isTicked: false },
    { name: "Marinara", isTicked: false },
    { name: "MARGHERITA", isTicked: false }
  ]

  expect(changesOf({ ...shown, items }, cheaper)).toEqual({
    rules: true,
    newChoices: [],
    newPrices: [{ name: "LARGE", priceCents: 200 }],
    newItems: [0, 2]
  })
})

test("reports new, changed and right sets, and counts what was added", () => {
  const more = { ...size, name: "More", choices: [...size.choices, { name: "Tiny", price: 0 }] }

  expect(report(["Marinara", "Margherita"], [null, shown, shown], [{ ...size, name: "New" }, more, size])).toEqual({
    created: ["New"],
    changed: ["More"],
    unchanged: ["Size"],
    choicesAdded: 3,
    pricesChanged: 0,
    itemsAdded: 1
  })
})

test("finds the items that are not on the menu, each once", () => {
  expect(unknownItems(["Margherita"], [size, { ...size, items: ["Calzone", "calzone"] }])).toEqual(["Calzone"])
})
