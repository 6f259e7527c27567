// Exports a menu: MENU_TOKEN=... node export-menu.mjs --restaurant trattoria-roma --dishes 12
// It was written for the command line and knows nothing of Callboard.
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: { restaurant: { type: "string" }, dishes: { type: "string", default: "10" }, verbose: { type: "boolean" } }
})
const token = process.env.MENU_TOKEN ?? ""
const count = Number(values.dishes)

if (!token.startsWith("menu-")) {
  console.error("login refused: the token is not valid")
  process.exit(2)
}

console.log("== read")
const dishes = []
for (let number = 1; number <= count; number++) {
  await sleep(50)
  dishes.push({ number, name: `Dish ${number}` })
  if (values.verbose) console.log(`read ${dishes.at(-1).name}`)
  console.log(`${number}/${count} dishes read`)
}

console.log("== write")
await sleep(50)
console.log(JSON.stringify({ restaurant: values.restaurant, dishes: dishes.length }))
