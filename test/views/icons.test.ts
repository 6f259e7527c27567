import { expect, test } from "bun:test"
import { Glob } from "bun"
import { ShownStatus } from "../../src/domain/JobStatus.ts"

const views = `${import.meta.dir}/../../src/views`

test("has a drawing for every status and for every icon that a view names", async () => {
  const sprite = await Bun.file(`${views}/assets/icons.svg`).text()
  const drawn = new Set([...sprite.matchAll(/<symbol id="([^"]+)"/gu)].map(([, id]) => id))
  const sources = await Promise.all(
    [...new Glob("**/*.tsx").scanSync(views)].map((path) => Bun.file(`${views}/${path}`).text())
  )
  const named = sources.flatMap((source) => [...source.matchAll(/<Icon name="([^"]+)"/gu)].map(([, id]) => id))

  const missing = [...ShownStatus.literals.map((status) => `st-${status}`), ...named, "ring"].filter(
    (id) => !drawn.has(id)
  )

  expect(named.length).toBeGreaterThan(5)
  expect(missing).toEqual([])
})
