import { expect, test } from "bun:test"
import { missingAssignments, missingTags, planItems, unknownItems } from "../../../src/scripts/restaurant/TagPlan.ts"

const item = (name: string, ...tags: ReadonlyArray<string>) => ({ name, path: `/items/${name.toLowerCase()}`, tags })

const menu = [item("Marinara"), item("Diavola", "Spicy"), item("Tiramisù")]

const wishes = [
  { name: "Vegan", items: ["marinara"] },
  { name: "Spicy", items: ["Diavola", " Marinara "] },
  { name: "VEGAN", items: ["Marinara", "Tiramisu\u0300"] }
]

test("plans each tag once per item, in the order of the menu", () => {
  const plans = planItems(menu, wishes)

  expect(plans.map(({ item, tags }) => [item.name, tags])).toEqual([
    ["Marinara", ["Vegan", "Spicy"]],
    ["Diavola", ["Spicy"]],
    ["Tiramisù", ["VEGAN"]]
  ])
})

test("plans the tags for every item of a name", () => {
  const twins = [item("Margherita"), { ...item("Margherita"), path: "/items/kids" }]

  const plans = planItems(twins, [{ name: "New", items: ["Margherita"] }])

  expect(plans.map((plan) => plan.item.path)).toEqual(["/items/margherita", "/items/kids"])
})

test("finds the tags that do not exist, each name once and with its first colour", () => {
  const colourful = [{ name: "New", colour: "red" as const, items: [] }, { name: "new", items: [] }, ...wishes]

  expect(missingTags(["spicy"], colourful).map(({ colour, name }) => [name, colour])).toEqual([
    ["New", "red"],
    ["Vegan", undefined]
  ])
})

test("finds the items that are not on the menu, each once", () => {
  const unknown = unknownItems(menu, [...wishes, { name: "New", items: ["Calzone", "CALZONE", "Marin ara"] }])

  expect(unknown).toEqual(["Calzone", "Marin ara"])
})

test("finds the tags that items do not have yet, also when an item has gone", () => {
  const plans = planItems(menu, wishes)
  const now = [item("Marinara", "vegan"), item("Diavola", "Spicy", "Hot")]

  expect(missingAssignments(now, plans).map(({ item, tags }) => [item.name, tags])).toEqual([
    ["Marinara", ["Spicy"]],
    ["Tiramisù", ["VEGAN"]]
  ])
})
