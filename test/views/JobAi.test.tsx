import { expect, test } from "bun:test"
import { costText, JobAi } from "../../src/views/JobAi.tsx"
import { shown } from "./shown.ts"

const figures = { calls: 1, inputTokens: 1_000, outputTokens: 500, costUsd: 0.0042 }

test("shows tokens and cost of each step in the order of the steps, and of all", () => {
  const job = {
    ...shown({ status: "completed" }),
    steps: [
      { name: "outline", title: "Outline" },
      { name: "day", title: "Day", repeats: true as const }
    ]
  }
  const steps = [undefined, "day-10", "day-2", "outline"].map((step) => ({ ...figures, ...(step && { step }) }))

  const text = String(<JobAi shown={job} use={{ ...figures, calls: 4, costUsd: 0.126, steps }} />).replaceAll(
    /<[^>]*>/gu,
    " "
  )

  expect(text.replaceAll(/\s+/gu, " ")).toContain(
    "Outline 1 1,500 $0.0042 Day 2 1 1,500 $0.0042 Day 10 1 1,500 $0.0042 Other 1 1,500 $0.0042 All 4 1,500 $0.13"
  )
})

test("shows nothing for a job that asked no model", () => {
  expect(String(<JobAi shown={shown()} />)).toBe('<div id="job-ai" hidden=""></div>')
  expect(costText(0)).toBe("–")
})
