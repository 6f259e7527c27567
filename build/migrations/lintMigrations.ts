/** Reads migrations as Postgres would, with squawk: what locks a big table for long, or breaks the version before. */
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { $ } from "bun"

/** Rule by rule, why a file may break it. */
export type Allowances = Readonly<Record<string, Readonly<Record<string, string>>>>

interface Finding {
  readonly file: string
  readonly line: number
  readonly message: string
  readonly rule_name: string
}

const SQUAWK = join(import.meta.dir, "../../node_modules/squawk-cli/js/bin/squawk")

/** Squawk brings a program for each system, in a package of its own. */
const PROGRAM = `@squawk-cli/${process.platform}-${process.arch}`

/** The oldest version that Callboard works with. */
const POSTGRES = "15"

/** Rules that say nothing about Callboard, with the reason. */
const NOT_ASKED = [
  // Columns have the width of what they count: lanes, attempts, milliseconds of one attempt. Ids are UUIDs.
  "prefer-bigint-over-int",
  "prefer-bigint-over-smallint",
  // All files run in one transaction of the migrator, which waits for its locks on purpose: docs/operations.md, "Upgrades".
  "require-lock-timeout",
  "require-statement-timeout"
]

/** What the version before would miss. A file that says in its name that it breaks that version may do it. */
const BREAKS = /^(ban-drop-(column|table|not-null)|renaming-(column|table)|changing-column-type)$/u

const isBreaking = (file: string) => /^\d{4}_breaking_/u.test(file)

/** The loader cuts at these lines, for a driver that takes one statement at a time. Squawk wants semicolons; lines stay. */
const asScript = (text: string) => text.replaceAll(/^-- next statement$/gmu, ";")

const findingsOf = async (folder: string, files: ReadonlyArray<string>): Promise<ReadonlyArray<Finding>> => {
  const scripts = await mkdtemp(join(tmpdir(), "callboard-migrations-"))
  try {
    for (const file of files) {
      await Bun.write(join(scripts, file), asScript(await Bun.file(join(folder, file)).text()))
    }
    const options = ["--reporter=json", `--pg-version=${POSTGRES}`, "--assume-in-transaction"]
    const paths = files.map((file) => join(scripts, file))
    const said = await $`${process.execPath} ${SQUAWK} ${options} --exclude=${NOT_ASKED.join(",")} ${paths}`
      .nothrow()
      .quiet()
    // Its code says that it found something, and also that it could not look; what it prints tells them apart.
    if (said.stdout.length === 0) {
      const hint = `Is ${PROGRAM} installed? bun.lock names the one for Linux x64 only.`
      throw new Error(`squawk said nothing. ${hint}\n${said.stderr.toString()}`)
    }
    return said.json()
  } finally {
    await rm(scripts, { recursive: true })
  }
}

/** Squawk would take the word of a file without a reason. */
const silenced = async (folder: string, file: string): Promise<ReadonlyArray<string>> => {
  const lines = (await Bun.file(join(folder, file)).text()).split("\n")
  return lines.flatMap((line, index) =>
    line.includes("squawk-ignore")
      ? [`${file}:${index + 1} squawk-ignore: say why in build/migrations/allowances.ts`]
      : []
  )
}

/** What is wrong with the migrations of a folder, a line each: `0042_names.sql:7 ...`. */
export const lintMigrations = async (folder: string, allowed: Allowances): Promise<ReadonlyArray<string>> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted()
  const findings = (await findingsOf(folder, files)).map((each) => ({ ...each, file: basename(each.file) }))
  const needed = new Set(findings.map(({ file, rule_name: rule }) => `${file} ${rule}`))

  const wrong = findings
    .filter(
      ({ file, rule_name: rule }) => !(isBreaking(file) && BREAKS.test(rule)) && allowed[file]?.[rule] === undefined
    )
    .map(({ file, line, message, rule_name: rule }) => `${file}:${line + 1} ${rule}: ${message}`)
  const unneeded = Object.entries(allowed)
    .flatMap(([file, rules]) => Object.keys(rules).map((rule) => `${file} ${rule}`))
    .filter((each) => !needed.has(each))
    .map((each) => `${each}: is allowed, and nothing needs it`)
  const unsaid = await Promise.all(files.map((file) => silenced(folder, file)))
  return [...wrong, ...unneeded, ...unsaid.flat()]
}
