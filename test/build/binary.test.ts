import { expect, test } from "bun:test"
import { join, resolve } from "node:path"
import { $ } from "bun"
import { makeBinary } from "../../build/makeBinary.ts"
import manifest from "../../package.json"
import { temporaryFolder } from "./install.ts"

const LONG_MS = 180_000

const ROOT = resolve(import.meta.dir, "../..")

const folders = [temporaryFolder(), temporaryFolder()]

const build = async (folder: string) => {
  const outfile = join(folder, "callboard")
  await makeBinary({ outfile, slim: true })
  return outfile
}

const run = (program: string, command: string, cwd: string) =>
  $`${program} ${command}`.cwd(cwd).env({ PATH: "", HOME: cwd }).nothrow().quiet()

test(
  "is the same, byte for byte, when it is built again, and names no folder of this machine",
  async () => {
    const [bytes, again] = await Promise.all(folders.map(async (folder) => Bun.file(await build(folder)).bytes()))

    expect(Bun.SHA256.hash(bytes!, "hex")).toBe(Bun.SHA256.hash(again!, "hex"))
    for (const folder of ["src", "node_modules"]) expect(Buffer.from(bytes!).includes(join(ROOT, folder))).toBe(false)
  },
  LONG_MS
)

test(
  "says what it is, and what is missing when PostgreSQL and Chromium were left out",
  async () => {
    const folder = folders[0]!
    const program = join(folder, "callboard")

    const [version, licences, doctor] = await Promise.all(
      ["version", "licences", "doctor"].map((command) => run(program, command, folder))
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
