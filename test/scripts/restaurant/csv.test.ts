import { expect, test } from "bun:test"
import { readCsv as readInPortal } from "../../../src/practice-portal/data/csv.ts"
import { readCsv } from "../../../src/scripts/restaurant/csv.ts"

const cells = (text: string) => readCsv(text)?.map((row) => row.cells)

/** The portal stands for another system, with a reader of its own. */
test.each([
  [
    "a,b\n1,2",
    [
      ["a", "b"],
      ["1", "2"]
    ]
  ],
  [
    "\uFEFFa;b\r\n1,5;2\r\n",
    [
      ["a", "b"],
      ["1,5", "2"]
    ]
  ],
  [
    "a\tb\n 1 \t",
    [
      ["a", "b"],
      ["1", ""]
    ]
  ],
  [
    'a,b\n"x, ""y""","two\nlines"',
    [
      ["a", "b"],
      ['x, "y"', "two\nlines"]
    ]
  ],
  [
    "a,b\n,\n1,",
    [
      ["a", "b"],
      ["1", ""]
    ]
  ],
  ['5" pizza is a,b', [['5" pizza is a', "b"]]]
])("reads %p as cells, and so does the portal", (text, expected) => {
  expect(cells(text)).toEqual(expected)
  expect(readInPortal(text)).toEqual(readCsv(text)!)
})

test("counts rows as spreadsheets do, with the empty ones", () => {
  expect(readCsv("a,b\n\n,\n1,2")?.map(({ row }) => row)).toEqual([1, 4])
})

test.each(['a,"b\n1,2', 'a,"b"c'])("does not read %p, whose quotation marks do not fit", (text) => {
  expect(readCsv(text)).toBeUndefined()
  expect(readInPortal(text)).toBeUndefined()
})
