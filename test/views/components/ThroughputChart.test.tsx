import { expect, test } from "bun:test"
import { ThroughputChart } from "../../../src/views/components/ThroughputChart.tsx"
import { NOW } from "../overview.ts"

test("tells the minutes of its table as times, which the browser says in its own zone", () => {
  const minutes = [{ at: NOW, completed: 2, failed: 1 }]

  const html = String(<ThroughputChart throughput={{ completed: 2, failed: 1, minutes }} />)

  expect(html).toMatch(/<th scope="row"><time [^>]*data-rel="minute"[^>]*>06:00 UTC<\/time><\/th>/u)
})
