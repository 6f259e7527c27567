import { expect, test } from "bun:test"
import { makeCsvReader, type RecordReader } from "../../src/domain/csv.ts"
import { makeLineReader } from "../../src/scripts/data/lineReader.ts"
import { csvLine } from "../../src/scripts/data/rowText.ts"

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

for (const size of [1, 5, 1_000]) {
  test(`reads lines that end as on old Macs, from pieces of ${size} characters`, () => {
    expect(readAll(makeCsvReader(), 'of,format\rjobs,"c\rsv"\r\rlogs,ndjson\r', size)).toEqual([
      { line: 1, cells: ["of", "format"] },
      { line: 2, cells: ["jobs", "c\rsv"] },
      { line: 5, cells: ["logs", "ndjson"] }
    ])
  })
}

test("finds out what stands between the cells", () => {
  expect(readAll(makeCsvReader(), 'a;"b,c";d\n1;2,5;3\n', 4).map(({ cells }) => cells)).toEqual([
    ["a", "b,c", "d"],
    ["1", "2,5", "3"]
  ])
})

for (const size of [1, 2, 5, 1_000]) {
  test(`finds it out where a name has several lines, from pieces of ${size} characters`, () => {
    const read = (text: string) => readAll(makeCsvReader(), text, size).map(({ cells }) => cells)

    expect(read('"na\nme";price\n1,5;2\n')).toEqual([
      ["na\nme", "price"],
      ["1,5", "2"]
    ])
    expect(read('name; "price, net,\r\n ""EUR"", rounded";tags\r\na;1,5;x')).toEqual([
      ["name", 'price, net,\r\n "EUR", rounded', "tags"],
      ["a", "1,5", "x"]
    ])
    expect(read('"one;\ncolumn"\na\n')).toEqual([["one;\ncolumn"], ["a"]])
    expect(read('name;size, "big;price\n1;2;3')).toEqual([
      ["name", 'size, "big', "price"],
      ["1", "2", "3"]
    ])
    expect(read('width (");height (")\n1,5;2\n')).toEqual([
      ['width (")', 'height (")'],
      ["1,5", "2"]
    ])
  })
}

for (const size of [1, 3, 1_000]) {
  test(`finds it out below empty lines, from pieces of ${size} characters`, () => {
    expect(readAll(makeCsvReader(), "\uFEFF\r\n \r\na;b\r\n1;2", size)).toEqual([
      { line: 3, cells: ["a", "b"] },
      { line: 4, cells: ["1", "2"] }
    ])
  })
}

test("says where a quotation mark is never closed", () => {
  const reader = makeCsvReader()
  reader.push(`a,b\n1,"${"x".repeat(1_100_000)}`)

  expect(reader.problem()).toBe(
    "The record at line 2 is longer than a million characters: a quotation mark is not closed."
  )
})

for (const [what, text, problem] of [
  [
    "is not closed before the end",
    'destination,days,style\nRome,3,"family\nMilan,2,luxury\nTurin,1,luxury',
    "The quotation mark that opens a cell in line 2 is not closed."
  ],
  [
    "is not closed, below one that is",
    'a,b\n1,"two\nlines"\n"x\ny","z\n2,3\n',
    "The quotation mark that opens a cell in line 5 is not closed."
  ],
  [
    "meets one of another cell",
    "name,city\n\"Mario's,Rome\nDa Ugo,Turin\n\"Luigi's,Milan\n",
    "A quotation mark opens a cell in line 2, and the next one, in line 4, is not at the cell\u2019s end. Inside of a cell, write each of them twice."
  ]
] as const) {
  test(`says so where a quotation mark ${what}, and reads no row of what it swallowed`, () => {
    for (const size of [1, 4, 1_000]) {
      const reader = makeCsvReader()
      const records = readAll(reader, text, size)

      expect(reader.problem()).toBe(problem)
      expect(records.every(({ cells }) => cells.every((cell) => !/Milan|2,3/u.test(cell)))).toBe(true)
    }
  })
}

test("takes a blank before a quotation mark for none", () => {
  for (const size of [1, 2, 1_000]) {
    expect(readAll(makeCsvReader(), 'a, "b, c" , d\n', size)[0]?.cells).toEqual(["a", "b, c", "d"])
  }
})

test("reads what separates the cells from the first line where Excel writes it", () => {
  for (const size of [1, 6, 1_000]) {
    for (const sign of [";", "|", "\t"]) {
      const records = readAll(makeCsvReader(), `sep=${sign}\r\na${sign}b,c\r\n`, size)
      expect(records).toEqual([{ line: 2, cells: ["a", "b,c"] }])
    }
  }
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
