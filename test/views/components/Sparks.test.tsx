import { expect, test } from "bun:test"
import { SparkNumbers, Sparks } from "../../../src/views/components/Sparks.tsx"

test("writes large numbers as the sentences beside it do", () => {
  const ended = [{ completed: 1_164, failed: 2_000 }]

  const sparks = String(<Sparks ended={ended} />)
  const table = String(
    <SparkNumbers id="x" caption="c" head="Day" rows={ended.map((each) => ({ ...each, name: "d" }))} />
  )

  for (const html of [sparks, table]) {
    expect(html).toContain(">1,164<")
    expect(html).toContain(">2,000<")
  }
})
