import { expect, test } from "bun:test"
import { version } from "../../package.json"
import { VERSION } from "../../src/domain/Version.ts"

test("is the version of the package", () => {
  expect(VERSION).toBe(version)
})
