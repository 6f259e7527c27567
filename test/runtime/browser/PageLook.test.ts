import { expect, test } from "bun:test"
import { registerEngine } from "../../../src/runtime/browser/PageLook.ts"

test("registers what finds secrets once, and again after it failed", async () => {
  const answers = [() => Promise.reject(new Error("The browser has gone.")), () => Promise.resolve()]
  let asked = 0
  const selectors = { register: () => answers[asked++]!() } as unknown as Parameters<typeof registerEngine>[0]

  await expect(registerEngine(selectors)).rejects.toThrow("gone")
  await registerEngine(selectors)
  await registerEngine(selectors)

  expect(asked).toBe(2)
})
