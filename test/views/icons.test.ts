import { expect, test } from "bun:test"
import { iconNames } from "../../src/views/components/Icon.tsx"

test("has a drawing for every icon that a view can name, and no other", async () => {
  const sprite = await Bun.file(`${import.meta.dir}/../../src/views/assets/icons.svg`).text()

  const drawn = [...sprite.matchAll(/<symbol id="([^"]+)"/gu)].map(([, id]) => id)

  expect(drawn.toSorted()).toEqual([...iconNames].toSorted())
})
