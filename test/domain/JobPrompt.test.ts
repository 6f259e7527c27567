import { expect, test } from "bun:test"
import { Result } from "effect"
import { parseAnswer } from "../../src/domain/JobPrompt.ts"

const otp = { kind: "otp" } as const
const choice = { kind: "choice", choices: ["Lunch", "Dinner"] } as const

const taken = [
  [otp, "123456", "123456"],
  [otp, " 123 456\n", "123456"],
  [otp, "12-34–AB", "1234AB"],
  [otp, "１２３", "123"],
  [otp, "007", "007"],
  [{ kind: "text" }, " Via Roma 1 ", " Via Roma 1 "],
  [choice, "Dinner", "Dinner"],
  [{ kind: "confirm" }, false, false]
] as const

test.each(taken)("takes %p with %p as %p", (prompt, value, answer) => {
  expect(parseAnswer(prompt, value)).toEqual(Result.succeed(answer))
})

const refused = [
  [otp, ""],
  [otp, "- -"],
  [otp, "12#4"],
  [otp, "1".repeat(65)],
  [otp, true],
  [{ kind: "text" }, "  "],
  [{ kind: "text" }, "x".repeat(2_001)],
  [choice, "dinner"],
  [choice, true],
  [{ kind: "confirm" }, "yes"]
] as const

test.each(refused)("refuses %p with %p, and does not say what it was", (prompt, value) => {
  const result = parseAnswer(prompt, value)

  expect(result).toMatchObject({ _tag: "Failure", failure: { _tag: "InvalidAnswer" } })
  if (Result.isFailure(result) && typeof value === "string" && value.trim() !== "") {
    expect(result.failure.message).not.toContain(value)
  }
})
