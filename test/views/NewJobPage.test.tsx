import { expect, test } from "bun:test"
import { NotSetUp } from "../../src/domain/JobType.ts"
import { ChooseTypePage } from "../../src/views/NewJobPage.tsx"

const trip = { name: "trip", title: "Plan a trip", fault: new NotSetUp("no AI model is set up.") }
const broken = { name: "broken", title: "Broken", fault: new Error("two steps have the same name.") }

const sectionsOf = (unavailable: ReadonlyArray<typeof trip>) => {
  const html = String(<ChooseTypePage types={[]} unavailable={unavailable} />)
  return {
    quiet: /<details[\s\S]*<\/details>/u.exec(html)?.[0] ?? "",
    loud: /<section[\s\S]*<\/section>/u.exec(html)?.[0] ?? ""
  }
}

test("tells quietly of types that are not set up, and loudly of those with a fault", () => {
  const { loud, quiet } = sectionsOf([trip, broken])

  expect(quiet).toContain("One more, once it is set up")
  expect(quiet).toContain("no AI model is set up.")
  expect(loud).toContain("two steps have the same name.")
  expect(loud).not.toContain("no AI model")
  expect(sectionsOf([trip]).loud).toBe("")
})
