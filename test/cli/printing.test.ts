import { expect, test } from "bun:test"
import { table, visible, visibleLines } from "../../src/cli/printing.ts"

test("lets nothing that a job says steer the terminal or look like a row of its own", () => {
  const rows = table([
    ["JOB_1", "r\u001b[31mRED\nforged line", "\u009b2J\u007f"],
    ["JOB_2", "\u202eevil", "Käse 🧀"]
  ])

  expect(rows.split("\n")).toEqual([
    "JOB_1  r\\u001b[31mRED\\u000aforged line  \\u009b2J\\u007f",
    "JOB_2  \\u202eevil                       Käse 🧀"
  ])
  expect(visible("a\tb")).toBe("a\\u0009b")
})

test("sets the further lines of a log line in, so that none looks like another one", () => {
  const said = visibleLines("log \u001b]0;owned\u0007\r\n2026-11-22 forged\n\tat bake")

  expect(said).toBe("log \\u001b]0;owned\\u0007\n    2026-11-22 forged\n    \tat bake")
})
