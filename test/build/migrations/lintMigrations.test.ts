import { expect, test } from "bun:test"
import { join } from "node:path"
import { type Allowances, lintMigrations } from "../../../build/migrations/lintMigrations.ts"
import { temporaryFolder } from "../install.ts"

const folders = [temporaryFolder(), temporaryFolder(), temporaryFolder()]

/** What is wrong with these files, without the explanations. */
const lint = async (files: Readonly<Record<string, string>>, allowed: Allowances = {}) => {
  const folder = folders.pop()!
  await Promise.all(Object.entries(files).map(([name, sql]) => Bun.write(join(folder, name), sql)))
  return (await lintMigrations(folder, allowed)).map((line) => line.replace(/:\D.*$/u, ""))
}

test("finds what would lock a big table or break the version before", async () => {
  const wrong = await lint({
    "0040_harmless.sql": `CREATE TABLE notes (id uuid PRIMARY KEY, text text NOT NULL)
      -- next statement
      CREATE INDEX notes_text ON notes (text)
      -- next statement
      ALTER TABLE script_jobs ADD COLUMN note text`.replaceAll(/^ +/gmu, ""),
    "0041_bad.sql": `CREATE INDEX script_jobs_note ON script_jobs (note)
-- next statement
ALTER TABLE script_jobs ADD COLUMN size text NOT NULL
-- next statement
ALTER TABLE script_jobs ALTER COLUMN attempt TYPE bigint
-- next statement
ALTER TABLE script_jobs ADD CONSTRAINT named CHECK (note <> '')
-- next statement
ALTER TABLE script_jobs RENAME COLUMN note TO remark
-- next statement
DROP TABLE job_queue`,
    "0042_nonsense.sql": "SELEC 1"
  })

  expect([...new Set(wrong)]).toEqual([
    "0041_bad.sql:1 require-concurrent-index-creation",
    "0041_bad.sql:3 adding-required-field",
    "0041_bad.sql:5 changing-column-type",
    "0041_bad.sql:7 constraint-missing-not-valid",
    "0041_bad.sql:9 renaming-column",
    "0041_bad.sql:11 ban-drop-table",
    "0042_nonsense.sql:1 syntax-error"
  ])
})

test("lets a file break the version before that says so in its name", async () => {
  const sql =
    "ALTER TABLE script_jobs DROP COLUMN note\n-- next statement\nCREATE INDEX names ON script_jobs (job_type)"

  expect(await lint({ "0042_breaking_names.sql": sql })).toEqual([
    "0042_breaking_names.sql:3 require-concurrent-index-creation"
  ])
})

test("takes a reason, and refuses one that nothing needs, or an exception without one", async () => {
  const wrong = await lint(
    {
      "0043_index.sql": "CREATE INDEX names ON script_jobs (job_type)",
      "0044_silent.sql": "-- squawk-ignore ban-drop-table\nDROP TABLE job_queue"
    },
    { "0043_index.sql": { "require-concurrent-index-creation": "small", "ban-drop-table": "gone" } }
  )

  expect(wrong).toEqual(["0043_index.sql ban-drop-table", "0044_silent.sql:1 squawk-ignore"])
})
