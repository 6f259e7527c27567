import { expect, test } from "bun:test"
import {
  columnsOf,
  csvOf,
  differences,
  inInput,
  parsePrice,
  planMenu
} from "../../../src/scripts/restaurant/MenuPlan.ts"

const names = { category: "category", name: "name", description: "description", price: "price" }

const plan = (...rows: ReadonlyArray<string>) => {
  const made = planMenu(["Category,NAME,Price,description", ...rows].join("\n"), names)
  if (typeof made === "string") throw new Error(made)
  return made
}

test("reads items, whatever the order and case of the columns", () => {
  const { refused, rows } = plan('Pizza,"Quattro  formaggi","12,50",Cheese.')

  expect(rows).toEqual([
    { row: 2, category: "Pizza", name: "Quattro formaggi", description: "Cheese.", priceCents: 1_250 }
  ])
  expect(refused).toEqual([])
})

test("writes the accepted rows alone, and finds their places in the file again", () => {
  const made = plan("Pizza,Neu  Eins,10 €", "Pizza,Neu Eins,99", 'Pizza,"A ""b""; c",8,"one,\n two"')

  expect(csvOf(made, [{ category: "PIZZA", name: "NEU  Eins", description: "", priceCents: 1 }])).toBe(
    'category,name,price,description\nPIZZA,NEU  Eins,10.00,\nPizza,"A ""b""; c",8.00,"one,\n two"'
  )
  expect(columnsOf(made).description).toBe("description")
  expect(inInput(made, [{ row: 3, problem: "No." }])).toEqual([{ row: 4, problem: "No." }])
})

test("says for each bad row what is wrong with it", () => {
  const { refused, rows } = plan(
    ",A,1",
    "Pizza,,1",
    "Pizza,A,",
    "Pizza,A,cheap",
    "Pizza,A,1",
    "pizza,a,2",
    `P,${"x".repeat(81)},1`
  )

  expect(rows.map(({ row }) => row)).toEqual([6])
  expect(refused).toEqual([
    { row: 2, problem: "The category is missing." },
    { row: 3, problem: "The name is missing." },
    { row: 4, problem: "The price is missing." },
    { row: 5, problem: "“cheap” is no price." },
    { row: 7, problem: "This item is in the file twice." },
    { row: 8, problem: "The name has more than 80 characters." }
  ])
})

test.each([
  ["", "The CSV cannot be read: it is empty, or a quotation mark is missing."],
  ["Dish,Price\nA,1", "The CSV has no column “category”, “name”. Its columns are “Dish”, “Price”."],
  ["category,name,price", "The CSV has no rows below its header."]
])("explains what is wrong with the file %p", (csv, problem) => {
  expect(planMenu(csv, names)).toBe(problem)
})

test("tells new items from changed ones, and leaves descriptions alone that the file does not have", () => {
  const menu = [
    { category: "Pizza", name: "Margherita", description: "Old.", priceCents: 900 },
    { category: "Pasta", name: "Marinara", description: "", priceCents: 800 }
  ]
  const { rows } = plan("pizza,MARGHERITA,9,New.", "Pizza,Marinara,8,", "Pasta,Marinara,8,")
  const without = planMenu("category,name,price\nPizza,Margherita,9", names)

  const { changed, created } = differences(menu, rows)

  expect([created.map(({ row }) => row), changed.map(({ row }) => row)]).toEqual([[3], [2]])
  expect(differences(menu, typeof without === "string" ? [] : without.rows)).toEqual({ created: [], changed: [] })
})

test("takes blanks and line ends in a description for what they look like on a page", () => {
  const { rows } = plan('Pizza,Marinara,8,"Tomato,\n  garlic   and oregano."')
  const item = { category: "Pizza", name: "Marinara", priceCents: 800 }

  const same = differences([{ ...item, description: "Tomato,\n  garlic   and oregano." }], rows)
  const other = differences([{ ...item, description: "Tomato, garlicand oregano." }], rows)

  expect(same).toEqual({ created: [], changed: [] })
  expect(other.changed).toEqual([...rows])
})

test.each([
  ["0", 0],
  ["3,5", 350],
  ["€ 1.05", 105],
  ["9.99 EUR", 999]
])("reads the price %p", (text, cents) => {
  expect(parsePrice(text)).toBe(cents)
})

test.each(["", "-1", "1.234", "10000.01", "1e2"])("takes %p for no price", (text) => {
  expect(parsePrice(text)).toBeUndefined()
})
