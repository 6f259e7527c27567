import { beforeAll, expect, test } from "bun:test"
import { dirname, join, resolve } from "node:path"
import { $ } from "bun"
import { makeBinary } from "../../build/makeBinary.ts"
import manifest from "../../package.json"
import { temporaryFolder } from "./install.ts"

const LONG_MS = 180_000

const ROOT = resolve(import.meta.dir, "../..")

/** Alone in its folder. */
const programs = [temporaryFolder(), temporaryFolder()].map((folder) => join(folder, "callboard"))

beforeAll(() => Promise.all(programs.map((outfile) => makeBinary({ outfile, slim: true }))), LONG_MS)

const run = (program: string, command: string) => {
  const folder = dirname(program)
  return $`${program} ${command}`.cwd(folder).env({ PATH: "", HOME: folder }).nothrow().quiet()
}

test("is the same, byte for byte, when it is built again, and names no folder of this machine", async () => {
  const [bytes, again] = await Promise.all(programs.map((program) => Bun.file(program).bytes()))

  expect(Bun.SHA256.hash(bytes!, "hex")).toBe(Bun.SHA256.hash(again!, "hex"))
  for (const folder of ["src", "node_modules"]) expect(Buffer.from(bytes!).includes(join(ROOT, folder))).toBe(false)
})

test(
  "says what it is, and what is missing when PostgreSQL and Chromium were left out",
  async () => {
    const program = programs[0]!

    const [version, licences, doctor] = await Promise.all(
      ["version", "licences", "doctor"].map((command) => run(program, command))
    )

    expect(version!.stdout.toString()).toStartWith(`callboard ${manifest.version}`)
    expect(version!.stdout.toString()).not.toContain("PostgreSQL")
    for (const name of ["effect", "playwright-core", "hono"]) {
      expect(licences!.stdout.toString()).toMatch(new RegExp(`^${name} \\d`, "mu"))
    }
    expect(doctor!.exitCode).toBe(1)
    expect(doctor!.stdout.toString()).toContain("built without PostgreSQL: set DATABASE_URL")
    expect(doctor!.stdout.toString()).toContain(
      "built without one. Install Chrome or Chromium, or set CALLBOARD_CHROMIUM"
    )
  },
  LONG_MS
)
