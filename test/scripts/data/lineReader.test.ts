import { expect, test } from "bun:test"
import { makeCsvReader, makeLineReader, type RecordReader } from "../../../src/scripts/data/lineReader.ts"
import { csvLine } from "../../../src/scripts/data/rowText.ts"

/** The records of a text that comes in pieces of a size. */
const readAll = (reader: RecordReader, text: string, size: number) => {
  const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, "gu")) ?? []
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

const AWKWARD =
  '\uFEFFname,note\r\n"Ana ""the cook""","two\r\nlines, one cell"\r\n\r\nBo, plain \r\n"",""\nlast,"ends with quote"""\r\n"a","b"'

for (const size of [1, 2, 3, 7, 1_000]) {
  test(`reads the same records from pieces of ${size} characters`, () => {
    expect(readAll(makeCsvReader(), AWKWARD, size)).toEqual([
      { line: 1, cells: ["name", "note"] },
      { line: 2, cells: ['Ana "the cook"', "two\r\nlines, one cell"] },
      { line: 5, cells: ["Bo", "plain"] },
      { line: 7, cells: ["last", 'ends with quote"'] },
      { line: 8, cells: ["a", "b"] }
    ])
  })

  test(`reads the same lines from pieces of ${size} characters`, () => {
    expect(readAll(makeLineReader(), '{"a":1}\r\n\n{"a":2}\n{"a":3}', size)).toEqual([
      { line: 1, cells: ['{"a":1}'] },
      { line: 3, cells: ['{"a":2}'] },
      { line: 4, cells: ['{"a":3}'] }
    ])
  })
}

test("finds out what stands between the cells", () => {
  expect(readAll(makeCsvReader(), 'a;"b,c";d\n1;2,5;3\n', 4).map(({ cells }) => cells)).toEqual([
    ["a", "b,c", "d"],
    ["1", "2,5", "3"]
  ])
})

test("says where a quotation mark is never closed", () => {
  const reader = makeCsvReader()
  reader.push(`a,b\n1,"${"x".repeat(1_100_000)}`)

  expect(reader.problem()).toBe(
    "The record at line 2 is longer than a million characters: a quotation mark is not closed."
  )
})

test("writes what it reads back, and nothing that a spreadsheet would run", () => {
  const cells = ["plain", 'with "quotes"', "a,b", "two\nlines", " spaced ", ""]
  const formulas = ["=1+1", "+49", "-cmd", "@sum", "\tx"]

  expect(readAll(makeCsvReader(), csvLine(cells.filter((cell) => cell !== " spaced ")), 5)[0]?.cells).toEqual(
    cells.filter((cell) => cell !== " spaced ")
  )
  expect(csvLine(formulas)).toBe("'=1+1,'+49,'-cmd,'@sum,'\tx\r\n")
  expect(csvLine([-5, true, null, undefined])).toBe("-5,true,,\r\n")
})
