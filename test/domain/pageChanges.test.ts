import { expect, test } from "bun:test"
import fc from "fast-check"
import { condensed } from "../../src/domain/PageOutline.ts"
import { LONGEST_CHANGES, pageChanges } from "../../src/domain/pageChanges.ts"

const itemPage = `- banner:
  - link "Callboard portal":
    - /url: /
  - navigation "Main":
    - list:
      - listitem:
        - link "Menu":
          - /url: /menu
      - listitem:
        - link "Tags":
          - /url: /tags
- main:
  - heading "Edit item" [level=1]
  - status: Saved 4 minutes ago
  - 'form "Item: details"':
    - text: Name
    - textbox "Name": Margherita
    - textbox "Price": "12.50"
    - checkbox "Vegan" [checked]
    - button "Save"
    - button "Delete item"
  - table "Sizes":
    - rowgroup:
      - row "Small 8.00 Edit":
        - cell "Small"
        - cell "8.00"
        - cell "Edit":
          - button "Edit"
      - row "Large 14.00 Edit":
        - cell "Large"
        - cell "14.00"
        - cell "Edit":
          - button "Edit"
- contentinfo:
  - paragraph: Version 4.2.1, 12 Nov 2026`

const after = (now: string, failure?: string) =>
  pageChanges({ before: itemPage, now, ...(failure !== undefined && { failure }) })

const changed = (...edits: ReadonlyArray<readonly [string, string]>) =>
  edits.reduce((page, [from, to]) => {
    expect(page).toContain(from)
    return page.replaceAll(from, to)
  }, itemPage)

test("says that a button has another name", () => {
  expect(after(changed(['button "Save"', 'button "Save changes"']))).toBe(
    'button "Save" is gone; new: button "Save changes"'
  )
})

test("says that a button became a link, or cannot be used now", () => {
  expect(after(changed(['button "Save"', 'link "Save"']))).toBe('button "Save" is a link now')
  expect(after(changed(['button "Save"', 'button "Save" [disabled]']))).toBe('button "Save" is disabled now')
})

test("pairs the only one of a kind that went with the only one that came, however unlike their names are", () => {
  expect(after(changed(['button "Delete item"', 'button "Remove"']))).toBe(
    'button "Delete item" is gone; new: button "Remove"'
  )
})

test("says that something is gone without a successor, and that something came", () => {
  expect(after(changed(['\n    - checkbox "Vegan" [checked]', ""]))).toBe('checkbox "Vegan" is gone')
  expect(after(changed(['- button "Save"', '- button "Save"\n    - combobox "Tax rate"']))).toBe(
    'new: combobox "Tax rate"'
  )
})

test("names a dialog that is in front before anything else, by its first words where it has no name", () => {
  const buttons = '  - button "Accept all"\n  - button "Refuse"'
  expect(after(`${itemPage}\n- dialog "Cookies":\n${buttons}`)).toBe("a dialog “Cookies” is in front")
  expect(
    after(
      `${changed(['button "Save"', 'button "Save changes"'])}\n- dialog:\n  - paragraph: We use cookies\n${buttons}`
    )
  ).toBe('a dialog “We use cookies” is in front; button "Save" is gone; new: button "Save changes"')
})

test("tells what the page complains of", () => {
  expect(after(changed(["- status:", "- alert: Your trial has ended\n  - status:"]))).toBe(
    "the page says “Your trial has ended”"
  )
})

test("says only which page it is when it is another one", () => {
  const signIn = `- heading "Sign in" [level=1]\n- textbox "E-mail"\n- textbox "Password"\n- button "Sign in"`
  expect(after(signIn)).toBe("the step ended on the page “Edit item”, and is on “Sign in” now")
  expect(after('- button "Reload"\n- link "Home"')).toBe("it is another page now")
})

test("does not compare two pages of a wizard, whatever links stand around them", () => {
  const links = ["Backoffice", "Faults", "Requests", "Phone"].map((name) => `- link "${name}"`).join("\n")
  const days = ["Monday", "Tuesday"].map((day) => `  - checkbox "${day}"`).join("\n")
  const opening = `${links}\n- heading "Opening hours" [level=1]\n${days}\n- textbox "From"\n- button "Go on"`
  const last = `${links}\n- heading "Confirm" [level=1]\n- checkbox "I accept the terms"\n- button "Create"`

  expect(pageChanges({ before: last, now: opening })).toBe(
    "the step ended on the page “Confirm”, and is on “Opening hours” now"
  )
})

test("compares the pages of two dishes, which differ by their headings alone", () => {
  const other = changed(['heading "Edit item"', 'heading "Marinara"'], ['button "Save"', 'button "Save changes"'])

  expect(after(other)).toStartWith('button "Save" is gone; new: button "Save changes"')
})

test("says that a control moved to another part of the page", () => {
  const moved = changed(['\n    - button "Delete item"', ""]).replace(
    "- contentinfo:",
    '- toolbar "More":\n  - button "Delete item"\n- contentinfo:'
  )
  expect(after(moved)).toBe('button "Delete item" moved from the form “Item: details” into the toolbar “More”')
})

test("says that the heading changed when the rest is the same", () => {
  expect(after(changed(['heading "Edit item"', 'heading "Item details"']))).toBe(
    "the heading “Edit item” is “Item details” now"
  )
})

test("puts the element first that the script looked for", () => {
  const both = changed(['button "Save"', 'button "Save changes"'], ['button "Delete item"', 'button "Remove item"'])
  const failure =
    "The script waited 10 s for getByRole('button', { name: 'Delete item' }) (click), and it did not become ready."
  expect(after(both, failure)).toStartWith('button "Delete item" is gone; new: button "Remove item"; button "Save"')
})

test("names what is nearest to an element that was not there in the good run either", () => {
  const missing = (locator: string) => after(itemPage, `The script waited 10 s for ${locator} (click)`)
  expect(missing("getByRole('button', { name: 'Delete this item' })")).toBe(
    'there is no button "Delete this item"; the nearest is button "Delete item"'
  )
  expect(missing("locator('main').getByRole('button', { name: /^save it/i })")).toBe(
    'there is no button "save it"; the nearest is button "Save"'
  )
  expect(missing("getByLabel('Prices')")).toBe('there is no "Prices"; the nearest is textbox "Price"')
  expect(missing("getByRole('button', { name: 'Save' })")).toBeUndefined()
  expect(missing("getByRole('slider', { name: 'Zzz' })")).toBeUndefined()
})

test("does not mind numbers, dates, prices, counts, ids, values and rows", () => {
  const page = (orders: string, day: string, id: string, rows: string) => `- heading "Orders (${orders})" [level=1]
- button "Show ${orders} items"
- link "Invoice of ${day}"
- button "Row ${id}"
- link "Seen ${orders === "1" ? "a minute" : `${orders} minutes`} ago"
- textbox "Search": ${id}
- list:
${rows}`
  const row = (name: string) => `  - listitem:\n    - link "${name}"\n    - button "Open"`
  expect(
    pageChanges({
      before: page("1", "12 Nov 2026", "a81fe92c", [row("Ada"), row("Bo")].join("\n")),
      now: page("2,381", "Mon, 3 December 2025", "77be01d4", [row("Cy"), row("Dee"), row("Eve")].join("\n"))
    })
  ).toBeUndefined()
})

test("notices that the button of every row has another name", () => {
  expect(after(changed(['button "Edit"', 'button "Change"']))).toBe('button "Edit" is gone; new: button "Change"')
})

test("does not mind another order", () => {
  const swapped = changed([
    '    - button "Save"\n    - button "Delete item"',
    '    - button "Delete item"\n    - button "Save"'
  ])
  expect(after(swapped)).toBeUndefined()
})

test("keeps no value of a field and no running text, and compares as well without", () => {
  const kept = condensed(itemPage.replace('textbox "Price"', 'textbox "Password": hunter22\n    - textbox "Price"'))

  expect(kept).not.toMatch(/hunter22|Margherita|12\.50|Version|Small|url/u)
  expect(kept).toContain('button "Delete item"')
})

test("keeps apart what stands below a list from what is in it, also where the part between is left out", () => {
  const page = (button: string) => `- list:\n  - listitem: One\n- paragraph:\n  - group:\n    - button "${button}"`
  const said = pageChanges({ before: page("Save"), now: page("Keep") })

  expect(said).toBeDefined()
  expect(pageChanges({ before: condensed(page("Save")), now: page("Keep") })).toBe(said)
})

const role = fc.constantFrom(
  "button",
  "link",
  "heading",
  "dialog",
  "alert",
  "form",
  "listitem",
  "paragraph",
  "text",
  "textbox",
  "row"
)
const line = fc
  .record({
    depth: fc.nat(4),
    role,
    name: fc.string({ unit: "binary", maxLength: 30 }),
    tail: fc.constantFrom("", ":", " [disabled]", ": it's")
  })
  .map(({ depth, name, role: of, tail }) => `${"  ".repeat(depth)}- ${of} ${JSON.stringify(name)}${tail}`)
const snapshot = fc.array(line, { maxLength: 40 }).map((lines) => lines.join("\n"))
const anyText = fc.oneof(
  snapshot,
  fc.string({ unit: "binary" }),
  snapshot.map((text) => text.slice(3, -2))
)

test("finds nothing between a page and itself, whatever is on it", () => {
  fc.assert(fc.property(anyText, (page) => expect(pageChanges({ before: page, now: page })).toBeUndefined()))
})

test("answers any two texts briefly and in whole characters", () => {
  fc.assert(
    fc.property(anyText, anyText, fc.string(), (before, now, failure) => {
      const said = pageChanges({ before, now, failure }) ?? "x"
      expect(said.length).toBeWithin(1, LONGEST_CHANGES + 1)
      expect(said.isWellFormed()).toBeTrue()
    })
  )
})

test("says the same of what was kept as of the whole snapshot", () => {
  fc.assert(
    fc.property(snapshot, snapshot, (before, now) => {
      expect(pageChanges({ before: condensed(before), now })).toBe(pageChanges({ before, now }))
      expect(condensed(condensed(before))).toBe(condensed(before))
    })
  )
})

test("takes pages of a megabyte", () => {
  const megabyte = (text: string) => text.repeat(Math.ceil(1_100_000 / text.length))
  const pages = [
    megabyte('- button "a1 '),
    megabyte("- 'x''"),
    megabyte(`- link "${"a b1 ".repeat(300)}"\n`),
    Array.from({ length: 40_000 }, (_, n) => `- button "b${n.toString(26).replaceAll(/\d/gu, "z")}w"`).join("\n"),
    megabyte("  ".repeat(900))
  ]
  for (const before of pages) {
    for (const now of pages) pageChanges({ before, now, failure: `getByRole('button', { name: ${"'".repeat(5_000)}` })
  }
  expect(pageChanges({ before: pages[3]!, now: "" })).toContain("is gone")
})
