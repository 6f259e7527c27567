import { expect } from "bun:test"
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const SCRIPT = join(import.meta.dir, "../../src/ensurePackages.ts")

const OLD = new Date(2_000, 1)

/** A folder of packages, and a `bun` that only writes down what it was asked to do, and fails where `broken` is there. */
const project = Effect.gen(function* () {
  const folder = yield* temporaryDirectory
  const [asked, lock, packages, broken] = ["asked", "bun.lock", "node_modules", "broken"].map((name) =>
    join(folder, name)
  )
  writeFileSync(join(folder, "bun"), `#!/bin/sh\nmkdir -p node_modules\necho "$@" >> asked\n[ ! -e broken ]\n`, {
    mode: 0o755
  })
  writeFileSync(lock!, "")
  const run = () => {
    Bun.spawnSync([process.execPath, SCRIPT], { cwd: folder, env: { PATH: `${folder}:/usr/bin:/bin` } })
    return existsSync(asked!) ? readFileSync(asked!, "utf8").split("\n").slice(0, -1) : []
  }
  return { broken: broken!, lock: lock!, packages: packages!, run }
})

const WHOLE = "install --frozen-lockfile --silent"

it.live("installs what is missing, once", () =>
  Effect.gen(function* () {
    const { run } = yield* project

    expect([run(), run()]).toEqual([[WHOLE], [WHOLE]])
  })
)

it.live("leaves an installation alone that is as new as its lock, and a lean one lean", () =>
  Effect.gen(function* () {
    const { lock, packages, run } = yield* project
    mkdirSync(packages)
    utimesSync(lock, OLD, OLD)
    const untouched = run()
    utimesSync(packages, OLD, OLD)
    utimesSync(lock, new Date(), new Date())
    const lean = run()
    mkdirSync(join(packages, "typescript"))
    utimesSync(packages, OLD, OLD)

    expect([untouched, lean, run()]).toEqual([[], [`${WHOLE} --production`], [`${WHOLE} --production`, WHOLE]])
  })
)

it.live("installs again what broke off, with what development needs, until it is whole", () =>
  Effect.gen(function* () {
    const { broken, lock, run } = yield* project
    utimesSync(lock, OLD, OLD)
    writeFileSync(broken, "")
    const failed = [run().length, run().length]
    rmSync(broken)

    expect([failed, run(), run().length]).toEqual([[1, 2], [WHOLE, WHOLE, WHOLE], 3])
  })
)
